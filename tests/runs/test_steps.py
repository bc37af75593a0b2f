from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.factory import make_recording, make_spikes

from spikelens import api
from spikelens.errors import OutputExists, OutsideRecording, UnreadableFile
from spikelens.runs.steps import read_spike_times, spikes_at, write_table

RATE = 20_000.0


def test_times_go_to_the_peak_near_them():
    recording = make_recording([4000, 9000])
    found = spikes_at(recording, np.array([0.2004, 0.4495]), 1)
    assert found.sample_index.tolist() == [4000, 9000]
    np.testing.assert_allclose(found.height, api.detect(recording, "prominence").height)


def test_two_times_of_one_peak_are_one_spike_also_across_chunks(monkeypatch):
    recording = make_recording([4000])
    monkeypatch.setattr(api, "CHUNK_DURATION", 0.1)
    # The border of two chunks lies at 0.2 s, right at the peak.
    found = spikes_at(recording, np.array([0.1999, 0.2001]), 1)
    assert found.sample_index.tolist() == [4000]


@pytest.mark.parametrize("time", [-0.1, 1.2])
def test_a_time_outside_is_said(time):
    with pytest.raises(OutsideRecording, match=f"a spike at {time:g} s lies outside"):
        spikes_at(make_recording(), np.array([0.5, time]), 1)


def test_a_time_where_samples_are_missing_is_said():
    from spikelens.recording import Recording

    samples = make_recording([4000]).read()[:, 0].copy()
    samples[9000:9100] = np.nan
    with pytest.raises(OutsideRecording, match="where samples are missing"):
        spikes_at(Recording.from_array(samples, RATE), np.array([0.2, 0.4525]), 1)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_written_is_read_back(tmp_path, ending):
    recording = make_recording([4000, 9000])
    spikes = make_spikes(recording, [4000, 9000])
    path = tmp_path / f"spikes.{ending}"
    write_table(path, spikes, recording, force=False)
    np.testing.assert_allclose(read_spike_times(path), spikes.time, atol=1e-7)
    with pytest.raises(OutputExists, match="--force"):
        write_table(path, spikes, recording, force=False)
    write_table(path, spikes, recording, force=True)


def test_a_damaged_or_foreign_parquet_is_said(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(UnreadableFile):
        read_spike_times(path)
    pd.DataFrame({"onset": [1.0]}).to_parquet(path)
    with pytest.raises(UnreadableFile, match="no column 'time'; it has: onset"):
        read_spike_times(path)
