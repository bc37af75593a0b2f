"""Peaks against SciPy and slow NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks, peak_prominences

from spikelens.kernels import peaks as kernel
from tests.kernels.test_scan import TRACES, Array, every_clean_trace, every_trace


def is_lone_highest(x: Array, p: int, apart: int, start: int) -> bool:
    """Nothing higher within `apart`, nothing as high before the level top of p begins."""
    before, after = x[max(p - apart, 0) : max(start, 0)], x[p + 1 : p + apart + 1]
    return not (before >= x[p]).any() and not (after > x[p]).any()


def scipy_prominent(x: Array, least: float, first: int, last: int, half: int, apart: int) -> list[int]:
    y = x.astype(np.float64)
    found, about = find_peaks(y, plateau_size=1)
    if not found.size:
        return []
    height = peak_prominences(y, found, wlen=2 * half + 1)[0]
    rows = zip(found, about["left_edges"], about["right_edges"], height, strict=True)
    return [
        int(p)
        for p, left, right, h in rows
        if first <= left < last and right - left <= half and h >= least and is_lone_highest(y, p, apart, left)
    ]


@every_clean_trace
@pytest.mark.filterwarnings("ignore:some peaks have a prominence")
@pytest.mark.parametrize(("half", "apart"), [(1, 0), (5, 2), (40, 9), (6_000, 30)])
def test_prominent_peaks_are_those_of_scipy(k: int, half: int, apart: int) -> None:
    x = TRACES[k]
    for least in (1.0, 3.0, 9_000.0):
        for first, last in [(0, x.size), (x.size // 3, x.size // 2)]:
            got = kernel.prominent_peaks(x, least, first, last, half, apart)
            assert got.tolist() == scipy_prominent(x, least, first, last, half, apart)


def test_prominence_is_that_of_scipy() -> None:
    x = np.cumsum(np.random.default_rng(1).normal(size=2_000)).astype(np.float32)
    at = find_peaks(x)[0]
    for half in (3, 25, 400):
        expected = peak_prominences(x.astype(np.float64), at, wlen=2 * half + 1)[0]
        assert [kernel.prominence(x, p, half) for p in at] == pytest.approx(expected, abs=1e-6)


def test_blocks_passed_over_hold_no_peak() -> None:
    """Beside NaN too: with pieces skipped or with every sample tried, the same peaks."""
    rng = np.random.default_rng(8)
    for _ in range(4):
        x = rng.normal(0, 1, 9_000).astype(np.float32)
        x[rng.integers(0, x.size, 40)] += 9
        x[rng.integers(0, x.size, 40)] = np.nan
        got = kernel.prominent_peaks(x, 6.0, 0, x.size, 60, 10)
        tried = [kernel.peak_from(x, i, 60) for i in range(1, x.size)]
        lone = [p for p in tried if p >= 0 and kernel.is_largest(x, p, 10)]
        slow = [p for p in lone if kernel.prominence(x, p, 60) >= 6]
        assert got.tolist() == slow
        assert got.size > 5


@every_trace
@pytest.mark.parametrize("limit", [1, 20_000])
@pytest.mark.parametrize("apart", [0, 40])
def test_high_peaks(k: int, limit: int, apart: int) -> None:
    x = TRACES[k]
    slow = []
    for i in range(1, x.size):
        if not x[i] > x[i - 1]:
            continue
        top = 0
        while i + top + 1 < x.size and x[i + top + 1] == x[i]:
            top += 1
        ends = i + top + 1 < x.size and x[i + top + 1] < x[i]
        p = i + top // 2
        if ends and top <= apart and x[i] >= limit and is_lone_highest(x, p, apart, i):
            slow.append(p)
    assert kernel.high_peaks(x, x.dtype.type(limit), 0, x.size, apart).tolist() == slow


@every_clean_trace
@pytest.mark.parametrize("reach", [0, 25])
def test_are_outdone(k: int, reach: int) -> None:
    x = TRACES[k]
    peaks = np.arange(0, x.size, 7)
    wide = np.abs(x.astype(np.float64))
    slow = [wide[max(p - reach, 0) : p + reach + 1].max() > 3.0 * float(x[p]) for p in peaks]
    assert kernel.are_outdone(x, peaks, 3.0, reach).tolist() == slow


@every_trace
def test_summits_above(k: int) -> None:
    x, reach, limit = TRACES[k], 30, 2
    starts = np.array([i for i in range(1, x.size) if x[i - 1] < limit <= x[i]], np.int64)
    slow = []
    for s in starts:
        below = np.flatnonzero(~(x[s : s + reach] >= limit))
        stop = s + below[0] if below.size else min(s + reach, x.size)
        slow.append(-1 if stop == x.size else followed_by_a_fall(x, s + int(np.argmax(x[s:stop])), stop))
    assert kernel.summits_above(x, starts, x.dtype.type(limit), reach).tolist() == slow


def followed_by_a_fall(x: Array, p: int, stop: int) -> int:
    others = np.flatnonzero(~(x[p : stop + 1] == x[p]))
    return p if others.size and x[p + others[0]] < x[p] else -1


@every_clean_trace
def test_summits_between(k: int) -> None:
    x, reach = TRACES[k], 12
    starts = np.arange(0, x.size, 9)
    stops = np.minimum(np.append(starts[1:], x.size), starts + reach + 1)
    slow = [followed_by_a_fall(x, s + int(np.argmax(x[s:e])), e) for s, e in zip(starts, stops, strict=True)]
    assert kernel.summits_between(x, starts, reach).tolist() == slow


@every_trace
def test_have_fallen(k: int) -> None:
    x, rise, reach = TRACES[k], np.float32(2), 25
    d = np.diff(x.astype(np.float32))
    starts = [i for i in range(d.size - 1) if d[i] < rise <= d[i + 1]]
    slow = []
    for s in starts:
        earlier = [c for c in starts if s - reach <= c < s]
        slow.append(bool((d[earlier[-1] : s] < 0).any()) if earlier else True)
    assert kernel.have_fallen(x, np.array(starts, np.int64), rise, reach).tolist() == slow


@every_trace
def test_farthest(k: int) -> None:
    x, length = TRACES[k], 10
    starts = np.arange(0, max(x.size - length + 1, 0), length)
    for least in (0.5, 3.0):
        slow = []
        for s in starts:
            window = x[s : s + length].astype(np.float64)
            away = np.abs(window - window.sum() / length)
            slow.append(s + int(np.argmax(away)) if away.max() > least else -1)
        got = kernel.farthest(x, starts, length, least)
        # Sums in another order may differ in the last bit: compare what is exact.
        if x.dtype == np.int16:
            assert got.tolist() == slow
        else:
            assert [g >= 0 for g in got] == [e >= 0 for e in slow]
