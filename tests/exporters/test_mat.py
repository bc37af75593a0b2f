"""MATLAB files, read back by SciPy."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spikelens.errors import UnsupportedInput
from spikelens.exporters.mat import Mat
from spikelens.recording import Channel, Recording
from tests.exporters.cases import in_sweeps, simulated, table


def test_a_recording_comes_back_as_stored(tmp_path: Path) -> None:
    from scipy.io import loadmat

    recording = simulated().recording
    Mat().write_recording(tmp_path / "a.mat", recording)
    back = loadmat(tmp_path / "a.mat")
    assert back["samples"].dtype == np.int16
    assert (back["samples"] == recording.stored()).all()
    assert back["sampling_rate"].item() == 10_000
    assert back["unit"].item() == "V"
    assert back["gain"].item() == recording.channels[0].gain


def test_a_table_comes_back_with_its_texts(tmp_path: Path) -> None:
    from scipy.io import loadmat

    spikes = table(in_sweeps(), [0.1, 0.2, 90.05])
    Mat().write_spikes(tmp_path / "a.mat", spikes)
    back = loadmat(tmp_path / "a.mat", squeeze_me=True)
    np.testing.assert_array_equal(back["time"], spikes.time)
    assert [str(text) for text in back["notes"]] == spikes["notes"].tolist()


def test_channels_of_different_scales_are_refused(tmp_path: Path) -> None:
    recording = Recording.from_array(np.zeros((9, 2), np.int16), 1000.0)
    mixed = dataclasses.replace(recording, channels=(Channel("a"), Channel("b", "current")))
    with pytest.raises(UnsupportedInput, match="choose a channel"):
        Mat().write_recording(tmp_path / "a.mat", mixed)
    assert list(tmp_path.iterdir()) == []
