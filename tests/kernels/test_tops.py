"""Smoothed traces and their tops, against SciPy and a slow search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

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


@settings(deadline=None, max_examples=20)
@example([-40, -9, 1_005, 1_040], 1)
@given(st.lists(st.integers(-40, 1_040), max_size=6), st.integers(1, 120))
def test_smoothing_pieces_gives_the_same_bytes(first: list[int], length: int) -> None:
    trace = walk(1_000, 1).astype(np.float32)
    weights = tops.gaussian_weights(2.4)
    pieces = tops.smooth_pieces(trace, weights, np.array(first, np.int64), length)
    whole = tops.smooth(trace, weights)
    for start, piece in zip(first, pieces, strict=True):
        at = np.arange(start, start + length)
        inside = (at >= 0) & (at < trace.size)
        assert np.array_equal(piece[inside], whole[at[inside]])


def test_bends_do_not_reach_from_one_piece_into_the_next() -> None:
    pieces = [walk(n, n) for n in (50, 0, 3, 80)]
    stops = np.cumsum([p.size for p in pieces])
    found = tops.bends(np.concatenate(pieces), stops, 4)
    slow = [p[4:-4] - (p[:-8] + p[8:]) / 2 for p in pieces if p.size > 8]
    np.testing.assert_allclose(found, np.concatenate(slow), atol=1e-12)


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
