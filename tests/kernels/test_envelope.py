from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.kernels.envelope import widen


def slow_envelope(column, windows, edges):
    """Brute force: every bin looks at every sample."""
    counts = np.zeros(column.size, bool)
    for start, stop in windows:
        counts[max(start, 0) : max(stop, 0)] = True
    low, high = np.full(edges.size - 1, np.inf), np.full(edges.size - 1, -np.inf)
    for k in range(edges.size - 1):
        inside = np.arange(column.size)
        chosen = column[(inside >= edges[k]) & (inside < edges[k + 1]) & counts].astype(float)
        chosen = chosen[np.isfinite(chosen)]
        low[k], high[k] = chosen.min(initial=np.inf), chosen.max(initial=-np.inf)
    return low, high


def in_pieces(column, windows, edges, piece):
    low, high = np.full(edges.size - 1, np.inf), np.full(edges.size - 1, -np.inf)
    for first in range(0, column.size, piece):
        widen(column[first : first + piece], first, windows, edges, low, high)
    return low, high


@st.composite
def cases(draw):
    n = draw(st.integers(1, 200))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["int16", "float32", "float64"]))
    column = (1000 * rng.standard_normal(n)).astype(kind)
    if kind != "int16":
        column[rng.random(n) < 0.1] = rng.choice([np.nan, np.inf, -np.inf])
    inner = draw(st.lists(st.integers(0, n), min_size=2, max_size=12, unique=True))
    spans = draw(st.lists(st.tuples(st.integers(-5, n + 5), st.integers(0, 50)), max_size=6))
    windows = np.array([(a, a + b) for a, b in spans], np.int64).reshape(-1, 2)
    return column, windows, np.array(sorted(inner), np.int64), draw(st.integers(1, n))


@settings(deadline=None, max_examples=150)
@given(cases())
def test_equals_brute_force_whatever_the_pieces(case):
    column, windows, edges, piece = case
    np.testing.assert_array_equal(
        in_pieces(column, windows, edges, piece), slow_envelope(column, windows, edges)
    )


@pytest.mark.parametrize("stored", ["int16", "int32", "float32"])
def test_one_window_over_all_is_min_and_max(stored):
    column = np.random.default_rng(1).integers(-3000, 3000, 1000).astype(stored)
    edges = np.arange(0, 1001, 100)
    low, high = in_pieces(column, np.array([[0, 1000]]), edges, 1000)
    np.testing.assert_array_equal(low, column.reshape(10, 100).min(axis=1))
    np.testing.assert_array_equal(high, column.reshape(10, 100).max(axis=1))
