"""Scans against slow NumPy twins, on ties, plateaus, NaN, saturation and nothing at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spikelens.kernels import scan

Array = NDArray[Any]


def awkward_traces() -> list[Array]:
    """Traces of every length and kind that has tripped such loops; int16 and float32."""
    rng = np.random.default_rng(5)
    traces: list[Array] = [np.empty(0, np.int16), np.zeros(1, np.int16), np.full(4_200, 7, np.int16)]
    for n in (2, 3, 63, 65, 300, 4_300):
        coarse = rng.integers(-3, 4, n)
        traces += [coarse.astype(np.int16), np.cumsum(coarse).astype(np.float32)]
        saturated = np.clip(np.cumsum(rng.integers(-9_000, 9_001, n)), -32_768, 32_767)
        traces.append(saturated.astype(np.int16))
        sparse = np.zeros(n, np.float32)
        sparse[rng.integers(0, n, 1 + n // 900)] = 5
        traces.append(sparse)
        holed = rng.normal(0, 2, n).astype(np.float32)
        holed[rng.integers(0, n, 1 + n // 10)] = np.nan
        traces.append(holed)
    return traces


TRACES = awkward_traces()
CLEAN = [k for k, trace in enumerate(TRACES) if not np.isnan(trace.astype(float)).any()]
"""Those that SciPy and NumPy have rules for."""
every_trace = pytest.mark.parametrize("k", range(len(TRACES)))
every_clean_trace = pytest.mark.parametrize("k", CLEAN)


def slow_up_crossings(x: Array, limit: float, first: int, last: int) -> list[int]:
    return [i for i in range(max(first, 1), last) if x[i - 1] < limit <= x[i]]


def slow_rise_crossings(x: Array, rise: float, first: int, last: int) -> list[int]:
    d = np.diff(x.astype(np.float32))
    return [i for i in range(first, min(last, d.size - 1)) if d[i] < rise <= d[i + 1]]


def parts(n: int) -> list[tuple[int, int]]:
    return [(0, n), (n // 3, n - n // 4), (n // 2, n // 2)]


@every_trace
@pytest.mark.parametrize("limit", [-32_768, -2, 1, 5, 32_767])
def test_up_crossings(k: int, limit: int) -> None:
    x = TRACES[k]
    for first, last in parts(x.size):
        got = scan.up_crossings(x, x.dtype.type(limit), first, last)
        assert got.tolist() == slow_up_crossings(x, limit, first, last)


@every_trace
@pytest.mark.parametrize("rise", [0.5, 3.0, 12_000])
def test_rise_crossings(k: int, rise: float) -> None:
    x = TRACES[k]
    for first, last in parts(x.size):
        got = scan.rise_crossings(x, np.float32(rise), first, last)
        assert got.tolist() == slow_rise_crossings(x, rise, first, last)


@every_trace
@pytest.mark.parametrize("length", [1, 7, 50, 4_096])
def test_piece_extremes_bound_every_value(k: int, length: int) -> None:
    x = TRACES[k]
    low, high = scan.piece_extremes(x, length)
    pieces = [x[i : i + length] for i in range(0, x.size, length)]
    assert low.size == high.size == len(pieces)
    for piece, a, b in zip(pieces, low, high, strict=True):
        if np.isnan(piece[0]):
            assert (a, b) == (-np.inf, np.inf)
        else:
            assert (a, b) == (np.nanmin(piece), np.nanmax(piece))


def test_appended_grows_and_keeps_what_was_there() -> None:
    found = np.arange(2)
    longer = scan.appended(found, 2, 9)
    assert longer[:3].tolist() == [0, 1, 9]
    # With room left the array is filled in place.
    again = scan.appended(longer, 3, 8)
    assert np.shares_memory(again, longer) and again.size == longer.size
    assert again[:4].tolist() == [0, 1, 9, 8]
