"""Tables in pandas, Arrow and polars, and back."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import spikelens
from spikelens.errors import OutsideRecording, UnsupportedInput
from spikelens.spikes import REQUIRED, Spikes
from tests.exporters.cases import in_sweeps, table
from tests.factory import make_recording, make_spikes

RECORDING = in_sweeps()
SPIKES = table(RECORDING, [0.1, 0.2, 90.05]).with_columns({"kind": np.array(["a", "b", "a"])})


@pytest.mark.parametrize("library", ["pandas", "arrow", "polars"])
def test_a_table_comes_back_with_every_column(library):
    if library == "polars":
        pytest.importorskip("polars", reason="polars is absent")
    theirs = getattr(SPIKES, f"to_{library}")()
    back = getattr(Spikes, f"from_{library}")(theirs, RECORDING)
    assert list(back.columns) == list(SPIKES.columns)
    for name, column in SPIKES.columns.items():
        np.testing.assert_array_equal(back[name], column, err_msg=name)
        assert back[name].dtype.kind == column.dtype.kind
    if library != "polars":
        assert back.units == SPIKES.units and back.rules == SPIKES.rules
        assert back.provenance == SPIKES.provenance


def test_arrow_knows_units_and_rules():
    theirs = SPIKES.to_arrow()
    assert isinstance(theirs, pa.Table) and theirs.schema.field("width").metadata == {
        b"unit": b"s",
        b"rule": b"at half height",
    }
    assert theirs["probability"].type == pa.float32() and theirs["kind"].type == pa.string()


def test_polars_reads_and_groups_the_columns():
    polars = pytest.importorskip("polars", reason="polars is absent")
    frame = SPIKES.to_polars()
    assert isinstance(frame, polars.DataFrame) and frame.shape == (3, len(SPIKES.columns))
    counts = dict(frame.group_by("kind").len().rows())
    assert counts == {"a": 2, "b": 1}
    assert frame["time"].to_list() == [0.1, 0.2, 90.05]


def test_blanked_time_stays_blanked():
    recording = make_recording([4000, 9000])
    spikes = make_spikes(recording, [4000], walls=np.array([[8000, 10_000]]))
    for back in (
        Spikes.from_pandas(spikes.to_pandas(), recording),
        Spikes.from_arrow(spikes.to_arrow(), recording),
    ):
        assert back.stretches.start.tolist() == [0, 10_000]
        assert back.stretches.stop.tolist() == [8000, 20_000]


def test_frames_of_two_recordings_are_put_together_by_pandas():
    survey = {"noise_level": np.array([1.0, 2.0])}
    made = dataclasses.replace(SPIKES.provenance, survey=survey)
    frames = [dataclasses.replace(SPIKES, provenance=made).to_pandas() for _ in range(2)]
    assert len(pd.concat(frames)) == 6


def test_bare_times_are_filled_in_and_can_be_measured():
    recording = make_recording([4000, 9000])
    given = pd.DataFrame({"time": [0.45, 0.2], "mine": ["x", "y"]})
    spikes = Spikes.from_pandas(given, recording)
    assert list(spikes.columns)[: len(REQUIRED)] == list(REQUIRED)
    assert spikes.sample_index.tolist() == [4000, 9000] and spikes["mine"].tolist() == ["y", "x"]
    assert np.isnan(spikes.height).all() and set(spikes["verdict"]) == {"spike"}
    measured = spikelens.measure(recording, spikes)
    assert (measured["amplitude"] > 0.08).all()


def test_tables_that_are_none_are_refused():
    with pytest.raises(UnsupportedInput, match="no column 'time'"):
        Spikes.from_pandas(pd.DataFrame({"when": [1.0]}), RECORDING)
    with pytest.raises(OutsideRecording, match="spike at 5 s"):
        Spikes.from_pandas(pd.DataFrame({"time": [0.1, 5.0]}), RECORDING)
    with pytest.raises(OutsideRecording, match="sample 500"):
        Spikes.from_pandas(pd.DataFrame({"sample_index": [500]}), RECORDING)
    assert len(Spikes.from_pandas(pd.DataFrame({"time": []}), RECORDING)) == 0


def test_without_polars_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UnsupportedInput, match="pip install polars"):
        SPIKES.to_polars()
