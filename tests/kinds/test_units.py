"""A wire with two neurons goes through `find --kinds`, and the report shows them apart."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from spikelens.cli import run
from spikelens.exporters.npz import Npz
from spikelens.recording import Recording

RATE, SECONDS = 20_000.0, 40


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    """Two neurons of other heights and shapes at 6 and 4 Hz, in noise of 10 uV."""
    folder, rng = tmp_path_factory.mktemp("wire"), np.random.default_rng(32_000)
    trace = rng.normal(0, 10e-6, round(SECONDS * RATE))
    t = np.arange(-20, 40) / RATE
    sharp = -150e-6 * np.exp(-((t / 1.2e-4) ** 2)) + 60e-6 * np.exp(-(((t - 4e-4) / 2e-4) ** 2))
    slow = -90e-6 * np.exp(-((t / 2.5e-4) ** 2)) + 20e-6 * np.exp(-(((t - 9e-4) / 4e-4) ** 2))
    truth = {}
    for name, shape, rate in (("sharp", sharp, 6.0), ("slow", slow, 4.0)):
        times = np.cumsum(0.004 + rng.exponential(1 / rate, round(2 * rate * SECONDS)))
        peaks = np.round(times[times < SECONDS - 0.1] * RATE).astype(int)
        for peak in peaks:
            trace[peak - 20 : peak + 40] += shape
        truth[name] = peaks / RATE
    recording = Recording.from_array(trace.astype(np.float32), RATE, mode="extracellular")
    Npz().write_recording(folder / "wire.npz", recording)
    return folder, truth


def test_find_with_kinds_tells_two_neurons_apart(wire):
    folder, truth = wire
    assert run(["find", str(folder / "wire.npz"), "--kinds", "--quiet", "--out", str(folder / "out")]) == 0
    out = folder / "out" / "wire"
    spikes = pd.read_csv(out / "spikes.csv", keep_default_na=False)
    kinds = json.loads((out / "run.json").read_text())["kinds"]
    assert {"unit 0", "unit 1"} <= set(kinds["counts"]) <= {"unit 0", "unit 1", ""}
    for name, unit in (("sharp", "unit 0"), ("slow", "unit 1")):
        others = truth["slow" if name == "sharp" else "sharp"]
        alone = [t for t in truth[name] if np.abs(others - t).min() > 2e-3]
        near = [int(np.abs(spikes["time"] - t).argmin()) for t in alone]
        right = [spikes["kind"][k] == unit for k, t in zip(near, alone, strict=True)]
        assert np.mean(right) > 0.95
    report = (out / "report.html").read_text("utf-8")
    assert "Kinds of spikes" in report and "unit 1" in report
    assert "one neuron leaves the refractory period" in report
    assert "sorting by pursuit" in (out / "methods.txt").read_text()
