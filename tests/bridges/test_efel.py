"""eFEL's names and units, held to eFEL itself in its own environment."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import spikelens
from spikelens.errors import UnsupportedInput
from spikelens.recording import Recording
from tests.exporters.cases import in_sweeps, table
from tests.factory import make_trace
from tests.features.peers import peer

RATE = 20_000.0
PEAKS = [3000, 9000, 15_000]


def cell() -> Recording:
    trace = np.concatenate([make_trace(20_000, RATE, PEAKS), make_trace(10_000, RATE, [5000], seed=1)])
    return Recording.from_array(trace, RATE, sweep_lengths=[20_000, 10_000])


def test_a_dictionary_per_sweep_in_ms_and_mv():
    recording = cell()
    spikes = spikelens.find(recording, "prominence", feature_rule="efel")
    named = spikes.to_efel()
    assert [d["peak_indices"].tolist() for d in named] == [PEAKS, [5000]]
    np.testing.assert_allclose(named[1]["peak_time"], [250.0], atol=0.1)
    np.testing.assert_allclose(named[0]["peak_voltage"], spikes["peak_v"][:3] * 1e3)
    np.testing.assert_allclose(named[0]["AP_duration"], spikes["duration"][:3] * 1e3)
    began = spikes["onset_time"][3:] - spikes.time[3:] + spikes.time_in_sweep[3:]
    np.testing.assert_allclose(named[1]["AP_begin_time"], began * 1e3)


@pytest.mark.peers
def test_efel_itself_gives_the_same_under_the_same_names(tmp_path):
    recording = cell()
    named = spikelens.find(recording, "prominence", feature_rule="efel").to_efel()[0]
    theirs = peer("efel", recording.read_sweep(0)[:, 0], RATE, tmp_path)
    shared = set(named) & set(theirs)
    assert {"AP_amplitude", "AP_begin_voltage", "AP_duration", "AP_end_indices", "min_AHP_indices"} <= shared
    assert len(shared) >= 17
    for name in shared:
        np.testing.assert_allclose(named[name], theirs[name], rtol=1e-3, atol=0.051, err_msg=name)


def test_the_table_is_written_as_csv(tmp_path):
    recording = cell()
    spikes = spikelens.find(recording, "prominence")
    spikelens.export(tmp_path / "a.csv", spikes, format="efel")
    with (tmp_path / "a.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [int(row["sweep"]) for row in rows] == [0, 0, 0, 1]
    np.testing.assert_allclose(
        [float(row["AP_amplitude"]) for row in rows], spikes["amplitude"] * 1e3, rtol=1e-12
    )


def test_spikes_nobody_measured_have_no_such_names():
    with pytest.raises(UnsupportedInput, match="measure them"):
        table(in_sweeps(), [0.1]).to_efel()
