from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks
from tests.data import recording_file
from tests.detectors.run import detect

from spikelens.detectors.prominence import Prominence
from spikelens.recording import Recording

RATE = 20_000.0


@pytest.mark.parametrize("seed", range(4))
def test_scipy_finds_the_same_in_a_walk(seed: int) -> None:
    walk = np.cumsum(np.random.default_rng(seed).normal(0, 1.5e-3, 30_000)) - 0.07
    trace = walk.astype(np.float32)
    got = detect(Recording.from_array(trace, RATE), Prominence(refractory=0)).sample_index
    every = find_peaks(trace.astype(np.float64), prominence=0.010, wlen=201)[0]
    largest = [p for p in every if trace[p] >= trace[max(p - 20, 0) : p + 21].max()]
    assert got.tolist() == largest
    assert got.size > 20


def test_slow_depolarisations_do_not_count() -> None:
    t = np.arange(20_000) / RATE
    trace = (-0.07 + 0.03 * np.exp(-0.5 * ((t - 0.5) / 0.02) ** 2)).astype(np.float32)
    assert detect(Recording.from_array(trace, RATE), Prominence()).sample_index.size == 0


@pytest.mark.parametrize(("name", "f1"), [("easy_11", 0.98), ("medium_12", 0.99)])
def test_simulated_cells(name: str, f1: float) -> None:
    cell = np.load(recording_file(f"sim/{name}.npz"))
    rate, truth = float(cell["sampling_rate"]), cell["spike_times_s"]
    got = detect(Recording.from_array(cell["volts"], rate), Prominence()).sample_index / rate
    hits = sum(bool((np.abs(got - t) <= 1e-3).any()) for t in truth)
    assert 2 * hits / (truth.size + got.size) >= f1
