"""NumPy archives, read back by NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikelens.exporters.npz import Npz
from tests.exporters.cases import in_sweeps, simulated, table


def test_a_recording_comes_back_as_stored(tmp_path: Path) -> None:
    recording = simulated().recording
    Npz().write_recording(tmp_path / "a.npz", recording)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as back:
        assert back["samples"].dtype == np.int16
        assert (back["samples"] == recording.stored()).all()
        assert back["sampling_rate"] == 10_000
        assert str(back["unit"]) == "V" and str(back["mode"]) == "current-clamp"
        np.testing.assert_array_equal(
            (back["samples"] * back["gain"] + back["offset"]).astype(np.float32), recording.read()
        )


def test_sweeps_and_spikes_are_written(tmp_path: Path) -> None:
    recording = in_sweeps()
    Npz().write_recording(tmp_path / "a.npz", recording, table(recording, [0.1, 90.05]))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as back:
        assert back["sweep_lengths"].tolist() == [300, 200]
        assert back["sweep_starts"].tolist() == [0.0, 90.0]
        assert back["spike_times"].tolist() == [0.1, 90.05]


def test_a_table_is_its_columns(tmp_path: Path) -> None:
    spikes = table(in_sweeps(), [0.1, 0.2, 90.05])
    Npz().write_spikes(tmp_path / "a.npz", spikes)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as back:
        assert set(back.files) == set(spikes.columns)
        for name, column in spikes.columns.items():
            np.testing.assert_array_equal(back[name], column)
