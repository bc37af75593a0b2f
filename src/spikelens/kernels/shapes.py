"""All numbers of the rule `spikelens`, spike by spike."""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.onsets import onset
from spikelens.kernels.waveform import (
    crossing_after,
    crossing_before,
    fine,
    first_at_most,
    highest,
    last_at_most,
    lowest,
    rise,
    steepest,
    steepest_between,
    value_at,
    vertex,
)

(
    ONSET,
    THRESHOLD,
    PEAK,
    UPSTROKE,
    UPSTROKE_AT,
    DOWNSTROKE,
    DOWNSTROKE_AT,
    WIDTH,
    RISE,
    DECAY,
    TROUGH_AT,
    FAST_TROUGH_AT,
    SLOW_TROUGH_AT,
    ADP_AT,
    PHASE_SLOPE,
    N_COLUMNS,
) = range(16)

NO_ONSET, CLIPPED, NO_END, FALLING, NO_WIDTH, NO_DECAY, FLAT_TOP, AT_EDGE, PLATEAU, COMPLEX = (
    1 << k for k in range(10)
)

FOOT = 0.2
"""The upstroke lies above this fraction of the rise from the lowest sample before it."""
END_OF_SPIKE = 0.01
"""A spike ends where its fall has slowed to this fraction of the steepest fall (as in IPFX)."""
RETURN = 1e-3
"""A spike that comes within this of its threshold again (V) is not clipped (as in IPFX)."""
DIP = 0.5e-3
"""Smallest drop (V) that makes a slow trough, or parts an ADP from it (as in IPFX)."""
ADP_ABOVE = 10e-3
"""An ADP stands at most this far above the fast trough (V; as in IPFX)."""
FLAT = 4
"""So many equal samples at the top mean a saturated amplifier or converter."""
SLOWER = 5
"""The fall of a plateau is looked at over this part of what makes it one: it is slow, and noise is not."""
ELEVATED = 0.25
"""Between the spikes of a complex, the fall stops above this fraction of the amplitude."""


