"""Candidates and their shapes, against NumPy, SciPy and what must not change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d
from scipy.signal import peak_prominences

from spikelens.kernels import tops


def walk(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(0, 1, n)) * 0.3 + rng.normal(0, 1, n)


@pytest.mark.parametrize("sigma", [0.3, 1.2, 6.0])
def test_smoothing_is_scipys_gaussian(sigma: float) -> None:
    trace = walk(10_000, 0).astype(np.float32)
    reach = int(np.ceil(3 * sigma))
    theirs = gaussian_filter1d(trace.astype(np.float64), sigma, mode="nearest", radius=reach)
    np.testing.assert_allclose(tops.smooth(trace, tops.gaussian_weights(sigma)), theirs, atol=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(0, 5_000), st.integers(50, 9_000))
def test_smoothing_a_part_gives_the_same_bytes(seed: int, low: int, length: int) -> None:
    trace = walk(10_000, seed % 7).astype(np.float32)
    weights = tops.gaussian_weights(2.4)
    half = weights.size // 2
    high = min(low + length, trace.size)
    part = tops.smooth(trace[low:high], weights)
    whole = tops.smooth(trace, weights)[low:high]
    assert np.array_equal(part[half:-half], whole[half:-half])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 10), st.integers(2, 30), st.floats(0.1, 4))
def test_tops_are_those_a_slow_search_finds(seed: int, apart: int, reach: int, least: float) -> None:
    values = np.round(walk(600, seed), 1)
    found = tops.find_tops(values, 0, 600, apart, reach, reach + 3, least)
    slow = []
    for i in range(1, 599):
        before, after = values[max(i - reach, 0) : i], values[i + 1 : i + reach + 4]
        beside = values[max(i - apart, 0) : i], values[i + 1 : i + apart + 1]
        if not (values[i] > values[i - 1] and values[i] >= values[i + 1]):
            continue
        if values[i] - before.min() < least or values[i] - after.min() < least:
            continue
        if (beside[0] < values[i]).all() and (beside[1] <= values[i]).all():
            slow.append(i)
    assert found.tolist() == slow


def test_the_grid_is_exact_on_a_parabola() -> None:
    at = np.arange(200.0)
    values = -((at - 100.3) ** 2)
    grid = np.empty(tops.BEFORE + tops.AFTER + 1)
    tops.align(values, 100, 0.5, grid)
    steps = (np.arange(grid.size) - tops.BEFORE) * 0.5
    np.testing.assert_allclose(grid, -(steps**2), atol=1e-9)


def described(rate: float, scale: float = 1.0, offset: float = 0.0) -> dict[str, float]:
    """Measures of a rounded spike of 20 mV, with broad foot, at 0.5 s."""
    t = np.arange(round(rate)) / rate - 0.5
    trace = 0.02 * np.where(t < 0, np.exp(-0.5 * (t / 4e-4) ** 2), np.exp(-0.5 * (t / 8e-4) ** 2))
    trace = trace * scale + offset
    measures = np.empty((1, len(tops.MEASURES) + tops.PLACES.size), np.float32)
    waveforms = np.empty((1, tops.PLACES.size), np.float32)
    top = np.array([np.argmax(trace)])
    noise = (2e-4 * scale, 5e-4 * scale)
    tops.describe_shapes(trace, trace.astype(np.float32), top, noise, rate, measures, waveforms)
    assert np.isfinite(measures).all() and np.isfinite(waveforms).all()
    return dict(zip(tops.MEASURES, measures[0].tolist(), strict=False))


def test_measures_do_not_depend_on_scale_or_offset() -> None:
    plain, scaled = described(20_000), described(20_000, 1e-9, 0.0)
    for name, value in plain.items():
        assert scaled[name] == pytest.approx(value, abs=2e-3), name


@pytest.mark.parametrize("rate", [10_000.0, 25_000.0, 50_000.0])
def test_measures_hardly_depend_on_the_sampling_rate(rate: float) -> None:
    fine, other = described(40_000.0), described(rate)
    for name in ("rise_1", "rise_3", "fall_1", "fall_4", "half_width", "upslope", "downslope", "prominence"):
        assert other[name] == pytest.approx(fine[name], abs=0.06), name


def test_measures_are_what_their_names_say() -> None:
    seen = described(50_000)
    assert np.exp(seen["rise_3"]) * 2e-4 == pytest.approx(0.02, rel=0.01)
    assert np.exp(seen["fall_4"]) * 2e-4 == pytest.approx(0.02, rel=0.01)
    # Half widths of both sides of a Gaussian, in steps of 0.1 ms.
    width = np.sqrt(2 * np.log(2)) * (4 + 8)
    assert np.exp(seen["half_width"]) == pytest.approx(width, rel=0.02)


def test_prominence_is_scipys_within_its_window() -> None:
    values = walk(2_000, 3)
    for top in tops.find_tops(values, 200, 1_800, 4, 20, 20, 1.0):
        theirs = peak_prominences(values, [top], wlen=101)[0][0]
        assert tops._prominence(values, top, 50) == pytest.approx(theirs)
