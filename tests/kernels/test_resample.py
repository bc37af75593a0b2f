"""The resampler against its slow twin and against what a band-limited trace must become."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.kernels.resample import resample
from spikelens.simulation.grid import RATE, _taps, sampled


@given(st.integers(1, 60), st.floats(0.3, 9), st.integers(0, 40), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_it_equals_its_slow_twin(n: int, ratio: float, n_out: int, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=n).astype(np.float32)
    taps = _taps(max(ratio, 1.0))
    half, phases = taps.shape[1] // 2, taps.shape[0] - 1
    expected = []
    for j in range(n_out):
        whole = int(j * ratio)
        weights = taps[round((j * ratio - whole) * phases)]
        at = np.clip(np.arange(whole - half + 1, whole + half + 1), 0, n - 1)
        expected.append(samples[at] @ weights)
    np.testing.assert_allclose(resample(samples, ratio, n_out, taps), expected, atol=1e-5)


@pytest.mark.parametrize("sampling_rate", [1000.0, 4000.0, 24_414.0625, 33_333.3, 50_000.0])
def test_a_slow_wave_passes_and_a_fast_one_does_not(sampling_rate: float) -> None:
    time = np.arange(40_000) / RATE
    n = round(sampling_rate)
    passing, stopped = 0.1 * min(sampling_rate, RATE), 0.8 * sampling_rate
    kept = sampled(np.sin(2 * np.pi * passing * time).astype(np.float32), sampling_rate, n)
    expected = np.sin(2 * np.pi * passing * np.arange(n) / sampling_rate)
    middle = slice(n // 10, -n // 10)
    np.testing.assert_allclose(kept[middle], expected[middle], atol=0.03)
    if stopped < RATE / 2:
        aliased = sampled(np.sin(2 * np.pi * stopped * time).astype(np.float32), sampling_rate, n)
        assert np.abs(aliased[middle]).max() < 0.03


def test_a_constant_stays_to_its_ends() -> None:
    flat = sampled(np.full(1000, -0.065, np.float32), 8000.0, 200)
    np.testing.assert_allclose(flat, -0.065, rtol=1e-6)
