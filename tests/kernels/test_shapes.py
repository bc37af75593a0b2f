"""Numbers of the rule `spikelens`, spike by spike, against their twin in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.kernels import onsets, shapes
from tests.features.waves import spiky
from tests.kernels import twins
from tests.kernels.twins import NAN

WINDOWS = (30, 200, 2, 1, 40, 600)
RULE = (onsets.FRACTION, 0.05, 1e-3, 4)


def twin(stored, peaks, windows):
    """As `shapes.shapes` by the fraction of the steepest slope; rows, and sets of flags."""
    trace = stored.astype(np.float64)
    rows = [dict.fromkeys(range(shapes.N_COLUMNS), NAN) for _ in peaks]
    flags = [set() for _ in peaks]
    for k, peak in enumerate(peaks):
        start = max(0, peak - windows[0], peaks[k - 1] if k else 0)
        _rise(trace, peak, start, windows, rows[k], flags[k])
    for k, peak in enumerate(peaks):
        wall = trace.size
        if k + 1 < len(peaks):
            following = rows[k + 1][shapes.ONSET]
            wall = peaks[k + 1] if np.isnan(following) else max(int(following) + 1, peak + 1)
        late = _stays_up(trace, peak, wall, windows[4], rows[k])
        look, reach, span = windows[:3]
        if late:
            look, reach, span = windows[5], windows[5], max(span, windows[4] // shapes.SLOWER)
        stop = min(wall, peak + reach)
        _fall(trace, peak, stop, late, (look, reach, span), windows, rows[k], flags[k])
        _widths(trace, peak, stop, windows, rows[k], flags[k])
    _complex(trace, peaks, windows, rows, flags)
    return np.array([list(row.values()) for row in rows]).reshape(-1, shapes.N_COLUMNS), flags


def _rise(trace, peak, start, windows, row, flags):
    span, top = windows[2], trace[peak]
    if peak in (0, trace.size - 1):
        flags.add(shapes.AT_EDGE)
    else:
        after = np.flatnonzero(np.append(trace[peak:] != top, True))[0]
        if after >= shapes.FLAT:
            flags.add(shapes.FLAT_TOP)
        if trace[peak - 1] <= top >= trace[peak + 1]:
            top = twins.parabola(*trace[peak - 1 : peak + 2])[1]
    row[shapes.PEAK] = top
    low = trace[start : peak + 1].min()
    foot = twins.last(twins.where_at_most(trace, start, peak, low + shapes.FOOT * (trace[peak] - low)))
    steep = -1 if foot < 0 else twins.steepest(trace, max(start, foot - span), peak + 1, span, 1)
    if steep < 0:
        flags.add(shapes.NO_ONSET)
        return
    row[shapes.UPSTROKE_AT], most = twins.steepest_between(trace, steep, span)
    row[shapes.UPSTROKE] = most / span
    steps = twins.rises(trace, span)
    least = max(RULE[1] * steps[steep], onsets.OUTDONE * _ramp(trace, start, steep, peak, span))
    onset = row[shapes.ONSET] = twins.slope_onset(trace, start, steep, span, least)
    if np.isnan(onset):
        flags.add(shapes.NO_ONSET)
        return
    row[shapes.THRESHOLD] = twins.value_at(trace, onset)
    i = int(onset - span / 2)
    gained = twins.value_at(trace, i + 1 + span / 2) - twins.value_at(trace, i + span / 2)
    if gained > 0 and i + 1 < steps.size:
        row[shapes.PHASE_SLOPE] = (steps[i + 1] - steps[i]) / span / gained


def _ramp(trace, start, steep, peak, span):
    """The least mean rise of the parts of what leads to an upstroke, none of it from before a fall."""
    steps = twins.rises(trace, span)
    reach = int(onsets.LEAD * span * (trace[peak] - trace[steep]) / steps[steep])
    length = max(span, reach // onsets.PART)
    places = np.arange(max(start, steep - reach), steep - length + 1)
    falls = places[steps[places] < -onsets.STEP * steps[steep]]
    places = places[places > falls.max()] if falls.size else places
    means = trace[places + length] - trace[places]
    return max(means.min(), 0.0) * span / length if means.size else 0.0


def _landing(trace, peak, stop, span, threshold):
    places = np.arange(peak + 1, max(stop - span, peak + 1))
    pauses = places[(trace[places] <= threshold) & (trace[places + span] >= trace[places])]
    return pauses[0] + 1 if pauses.size else stop


def _stays_up(trace, peak, wall, longest, row):
    level = 0.5 * (row[shapes.PEAK] + row[shapes.THRESHOLD])
    return wall > peak + longest and bool((trace[peak + 1 : peak + longest + 1] > level).all())


def _fall(trace, peak, stop, late, fall, windows, row, flags):
    (look, reach, span), at_wall, threshold = fall, stop == trace.size, row[shapes.THRESHOLD]
    trough = twins.lowest(trace, peak, stop)
    clipped = at_wall and not np.isnan(threshold) and trace[trough] > threshold + shapes.RETURN
    if clipped:
        flags.add(shapes.CLIPPED)
    landed = _landing(trace, peak, min(stop, peak + look), span, threshold)
    steep = twins.steepest(trace, peak, landed, span, -1)
    if steep < 0:
        flags.add(shapes.NO_END)
        return
    row[shapes.DOWNSTROKE_AT], most = twins.steepest_between(trace, steep, span)
    row[shapes.DOWNSTROKE] = most / span
    if clipped:
        return
    row[shapes.TROUGH_AT] = trough
    if trough == stop - 1 == peak + reach - 1:
        flags.add(shapes.FALLING)
    if late:
        row[shapes.FAST_TROUGH_AT] = trough
        _after_spike(trace, stop, windows, row)
        return
    steps = twins.rises(trace, span)[: max(stop - span, 0)]
    target = shapes.END_OF_SPIKE * steps[steep]
    slowed = steep + 1 + np.flatnonzero(steps[steep + 1 :] >= target)
    if not slowed.size:
        flags.add(shapes.CLIPPED if at_wall else shapes.NO_END)
        return
    i = int(slowed[0])
    part = twins.fine((target - steps[i - 1]) / (steps[i] - steps[i - 1]))
    row[shapes.FAST_TROUGH_AT] = i - 1 + part + span / 2
    _after_spike(trace, stop, windows, row)


def _after_spike(trace, stop, windows, row):
    end = start = int(np.ceil(row[shapes.FAST_TROUGH_AT]))
    level, half = twins.value_at(trace, row[shapes.FAST_TROUGH_AT]), windows[3]
    places = range(end, min(stop, end + windows[0] // 2))
    smooth = np.array([trace[max(i - half, 0) : i + half + 1].mean() for i in places])
    if smooth.size > 2 and 0 < (bump := int(smooth.argmax())) < smooth.size - 1:
        drop = smooth[bump] - trace[end + bump : stop].min()
        if shapes.DIP <= smooth[bump] - level <= shapes.ADP_ABOVE and drop >= shapes.DIP:
            row[shapes.ADP_AT] = start = end + bump
    if start < stop:
        trough = twins.lowest(trace, start, stop)
        if start > end or level - trace[trough] >= shapes.DIP:
            row[shapes.SLOW_TROUGH_AT] = trough


def _widths(trace, peak, stop, windows, row, flags):
    top, threshold = row[shapes.PEAK], row[shapes.THRESHOLD]
    level = 0.5 * (top + twins.value_at(trace, row[shapes.FAST_TROUGH_AT]))
    if level < threshold:
        level = 0.5 * (top + threshold)
    start = max(0, peak - windows[0])
    left = twins.crossing_before(trace, start, peak, level)
    row[shapes.WIDTH] = twins.crossing_after(trace, peak, stop, level) - left
    if np.isnan(row[shapes.WIDTH]):
        flags.add(shapes.NO_WIDTH)
    if np.isnan(threshold):
        return
    foot, head = threshold + 0.1 * (top - threshold), threshold + 0.9 * (top - threshold)
    before = [twins.crossing_before(trace, start, peak, v) for v in (head, foot)]
    after = [twins.crossing_after(trace, peak, stop, v) for v in (foot, head)]
    row[shapes.RISE], row[shapes.DECAY] = before[0] - before[1], after[0] - after[1]
    if np.isnan(row[shapes.DECAY]):
        flags.add(shapes.NO_DECAY)
    half = twins.crossing_after(trace, peak, min(trace.size, peak + windows[1]), 0.5 * (top + threshold))
    if half - peak > windows[4] or (np.isnan(half) and peak + windows[4] < trace.size):
        flags.add(shapes.PLATEAU)


def _complex(trace, peaks, windows, rows, flags):
    for k in range(len(peaks) - 1):
        recent = [j for j in range(k + 1) if peaks[k] - peaks[j] <= windows[1]]
        parts = [(rows[j][shapes.THRESHOLD], rows[j][shapes.PEAK]) for j in recent]
        levels = [low + shapes.ELEVATED * (top - low) for low, top in parts if not np.isnan(low)]
        near = peaks[k + 1] - peaks[k] <= 2 * windows[4]
        if near and levels and trace[peaks[k] : peaks[k + 1] + 1].min() > min(levels):
            flags[k].add(shapes.COMPLEX)
            flags[k + 1].add(shapes.COMPLEX)


def measured(trace, peaks, windows=WINDOWS, rule=RULE):
    out = np.empty((len(peaks), shapes.N_COLUMNS))
    flags = shapes.shapes(trace, np.asarray(peaks, np.int64), windows, rule, out)
    return out, flags


def agree(trace, peaks, windows=WINDOWS):
    out, flags = measured(trace, peaks, windows)
    expected, sets = twin(trace, peaks, windows)
    assert flags.tolist() == [sum(s) for s in sets]
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-12)


@given(
    st.lists(st.integers(-5, 5), min_size=12, max_size=90),
    st.data(),
    st.sampled_from([WINDOWS, (12, 25, 1, 0, 6, 60), (8, 40, 3, 2, 10, 70)]),
)
def test_whole_numbers_with_ties_level_tops_and_neighbours(values, data, windows):
    peaks = sorted(data.draw(st.sets(st.integers(0, len(values) - 1), max_size=5)))
    agree(np.array(values, np.float32) * np.float32(1e-2), peaks, windows)


def test_how_far_back_a_ramp_is_sought_is_told_in_float64():
    # In float32 the time to the peak falls a sample short, and the ramp is another.
    agree(np.array([1, 0, 2, 0, 5, 0, 0, 0, 0, 0, 0, 0], np.float32) * np.float32(1e-2), [4])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("noise", [0.0, 2e-4, 2e-3])
def test_made_spikes(seed, noise):
    trace, peaks = spiky(20_000.0, seed=seed, length=1.0, n=12, noise=noise)
    agree(trace, peaks.tolist())
    agree(trace, peaks.tolist(), (100, 600, 1, 3, 200, 2000))


@pytest.mark.parametrize("cut", [0, 1, 2, 5, 12, 30, 100])
def test_made_spikes_cut_by_a_wall(cut):
    trace, peaks = spiky(20_000.0, length=0.3, n=3)
    agree(trace[: peaks[-1] + cut + 1], peaks.tolist())
    agree(trace[peaks[0] - cut :], (peaks - peaks[0] + cut).tolist())


def test_turned_and_shifted_traces_keep_places_and_slopes():
    trace, peaks = spiky(20_000.0, seed=3, length=0.5, n=5, noise=0.0)
    base, flags = measured(trace, peaks)
    lifted, same = measured(trace + np.float32(0.0625), peaks)
    levels = [shapes.THRESHOLD, shapes.PEAK]
    rest = [c for c in range(shapes.N_COLUMNS) if c not in (*levels, shapes.PHASE_SLOPE)]
    assert flags.tolist() == same.tolist()
    np.testing.assert_allclose(lifted[:, levels] - base[:, levels], 0.0625, atol=1e-5)
    np.testing.assert_allclose(lifted[:, rest], base[:, rest], rtol=2e-2, atol=0.05)


def test_flags_are_distinct_bits():
    names = [
        "NO_ONSET",
        "CLIPPED",
        "NO_END",
        "FALLING",
        "NO_WIDTH",
        "NO_DECAY",
        "FLAT_TOP",
        "AT_EDGE",
        "PLATEAU",
        "COMPLEX",
    ]
    bits = [getattr(shapes, name) for name in names]
    assert sum(bits) == 2 ** len(bits) - 1
