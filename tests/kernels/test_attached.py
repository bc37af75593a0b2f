"""Base, peak, trough and width of attached spikes, against their twin in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.kernels.attached import attached
from tests.kernels import twins

WINDOWS = (10, 6, 2)


def twin(stored, peaks, windows):
    trace, rows = stored.astype(np.float64), []
    around, early, late = windows
    for k, peak in enumerate(peaks):
        start = max(0, peak - around, peaks[k - 1] + 1 if k else 0)
        stop = min(trace.size, peak + around + 1, peaks[k + 1] if k + 1 < len(peaks) else trace.size)
        before = trace[max(start, peak - early) : max(peak - late, 0)]
        base = np.median(before) if before.size else np.nan
        top = trace[peak]
        if 0 < peak < trace.size - 1 and trace[peak - 1 : peak + 2].max() == top:
            top = twins.parabola(*trace[peak - 1 : peak + 2])[1]
        low = twins.lowest(trace, peak, stop)
        half = 0.5 * (base + top)
        right, left = (
            twins.crossing_after(trace, peak, stop, half),
            twins.crossing_before(trace, start, peak, half),
        )
        rows.append([base, top, low if peak < low < trace.size - 1 else np.nan, right - left])
    return np.array(rows).reshape(-1, 4)


@given(
    st.lists(st.integers(-5, 5), min_size=5, max_size=80).map(lambda v: np.array(v, np.float32)),
    st.data(),
    st.sampled_from([WINDOWS, (4, 4, 1), (30, 3, 3), (2, 6, 2)]),
)
def test_attached(trace, data, windows):
    peaks = np.array(sorted(data.draw(st.sets(st.integers(0, trace.size - 1), max_size=6))), np.int64)
    np.testing.assert_allclose(attached(trace, peaks, windows), twin(trace, peaks, windows), atol=1e-12)


def bump(at: float, n: int = 60, depth: float = 0.3) -> np.ndarray:
    t = np.arange(n) - at
    return (np.exp(-0.5 * (t / 1.5) ** 2) - depth * np.exp(-0.5 * ((t - 6) / 2) ** 2)).astype(np.float32)


def test_a_level_shift_moves_base_and_peak_and_nothing_else():
    peaks = np.array([30])
    low, high = (attached(bump(30.0) + np.float32(v), peaks, WINDOWS)[0] for v in (0.0, 0.5))
    np.testing.assert_allclose(high - low, [0.5, 0.5, 0.0, 0.0], atol=1e-5)


def test_a_larger_spike_is_as_wide():
    one, three = (attached(bump(30.0) * np.float32(g), np.array([30]), WINDOWS)[0] for g in (1, 3))
    assert three[1] == pytest.approx(3 * one[1], rel=1e-5)
    assert three[3] == pytest.approx(one[3], rel=1e-4)


def test_a_neighbour_bounds_the_trough_and_the_base():
    trace = bump(30.0, 80) + bump(34.0, 80)
    alone = attached(trace, np.array([30]), WINDOWS)[0]
    first, second = attached(trace, np.array([30, 34]), WINDOWS)
    assert alone[2] > 34 and first[2] < 34
    assert np.isnan(second[0]) or second[0] != alone[0]


@pytest.mark.parametrize("peak", [0, 1, 57, 58, 59])
def test_at_the_edges_what_is_not_there_is_nan(peak):
    row = attached(bump(float(peak)), np.array([peak]), WINDOWS)[0]
    assert np.isnan(row[0]) == (peak <= 2)
    assert np.isnan(row[3]) == (peak <= 2 or peak >= 58)
    assert row[1] == pytest.approx(1.0, abs=1e-2)
