"""The samples at which IPFX and eFEL read, against slow twins on traces full of ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.kernels import landmarks
from tests.kernels import twins
from tests.kernels.twins import first, last, where_at_least, where_at_most

VALUES = st.lists(st.integers(-12, 12), min_size=10, max_size=60).map(lambda v: np.array(v, float))


def some_peaks(data, size, most=5):
    return np.array(sorted(data.draw(st.sets(st.integers(2, size - 2), min_size=1, max_size=most))), np.int64)


@given(VALUES, st.integers(-5, 8))
def test_events_between_which_the_trace_never_falls_are_one(v, cutoff):
    dvdt = np.diff(v, append=v[-1])
    starts = landmarks.ipfx_starts(dvdt, cutoff)
    begin, peak = landmarks.ipfx_events(v, dvdt, starts)
    expected = []
    for a, b in zip(starts, [*starts, v.size - 1][1:], strict=True):
        top = twins.highest(v, a, b)
        if expected and not (dvdt[expected[-1][1] : a] < 0).any():
            expected[-1] = (expected[-1][0], top)
        else:
            expected.append((a, top))
    assert list(zip(begin.tolist(), peak.tolist(), strict=True)) == expected


@given(VALUES, st.integers(-8, 8), st.data())
def test_thresholds(dvdt, target, data):
    upstrokes = some_peaks(data, dvdt.size)
    expected = []
    for before, at in zip([0, *upstrokes[:-1]], upstrokes, strict=True):
        expected.append(last(where_at_most(dvdt, before + 1, at + 1, target), before))
    assert landmarks.ipfx_thresholds(dvdt, upstrokes, target).tolist() == expected


def interval_twin(v, heavy, t, end, stop):
    low = twins.lowest(v, end, stop)
    plain = (-1, low if v[end] - v[low] >= 0.5 else -1)
    cross = first(where_at_least(heavy, end, stop, 0.5))
    if cross < 0 or t[cross] - t[end] >= 0.002:
        return plain
    adp = first(where_at_most(heavy, cross, stop, 0.0))
    if adp < 0 or v[adp] - v[end] > 10.0 or t[adp] - t[end] > 0.005:
        return plain
    low = twins.lowest(v, adp, stop)
    return (adp, low) if v[adp] - v[low] >= 0.5 else plain


def ends_twin(v, dvdt, heavy, thresholds, peaks, t, clipped):
    out, cut = np.full((len(peaks), 5), -1), clipped[-1]
    for k, peak in enumerate(peaks):
        is_last = k == len(peaks) - 1
        stop = v.size - 1 if is_last else thresholds[k + 1]
        clipped[k] |= stop <= peak
        if clipped[k]:
            continue
        out[k, 0] = twins.lowest(v, peak, stop)
        if out[k, 0] > peak:
            out[k, 1] = twins.lowest(dvdt, peak, out[k, 0])
        if cut and k == len(peaks) - 2:
            stop = v.size - 1
        down = twins.lowest(dvdt, peak, stop)
        out[k, 2] = first(where_at_least(dvdt, down, stop, 0.01 * dvdt[down]))
        clipped[k] = out[k, 2] < 0
        if not clipped[k] and not is_last:
            out[k, 3:] = interval_twin(v, heavy, t, out[k, 2], stop)
    return out


@given(VALUES, st.data(), st.booleans(), st.sampled_from([2e-5, 2e-4, 1e-3]))
def test_ends(v, data, cut, step):
    peaks = some_peaks(data, v.size)
    thresholds = np.array([data.draw(st.integers(0, p)) for p in peaks], np.int64)
    dvdt = np.diff(v, append=v[-1])
    heavy = np.convolve(dvdt, [0.25, 0.5, 0.25], "same")
    t = np.arange(v.size) * step
    clipped = np.zeros(peaks.size, bool)
    clipped[-1] = cut
    theirs = clipped.copy()
    found = landmarks.ipfx_ends(v, (dvdt, heavy), (thresholds, peaks), t, clipped)
    expected = ends_twin(v, dvdt, heavy, thresholds, peaks, t, theirs)
    np.testing.assert_array_equal(found, expected)
    assert clipped.tolist() == theirs.tolist()


@given(VALUES, st.data())
def test_widths_are_read_at_half_height_or_half_way_from_the_threshold(v, data):
    peaks = some_peaks(data, v.size)
    thresholds = np.array([data.draw(st.integers(0, p)) for p in peaks], np.int64)
    troughs = np.array([data.draw(st.integers(p, v.size - 1)) for p in peaks], np.int64)
    troughs[0] = data.draw(st.sampled_from([-1, troughs[0]]))
    expected = np.full((peaks.size, 2), -1)
    for k, (start, peak, end) in enumerate(zip(thresholds, peaks, troughs, strict=True)):
        if end < 0:
            continue
        level = (v[peak] + v[end]) / 2
        level = (v[peak] + v[start]) / 2 if level < v[start] else level
        expected[k] = (
            last(where_at_most(v, start + 1, peak + 1, level)),
            first(where_at_most(v, peak, end, level)),
        )
    np.testing.assert_array_equal(landmarks.ipfx_widths(v, thresholds, peaks, troughs), expected)


def begin_twin(dvdt, start, peak, cutoff, window):
    """All crossings from the last to the first; the first of them that holds."""
    low = start + np.flatnonzero(dvdt[start:peak] <= cutoff)
    stop = peak
    for below in low[::-1]:
        if below >= stop:
            continue
        begin = min(below + 1, dvdt.size - window)
        if begin <= start:
            return -1
        if (dvdt[begin : begin + window] >= cutoff).all():
            return begin
        stop = begin - 1
    return -1


@given(VALUES, st.data(), st.integers(-4, 6), st.integers(1, 4))
def test_a_begin_holds_for_its_window(dvdt, data, cutoff, window):
    peak = data.draw(st.integers(1, dvdt.size - 1))
    start = data.draw(st.integers(0, peak))
    found = landmarks.efel_begin(dvdt, start, peak, cutoff, window)
    assert found == begin_twin(dvdt, start, peak, cutoff, window)
    if found >= 0:
        assert found > start and (dvdt[found : found + window] >= cutoff).all()


@given(VALUES, st.data(), st.integers(1, 5), st.integers(-5, 0), st.integers(1, 3))
def test_points(v, data, up, down, window):
    peaks, dvdt = some_peaks(data, v.size), np.gradient(v)
    expected, before = np.full((peaks.size, 5), -1), 0
    for k, (peak, stop) in enumerate(zip(peaks, [*peaks[1:], v.size], strict=True)):
        row = expected[k]
        row[0] = begin_twin(dvdt, before, peak, up, window)
        end = min(stop, v.size - 1)
        if peak + 1 < end:
            row[1] = first(where_at_least(dvdt, twins.lowest(dvdt, peak + 1, end), end, down))
        ahp = landmarks.efel_minimum(v, peak, stop)
        if ahp < v.size - 1:
            row[2] = before = ahp
        if row[0] >= 0 and row[1] >= 0:
            away = np.abs(v - (v[peak] + v[row[0]]) / 2)
            row[3] = row[0] + away[row[0] : peak].argmin() if peak > row[0] else row[0]
            row[4] = peak + away[peak : row[1]].argmin() if row[1] > peak else peak
    np.testing.assert_array_equal(landmarks.efel_points(v, dvdt, peaks, (up, down), window), expected)


def test_half_widths_of_triangles_are_half_their_base():
    rise = np.concatenate([np.arange(0, 10.0), np.arange(10.0, 0, -1)])
    v = np.concatenate([rise, rise, [0.0, 0.0, 0.0]])
    peaks, ahps = np.array([10, 30]), np.array([20, 40])
    np.testing.assert_allclose(landmarks.efel_half_widths(v, peaks, ahps), [10.0, 10.0])


def test_a_half_width_needs_an_ahp_and_a_slope():
    v = np.concatenate([np.zeros(5), np.full(5, 10.0), np.zeros(5)])
    assert np.isfinite(landmarks.efel_half_widths(v, np.array([6]), np.array([12]))).all()
    assert np.isnan(landmarks.efel_half_widths(v, np.array([6]), np.array([-1]))).all()
    level = np.full(15, 3.0)
    assert np.isnan(landmarks.efel_half_widths(level, np.array([6]), np.array([12]))).all()


@pytest.mark.parametrize("step", [0.1, 0.05, 0.025, 1 / 30])
def test_the_resampled_trace_stays_beside_its_samples(step):
    volts = np.random.default_rng(1).normal(0, 0.02, 20_000).astype(np.float32)
    found = landmarks.efel_resampled(volts, step)
    now = np.cumsum(np.full(volts.size, step)) - step
    expected = np.interp(now, np.arange(volts.size) * step, volts.astype(np.float64) * 1e3)
    np.testing.assert_allclose(found, expected, atol=1e-6)
