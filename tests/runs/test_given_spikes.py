"""Spikes from times that someone else gives, and the tables they are written to."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from tests.factory import make_recording, make_spikes, make_trace

from spikelens import api
from spikelens.errors import OutputExists, OutsideRecording, UnreadableFile
from spikelens.recording import Recording, Sweeps
from spikelens.runs.steps import read_spike_times, spikes_at, write_table

RATE = 20_000.0
PEAKS = [1000, 7000, 12_000]


def given(recording, times, polarity=1):
    return spikes_at(recording, np.asarray(times, float), polarity)


@pytest.mark.parametrize("off", [0.0, 9e-4, -9e-4])
def test_a_time_goes_to_the_peak_within_a_millisecond(off):
    recording = make_recording(PEAKS)
    assert given(recording, np.array(PEAKS) / RATE + off).sample_index.tolist() == PEAKS


def test_two_times_of_one_peak_are_one_spike_and_a_time_of_none_is_where_it_says():
    recording = make_recording(PEAKS)
    found = given(recording, [0.05, 0.0504, 0.2])
    assert found.sample_index[0] == 1000 and len(found) == 2
    assert abs(found.sample_index[1] - 4000) <= 20


def test_spikes_given_are_those_that_were_found():
    recording = make_recording(PEAKS, sweep_lengths=[8000, 12_000])
    found = api.detect(recording)
    again = given(recording, found.time)
    for name in ("time", "sample_index", "sweep", "time_in_sweep", "height", "channel"):
        np.testing.assert_array_equal(again[name], found[name])
    assert again.provenance.method == "given"


def test_downward_spikes_go_to_their_lowest_sample():
    turned = Recording.from_array(-make_trace(20_000, RATE, PEAKS), RATE)
    found = given(turned, np.array(PEAKS) / RATE + 5e-4, -1)
    assert found.sample_index.tolist() == PEAKS
    assert (found.height < -0.09).all()


def test_times_are_on_the_recordings_own_clock():
    plain = make_recording(PEAKS, sweep_lengths=[8000, 12_000])
    recording = dataclasses.replace(plain, sweeps=Sweeps.of_lengths([8000, 12_000], [0.0, 50.0]))
    found = given(recording, [0.05, 0.35, 50.2])
    assert found.sample_index.tolist() == PEAKS
    assert found.sweep.tolist() == [0, 0, 1]
    with pytest.raises(OutsideRecording, match=r"a spike at 20 s .* in a gap between sweeps"):
        given(recording, [0.05, 20.0])


def test_a_peak_beyond_a_wall_is_not_taken():
    recording = make_recording([8005], sweep_lengths=[8000, 12_000])
    found = given(recording, [7998 / RATE])
    assert found.sample_index.tolist() == [7999] and found.sweep.tolist() == [0]


@pytest.mark.parametrize("times", [[-0.01], [0.1, 1.0001], [5.0]])
def test_a_time_outside_is_said_with_the_first_one(times):
    with pytest.raises(OutsideRecording, match=rf"a spike at {times[-1]:g} s lies outside"):
        given(make_recording(PEAKS), times)


def test_a_time_before_a_late_beginning_is_outside():
    plain = make_recording(PEAKS)
    recording = dataclasses.replace(plain, sweeps=Sweeps.of_lengths([20_000], [100.0]))
    assert given(recording, [100.05]).sample_index.tolist() == [1000]
    with pytest.raises(OutsideRecording, match=r"a spike at 0\.05 s lies outside the recording's 100 to"):
        given(recording, [0.05])


def test_no_times_are_no_spikes_of_the_usual_columns():
    recording = make_recording(PEAKS)
    none = given(recording, [])
    assert len(none) == 0 and list(none.columns) == list(given(recording, [0.05]).columns)
    assert len(api.measure(recording, none)) == 0


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".PARQUET"])
def test_times_come_back_sorted_from_what_was_written(tmp_path, ending):
    recording = make_recording(PEAKS)
    path = tmp_path / f"spikes{ending}"
    write_table(path, make_spikes(recording, PEAKS), recording, force=False)
    np.testing.assert_allclose(read_spike_times(path), np.array(PEAKS) / RATE, atol=1e-7)
    with pytest.raises(OutputExists, match="--force"):
        write_table(path, make_spikes(recording, []), recording, force=False)
    write_table(path, make_spikes(recording, []), recording, force=True)
    assert read_spike_times(path).size == 0


def test_unsorted_times_are_sorted(tmp_path):
    pd.DataFrame({"time": [3.0, 1.0, 2.0]}).to_parquet(tmp_path / "a.parquet")
    assert read_spike_times(tmp_path / "a.parquet").tolist() == [1.0, 2.0, 3.0]


def test_a_parquet_that_is_none_or_lacks_times_is_said(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UnreadableFile, match=r"a\.parquet is no table of spikes") as caught:
        read_spike_times(tmp_path / "a.parquet")
    assert "\n" not in str(caught.value)
    pd.DataFrame({"onset": [1.0]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(UnreadableFile, match="no column 'time'; it has: onset"):
        read_spike_times(tmp_path / "b.parquet")
    with pytest.raises(UnreadableFile):
        read_spike_times(tmp_path / "none.parquet")
