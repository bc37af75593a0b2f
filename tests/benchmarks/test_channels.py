"""The benchmark of many channels runs, on a recording small enough for a test."""

from __future__ import annotations

import argparse

import channels
import numpy as np
import pytest
from probe_recording import RATE, positions, write_probe_recording

from spikelens.api import read


@pytest.mark.filterwarnings("ignore")
def test_every_figure_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(channels, "RUNS", 1)
    asked = argparse.Namespace(seconds=2.0, channels=12, spikes=1_000, dask=False, peers=None)
    told = list(channels.lines(asked, tmp_path))
    assert {row[0]: row[1] for row in told}["digests of the engines agree"] == "yes"
    assert len(told) == 18 and all(len(row) == 4 for row in told)


def test_the_recording_holds_its_true_spikes(tmp_path):
    truth = write_probe_recording(tmp_path, 2.5, n_channels=20)
    recording = read(tmp_path / "probe.bin")
    stored = recording.stored().astype(np.float64)
    assert stored.shape == (round(2.5 * RATE), 20) == (recording.n_samples, len(positions(20)))
    assert recording.mode == "extracellular" and truth.sample_index.size > 5
    stored -= np.median(stored, axis=0)
    stored -= np.median(stored, axis=1, keepdims=True)
    assert np.median(stored[truth.sample_index, truth.channel_index]) < -60
