"""A folder of small recordings under the names that the manual uses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from pyabf.abfWriter import writeABF1

import spikelens
from spikelens import rooms
from spikelens.spikes import Spikes
from tests.probes.cases import GAIN, N_CHANNELS, RATE, counts, probe_json, random_places


def write_materials(folder: Path) -> None:
    """Write cell.abf with spikes.parquet, labels.csv and epochs.csv, and probe.bin with its geometry."""
    cell = spikelens.simulate(20.0, 10_000.0, difficulty="hard", seed=13, rate=3.0)
    # The writer wants a row per sweep, in the unit that it notes.
    writeABF1(cell.recording.read().T.astype(np.float64) * 1e3, str(folder / "cell.abf"), 10_000.0, "mV")
    spikes = spikelens.find(spikelens.read(folder / "cell.abf"))
    rooms.load("exporters", "parquet")().write_spikes(folder / "spikes.parquet", spikes)
    _write_labels(folder / "labels.csv", spikes)
    (folder / "epochs.csv").write_text("label,start,stop\ncontrol,0,8\ndrug,8,20\n")
    stored = counts(30_000, random_places(30_000))
    stored.tofile(folder / "probe.bin")
    facts = {"dtype": "<i2", "n_channels": N_CHANNELS, "sampling_rate": RATE, "gain": GAIN, "unit": "V"}
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in facts.items())
    (folder / "probe.toml").write_text("".join(lines))
    probe_json(folder / "probe.json")


def _write_labels(path: Path, spikes: Spikes) -> None:
    """Call every spike one, and every rejected candidate noise."""
    assert spikes.candidates is not None
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["time", "label"])
        rows.writerows([time, "spike"] for time in spikes.time)
        rows.writerows([time, "noise"] for time in spikes.candidates.time)
