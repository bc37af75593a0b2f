"""Description and dead time of candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import find_peaks

from spikelens.kernels.scale import scaled
from spikelens.kernels.table import describe, keep_highest


def test_a_parabola_peak_is_found_between_samples() -> None:
    for true in np.linspace(-0.5, 0.5, 11):
        trace = 3 - 0.5 * (np.arange(9) - 4 - true) ** 2
        assert describe(trace, np.array([4]), 2).shift[0] == pytest.approx(true)


def test_height_is_over_the_lowest_value_before_the_peak() -> None:
    trace = np.array([-9.0, 1.0, 0.0, 2.0, 7.0, -5.0])
    got = describe(trace, np.array([4, 1]), 2)
    assert got.height.tolist() == [7.0, 10.0]
    assert got.peak.tolist() == [7.0, 1.0]


def test_walls_level_tops_and_missing_neighbours_have_no_shift() -> None:
    trace = np.array([5.0, 4.0, 4.0, 4.0, np.nan, 3.0, 6.0])
    assert describe(trace, np.array([0, 2, 3, 6]), 3).shift.tolist() == [0.0, 0.0, 0.0, 0.0]
    assert describe(np.array([1.0]), np.array([0]), 3).height.tolist() == [0.0]
    assert describe(trace, np.empty(0, np.int64), 3).peak.size == 0


@pytest.mark.parametrize("kind", [np.int16, ">i2", np.float32])
@pytest.mark.parametrize("sign", [1, -1])
def test_stored_numbers_give_the_same_as_volts(kind: type, sign: int) -> None:
    rng = np.random.default_rng(2)
    stored = rng.integers(-30_000, 30_000, 500).astype(kind)
    gain, offset = sign * 3.0517e-6, sign * -0.0123
    volts = scaled(stored[:, None], np.array([gain]), np.array([offset]))[:, 0]
    at = np.sort(rng.choice(500, 60, replace=False))
    for a, b in zip(describe(stored, at, 40, gain=gain, offset=offset), describe(volts, at, 40), strict=True):
        assert np.array_equal(a, b)


rows = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 2), st.integers(0, 4)), max_size=30)


def slow_keep(table: list[tuple[int, int, int]], dead: int) -> set[tuple[int, int, int]]:
    left, kept = sorted(table, key=lambda r: (-r[2], r[1], r[0])), set()
    while left:
        top = left[0]
        kept.add(top)
        left = [r for r in left if r[1] != top[1] or abs(r[0] - top[0]) >= max(dead, 1)]
    return kept


@given(table=rows, dead=st.integers(0, 30), seed=st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_dead_time_keeps_the_highest_in_any_order(
    table: list[tuple[int, int, int]], dead: int, seed: int
) -> None:
    shuffled = np.random.default_rng(seed).permutation(len(table))
    for order in (np.arange(len(table)), shuffled):
        at, stretch, peak = np.array(table, np.int64).reshape(-1, 3)[order].T
        kept = keep_highest(at, stretch, peak.astype(np.float64), dead)
        got = set(zip(at[kept].tolist(), stretch[kept].tolist(), peak[kept].tolist(), strict=True))
        assert got == slow_keep(table, dead)


def test_dead_time_is_scipys_distance() -> None:
    x = np.random.default_rng(4).normal(size=3_000)
    every = find_peaks(x)[0]
    for dead in (2, 7, 50):
        kept = keep_highest(every, np.zeros(every.size, np.int64), x[every], dead)
        assert every[kept].tolist() == find_peaks(x, distance=dead)[0].tolist()
