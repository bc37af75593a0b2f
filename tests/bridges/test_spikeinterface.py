"""SpikeInterface itself, in its own environment, on what we give it and on what it gives us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spikelens
from spikelens.errors import UnsupportedInput
from spikelens.exporters.nwb import Nwb
from spikelens.recording import Recording
from spikelens.trains import spikes_of_trains

DRIVER = Path(__file__).with_name("peer_spikeinterface.py")
ROOT = Path(__file__).resolve().parents[2]
LENGTHS = [30_000, 20_000]
TRAINS = {2: np.array([500, 9000, 31_000, 44_000]), 7: np.array([4000, 12_000, 20_500, 35_555])}


def by_spikeinterface(what: str, folder: Path) -> dict[str, Any]:
    """What SpikeInterface says."""
    python = os.environ.get("SPIKELENS_PEERS")
    if not python:
        pytest.skip("SPIKELENS_PEERS does not name the Python of an environment with SpikeInterface")
    done = subprocess.run(
        [python, str(DRIVER), what, str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def probe_samples() -> np.ndarray:
    """Three channels of noise; unit 2 is deepest on the first, unit 7 on the last."""
    samples = np.random.default_rng(0).normal(0, 20, (sum(LENGTHS), 3))
    shape = -2000 * np.hanning(20)
    for unit, channel in ((2, 0), (7, 2)):
        for peak in TRAINS[unit]:
            samples[peak - 10 : peak + 10, channel] += shape
    return samples.astype(np.int16)


@pytest.mark.peers
def test_spikeinterface_has_the_same_samples_volts_and_frames(tmp_path):
    np.savez(tmp_path / "probe.npz", samples=probe_samples(), lengths=LENGTHS)
    np.savez(tmp_path / "trains.npz", **{str(k): v for k, v in TRAINS.items()})
    said = by_spikeinterface("out", tmp_path)
    assert said["stored_is_equal"]
    assert said["off_volts"] < 1e-9
    assert said["n_samples"] == LENGTHS and said["rate"] == 20_000
    assert said["frames"] == {
        str(unit): [train[train < 30_000].tolist(), (train[train >= 30_000] - 30_000).tolist()]
        for unit, train in TRAINS.items()
    }
    assert said["back"] == {str(unit): train.tolist() for unit, train in TRAINS.items()}
    assert said["template_shape"][0] == 2 and said["deepest"] == [0, 2]


@pytest.mark.peers
def test_any_of_their_recordings_is_ours(tmp_path):
    said = by_spikeinterface("back", tmp_path)
    assert said["off_volts"] < 1e-9 and said["again_is_equal"] and said["saved_is_equal"]
    assert said["n_sweeps"] == 2 and len(said["channels"]) == 4
    assert said["counts"] == said["their_counts"] and min(said["counts"]) > 10


@pytest.mark.peers
def test_spikeinterface_reads_our_nwb_of_a_probe(tmp_path):
    recording = Recording.from_array(
        probe_samples()[:30_000], 20_000.0, gain=1.95e-7, mode="extracellular", name="probe"
    )
    contacts = {"contact_positions": [[0, 0], [0, 20], [15, 40]], "device_channel_indices": [0, 1, 2]}
    (tmp_path / "probe.json").write_text(json.dumps({"probes": [{"si_units": "um", **contacts}]}))
    within = {unit: train[train < 30_000] for unit, train in TRAINS.items()}
    spikes = spikes_of_trains(recording, within, made_by="test", in_samples=True)
    Nwb(probe=str(tmp_path / "probe.json")).write_recording(tmp_path / "probe.nwb", recording, spikes)
    said = by_spikeinterface("nwb", tmp_path)
    np.testing.assert_allclose(np.load(tmp_path / "volts.npy"), recording.read(), rtol=1e-6, atol=1e-12)
    assert said["rate"] == 20_000 and len(said["channels"]) == 3
    np.testing.assert_allclose(said["locations"], contacts["contact_positions"])
    assert said["frames"] == {str(unit): train.tolist() for unit, train in within.items()}


def test_without_spikeinterface_its_name_is_told(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "spikeinterface", None)
    recording = Recording.from_array(np.zeros(100), 1000.0)
    with pytest.raises(UnsupportedInput, match="pip install spikeinterface"):
        recording.to_spikeinterface()
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "si_folder.json").write_text("{}")
    with pytest.raises(UnsupportedInput, match="pip install spikeinterface"):
        spikelens.read(tmp_path / "saved")
