"""Peaks of many channels against a twin that looks at everything."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from spikelens.kernels.contacts import describe_contacts, exclusive_peaks, near_faults
from spikelens.kernels.table import describe

JIT = os.environ.get("NUMBA_DISABLE_JIT") != "1"
CASES = 10_000 if JIT else 100


def twin(rows, limits, near, apart, first, last):
    """The rule in words: at the limit or above, over its left, not under its right, outdone by none."""
    found = []
    n, n_channels = rows.shape
    for t in range(max(first, 1), min(last, n - 1)):
        for c in range(n_channels):
            value = rows[t, c]
            if not (value >= limits[c] and value > rows[t - 1, c] and value >= rows[t + 1, c]):
                continue
            others = [d for d in near[c] if d >= 0]
            region = [
                (-rows[s, d], s, d) for d in others for s in range(max(t - apart, 0), min(t + apart + 1, n))
            ]
            if not any(rival < (-value, t, c) for rival in region):
                found.append((t, c))
    return found


def run(rows, limits, near, apart, first, last):
    at, channel = exclusive_peaks(rows, limits, near, apart, first, last)
    return list(zip(at.tolist(), channel.tolist(), strict=True))


def line_of(n_channels: int, reach: int) -> np.ndarray:
    """Channels in a row, each near those `reach` places away."""
    near = np.full((n_channels, 2 * reach + 1), -1, np.int64)
    for c in range(n_channels):
        others = [c] + [d for d in range(c - reach, c + reach + 1) if 0 <= d < n_channels and d != c]
        near[c, : len(others)] = others
    return near


def random_case(rng: np.random.Generator):
    n, n_channels = rng.integers(0, 14), rng.integers(1, 11)
    kind = rng.integers(5)
    if kind == 0:
        rows = rng.normal(0, 1, (n, n_channels))
    elif kind == 1:  # Ties and plateaus.
        rows = rng.integers(-2, 3, (n, n_channels)).astype(float)
    elif kind == 2:
        rows = np.full((n, n_channels), float(rng.integers(-1, 2)))
    elif kind == 3:  # Saturated.
        rows = np.clip(rng.normal(0, 3, (n, n_channels)), -1, 1)
    else:
        rows = np.where(rng.random((n, n_channels)) < 0.2, np.nan, rng.normal(0, 1, (n, n_channels)))
    limits = rng.choice([-1.0, 0.0, 0.5, 1.0, np.inf, np.nan], n_channels)
    first, last = rng.integers(0, 4), rng.integers(0, 15)
    near = line_of(n_channels, int(rng.integers(0, 4)))
    return rows.astype(np.float32), limits.astype(np.float32), near, int(rng.integers(0, 6)), first, last


def test_ten_thousand_random_cases():
    rng = np.random.default_rng(0)
    n_found = 0
    for _ in range(CASES):
        case = random_case(rng)
        expected = twin(*case)
        assert run(*case) == expected
        n_found += len(expected)
    assert n_found > CASES / 2


def test_of_equals_the_earliest_then_the_lowest_channel():
    rows = np.zeros((9, 3), np.float32)
    rows[[3, 5], 0] = 2.0
    rows[3, 1] = 2.0
    near, limits = line_of(3, 1), np.ones(3, np.float32)
    assert run(rows, limits, near, 3, 0, 9) == [(3, 0)]
    assert run(rows, limits, near, 1, 0, 9) == [(3, 0), (5, 0)]
    assert run(rows, limits, line_of(3, 0), 3, 0, 9) == [(3, 0), (3, 1)]


@settings(max_examples=40)
@given(st.data())
def test_pieces_with_enough_around_them_find_what_the_whole_finds(data):
    rows = data.draw(arrays.arrays(np.float32, (40, 4), elements=st.integers(-3, 3).map(float)))
    near, limits, apart = line_of(4, 1), np.ones(4, np.float32), data.draw(st.integers(0, 5))
    border = data.draw(st.integers(1, 39))
    whole = run(rows, limits, near, apart, 0, 40)
    reach = apart + 1
    low, high = max(border - reach, 0), min(border + reach, 40)
    left = run(rows[:high].copy(), limits, near, apart, 0, border)
    right = [(t + low, c) for t, c in run(rows[low:].copy(), limits, near, apart, border - low, 40 - low)]
    assert left + right == whole


def test_peaks_are_described_as_on_one_channel():
    rng = np.random.default_rng(3)
    rows = np.cumsum(rng.normal(0, 1, (200, 3)), axis=0).astype(np.float32)
    at = np.sort(rng.integers(0, 200, 30))
    channel = rng.integers(0, 3, 30)
    shift, peak, height = describe_contacts(rows, at, channel, 12)
    for c in range(3):
        mine = channel == c
        expected = describe(rows[:, c], at[mine], 12)
        np.testing.assert_array_equal(shift[mine], expected.shift)
        np.testing.assert_array_equal(peak[mine], expected.peak)
        np.testing.assert_array_equal(height[mine], expected.height)


@pytest.mark.parametrize(("guard", "expected"), [(3, False), (4, True)])
def test_rails_count_within_the_guard(guard, expected):
    stored = np.arange(100, dtype=np.int16)[:, None]
    stored[54] = 32767
    rails = (-32768.0, 32767.0)
    assert near_faults(stored, np.array([50]), np.array([0]), guard, 5, rails)[0] == expected


@pytest.mark.parametrize(("length", "expected"), [(4, False), (5, True)])
def test_flat_runs_count_from_their_length_on(length, expected):
    stored = np.arange(100, dtype=np.float32)[:, None] % 7
    stored[52 : 52 + length] = 3.5
    found = near_faults(stored, np.array([50, 90]), np.array([0, 0]), 20, 5, (-np.inf, np.inf))
    assert found.tolist() == [expected, False]
