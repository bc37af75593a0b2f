"""Patterns of recordings: multiples of rheobase, the cell's word, and reasons where there is none."""

from __future__ import annotations

import numpy as np
import pytest

import spikelens
from spikelens.errors import UnreadableFile
from spikelens.kinds.columns import PATTERNS
from spikelens.kinds.steps import measure_patterns
from spikelens.profiles import profile_of
from spikelens.steps.measuring import measure_steps
from tests.data import recording_file
from tests.factory import make_recording, make_spikes
from tests.steps.cells import Cell, stepped

CELL = Cell()


@pytest.fixture(scope="module")
def stepped_cell():
    multiples = [-1.0, 0.5, 1.05, 1.6, 2.1, 3.1]
    return stepped(CELL, [m * CELL.rheobase for m in multiples])


def test_patterns_stand_at_multiples_of_rheobase(stepped_cell):
    told = measure_patterns(*stepped_cell)
    assert told.rheobase == measure_steps(*stepped_cell).cell["rheobase"]
    assert told.rheobase == pytest.approx(1.05 * CELL.rheobase, rel=1e-3)
    assert [row["rheobase_multiple"] for row in told.multiples] == [1.0, 1.5, 2.0, 3.0]
    assert told.pattern == "continuous non-adapting"
    assert told.why == "at 2 times rheobase"
    assert len(told.rows) == 6 and told.rows[0]["why_not"] == "no spikes"
    assert set(told.rows[-1]) == {f.name for f in PATTERNS}


def test_counts_and_latencies_are_those_of_steps(stepped_cell):
    told, steps = measure_patterns(*stepped_cell), measure_steps(*stepped_cell)
    for row, step in zip(told.rows, steps.measured, strict=True):
        assert row["spikes"] == step["spikes"] and row["sweep"] == step["sweep"]
        np.testing.assert_equal(row["latency"], step["latency"])


def test_without_a_protocol_there_is_a_reason(tmp_path):
    recording = make_recording([3000, 9000])
    told = measure_patterns(recording, make_spikes(recording, [3000, 9000]))
    assert told.pattern == "not applicable" and told.rows == []
    assert "does not say what current was injected" in told.why
    with pytest.raises(UnreadableFile):
        measure_patterns(recording, make_spikes(recording, [3000]), protocol=tmp_path / "missing.csv")


def test_a_step_with_too_few_spikes_has_no_pattern():
    told = measure_patterns(*stepped(CELL, [1.0005 * CELL.rheobase]))
    assert told.pattern == "not applicable"
    assert "4 are needed" in told.why


@pytest.mark.parametrize(
    ("name", "pattern", "at"),
    [
        ("pyabf/171116sh_0018.abf", "continuous adapting", "at 3 times rheobase"),
        ("nwbshowcase/LantyerEtAl2018_180817_ME_9_CC.nwb", "continuous non-adapting", "at 2 times rheobase"),
    ],
)
def test_recordings_fire_as_their_traces_show(name, pattern, at):
    recording = spikelens.read(recording_file(name))
    told = measure_patterns(recording, spikelens.find(recording))
    assert (told.pattern, told.why) == (pattern, at)
    if name.endswith("nwb"):
        assert told.rows[[row["spikes"] > 0 for row in told.rows].index(True)]["pattern"] == "stuttering"


def test_a_profile_has_the_pattern_in_numbers(stepped_cell):
    recording, spikes = stepped_cell
    told = profile_of(recording, spikes, ("kinds",))
    assert told.row["is_adapting"] == 0 and told.row["is_delayed"] == 0
    assert told.row["burst_share"] == 0.0 and told.row["interval_ratio"] == pytest.approx(1.0, abs=0.05)
    assert [f.name for f in told.columns] == list(told.row)
    silent = profile_of(recording, spikes.take(np.zeros(len(spikes), bool)), ("kinds",))
    assert "is_adapting" not in silent.row and np.isnan(silent.row["small_share"])