@njit(cache=True, nogil=True)
def shapes(trace, peaks, windows, rule, out):
    """Measure spikes.

    Parameters
    ----------
    trace : float array, (n_samples,), V
    peaks : int64 array, (n_spikes,), sorted
    windows : (int, int, int, int, int, int), samples
        Back from the peak; on from it; span of slopes; half the smoothing of an ADP;
        the longest that a spike may stay above half height without being a plateau;
        on from the peak of a plateau.
    rule : (int, float, float, int)
        See `onset`.
    out : float64 array, (n_spikes, N_COLUMNS), V, samples and V per sample

    Returns
    -------
    int64 array, (n_spikes,)
        Flags: `NO_ONSET` and its fellows, added.
    """
    flags = np.zeros(peaks.size, np.int64)
    out[:] = np.nan
    for k in range(peaks.size):
        start = max(0, peaks[k] - windows[0], peaks[k - 1] if k > 0 else 0)
        flags[k] |= _rise(trace, peaks[k], start, windows[2], rule, out[k])
    for k in range(peaks.size):
        end = trace.size
        if k + 1 < peaks.size:
            following = out[k + 1, ONSET]
            end = peaks[k + 1] if np.isnan(following) else max(int(following) + 1, peaks[k] + 1)
        stays_up = _stays_up(trace, peaks[k], end, windows[4], out[k])
        fall = (windows[5], windows[5], max(windows[2], windows[4] // SLOWER)) if stays_up else windows[:3]
        stop = min(end, peaks[k] + fall[1])
        flags[k] |= _fall(trace, peaks[k], stop, stays_up, fall, windows, out[k])
        flags[k] |= _widths(trace, peaks[k], stop, windows, out[k])
    _mark_complex(trace, peaks, windows, out, flags)
    return flags


@njit(cache=True, nogil=True)
def _peak(trace, peak):
    """The height of the peak between samples, and what is odd about it."""
    flags = 0
    top = np.float64(trace[peak])
    if peak == 0 or peak == trace.size - 1:
        return top, AT_EDGE
    equal = 1
    while peak + equal < trace.size and trace[peak + equal] == trace[peak]:
        equal += 1
    if equal >= FLAT:
        flags = FLAT_TOP
    before, after = np.float64(trace[peak - 1]), np.float64(trace[peak + 1])
    if before <= top and after <= top:
        top = vertex(before, top, after)[1]
    return top, flags


@njit(cache=True, nogil=True)
def _rise(trace, peak, start, span, rule, row):
    """Peak, upstroke and onset; returns flags."""
    row[PEAK], flags = _peak(trace, peak)
    low = np.float64(trace[lowest(trace, start, peak + 1)])
    foot = last_at_most(trace, start, peak, low + FOOT * (trace[peak] - low))
    steep = steepest(trace, max(start, foot - span), peak + 1, span, 1) if foot >= 0 else -1
    if steep < 0:
        return flags | NO_ONSET
    row[UPSTROKE_AT], most = steepest_between(trace, steep, span)
    row[UPSTROKE] = most / span
    row[ONSET] = onset(trace, (start, peak), steep, span, rule)
    if np.isnan(row[ONSET]):
        return flags | NO_ONSET
    row[THRESHOLD] = value_at(trace, row[ONSET])
    i = int(row[ONSET] - 0.5 * span)
    gained = value_at(trace, i + 1 + 0.5 * span) - value_at(trace, i + 0.5 * span)
    if i >= 0 and i + 1 + span < trace.size and gained > 0.0:
        row[PHASE_SLOPE] = (rise(trace, i + 1, span) - rise(trace, i, span)) / span / gained
    return flags


@njit(cache=True, nogil=True)
def _stays_up(trace, peak, end, longest, row):
    """Whether a spike stands above half height for longer than `longest`, undisturbed by the next."""
    if np.isnan(row[THRESHOLD]):
        return False
    half = 0.5 * (row[PEAK] + row[THRESHOLD])
    return end > peak + longest and first_at_most(trace, peak + 1, peak + longest + 1, half) < 0


@njit(cache=True, nogil=True)
def _fall(trace, peak, stop, stays_up, fall, windows, row):
    """Downstroke and troughs; returns flags.

    A downstroke is sought `fall[0]` samples on from the peak, a trough `fall[1]`, over spans of
    `fall[2]`. A plateau falls too slowly to tell where that ends, so it is at its trough.
    """
    flags = 0
    span = fall[2]
    trough = lowest(trace, peak, stop)
    at_wall = stop == trace.size
    returned = trace[trough] <= row[THRESHOLD] + RETURN
    if at_wall and not np.isnan(row[THRESHOLD]) and not returned:
        flags |= CLIPPED
    landed = _landing(trace, peak, min(stop, peak + fall[0]), span, row[THRESHOLD])
    steep = steepest(trace, peak, landed, span, -1)
    if steep < 0:
        return flags | NO_END
    row[DOWNSTROKE_AT], most = steepest_between(trace, steep, span)
    row[DOWNSTROKE] = most / span
    if flags:
        return flags
    row[TROUGH_AT] = trough
    if trough == stop - 1 and stop == peak + fall[1]:
        flags |= FALLING
    row[FAST_TROUGH_AT] = trough if stays_up else _end_of_fall(trace, steep, stop, span)
    if np.isnan(row[FAST_TROUGH_AT]):
        return flags | (CLIPPED if at_wall else NO_END)
    _after_spike(trace, stop, windows, row)
    return flags


@njit(cache=True, nogil=True)
def _landing(trace, peak, stop, span, threshold):
    """Where a fall that has passed the threshold first pauses; `stop` if it does not.

    What falls later, as the artefact of the next stimulus does, is not the spike's.
    """
    for i in range(peak + 1, stop - span):
        if trace[i] <= threshold and rise(trace, i, span) >= 0.0:
            return i + 1
    return stop


@njit(cache=True, nogil=True)
def _end_of_fall(trace, steep, stop, span):
    """Where the fall has slowed to `END_OF_SPIKE` of its steepest."""
    target = END_OF_SPIKE * rise(trace, steep, span)
    for i in range(steep + 1, stop - span):
        now = rise(trace, i, span)
        if now >= target:
            before = rise(trace, i - 1, span)
            return i - 1 + fine((target - before) / (now - before)) + 0.5 * span
    return np.nan


@njit(cache=True, nogil=True)
def _after_spike(trace, stop, windows, row):
    """The ADP and the slow trough, where there are any."""
    end = int(np.ceil(row[FAST_TROUGH_AT]))
    level = value_at(trace, row[FAST_TROUGH_AT])
    half = windows[3]
    last = min(stop, end + windows[0] // 2)
    smooth = np.empty(max(0, last - end))
    for i in range(smooth.size):
        low, high = max(0, end + i - half), min(trace.size, end + i + half + 1)
        total = 0.0
        for j in range(low, high):
            total += np.float64(trace[j])
        smooth[i] = total / (high - low)
    start = end
    if smooth.size > 2:
        bump = highest(smooth, 0, smooth.size)
        above = smooth[bump] - level
        drop = smooth[bump] - trace[lowest(trace, end + bump, stop)]
        if 0 < bump < smooth.size - 1 and DIP <= above <= ADP_ABOVE and drop >= DIP:
            row[ADP_AT] = end + bump
            start = end + bump
    if start >= stop:
        return
    trough = lowest(trace, start, stop)
    if start > end or level - trace[trough] >= DIP:
        row[SLOW_TROUGH_AT] = trough


@njit(cache=True, nogil=True)
def _widths(trace, peak, stop, windows, row):
    """Width at half height, rise and decay; returns flags."""
    flags = 0
    top, threshold = row[PEAK], row[THRESHOLD]
    floor = value_at(trace, row[FAST_TROUGH_AT])
    level = 0.5 * (top + floor)
    if level < threshold:
        level = 0.5 * (top + threshold)
    start = max(0, peak - windows[0])
    left = crossing_before(trace, start, peak, level)
    right = crossing_after(trace, peak, stop, level)
    row[WIDTH] = right - left
    if np.isnan(row[WIDTH]):
        flags |= NO_WIDTH
    if not np.isnan(threshold):
        a, z = threshold + 0.1 * (top - threshold), threshold + 0.9 * (top - threshold)
        row[RISE] = crossing_before(trace, start, peak, z) - crossing_before(trace, start, peak, a)
        row[DECAY] = crossing_after(trace, peak, stop, a) - crossing_after(trace, peak, stop, z)
        if np.isnan(row[DECAY]):
            flags |= NO_DECAY
        half = crossing_after(trace, peak, min(trace.size, peak + windows[1]), 0.5 * (top + threshold))
        late = np.isnan(half) and peak + windows[4] < trace.size
        if late or half - peak > windows[4]:
            flags |= PLATEAU
    return flags


@njit(cache=True, nogil=True)
def _mark_complex(trace, peaks, windows, out, flags):
    """Mark neighbours between which the trace stays elevated."""
    for k in range(peaks.size - 1):
        if peaks[k + 1] - peaks[k] > 2 * windows[4]:
            continue
        if trace[lowest(trace, peaks[k], peaks[k + 1] + 1)] > _elevated(peaks, k, windows[1], out):
            flags[k] |= COMPLEX
            flags[k + 1] |= COMPLEX


@njit(cache=True, nogil=True)
def _elevated(peaks, k, reach, out):
    """The level that the trace stays above after spike k of a complex; NaN if it is not known.

    Riders start high and are small: the lowest level among the spikes of the last `reach`
    samples decides, which is that of the spike they ride on.
    """
    level, j = np.nan, k
    while j >= 0 and peaks[k] - peaks[j] <= reach:
        level = np.fmin(level, out[j, THRESHOLD] + ELEVATED * (out[j, PEAK] - out[j, THRESHOLD]))
        j -= 1
    return level
