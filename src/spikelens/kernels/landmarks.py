"""Whole samples at which IPFX and eFEL read a spike's numbers; -1 where there is none."""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.waveform import first_at_least, first_at_most, highest, last_at_most, lowest


@njit(cache=True, nogil=True)
def falls_between(dvdt, start, stop):
    """Whether the slope is negative anywhere in a range."""
    for i in range(start, stop):
        if dvdt[i] < 0:
            return True
    return False


@njit(cache=True, nogil=True)
def ipfx_starts(dvdt, cutoff):
    """Samples before upward crossings of a slope, parted by a fall (IPFX's putative spikes)."""
    found = np.empty(dvdt.size // 2 + 1, np.int64)
    n, last = 0, -1
    for i in range(dvdt.size - 1):
        if dvdt[i] >= cutoff or dvdt[i + 1] < cutoff:
            continue
        if n == 0 or falls_between(dvdt, last, i):
            found[n] = i
            n += 1
        last = i
    return found[:n].copy()


@njit(cache=True, nogil=True)
def ipfx_events(v, dvdt, starts):
    """Start and peak of each event; events between which the trace never falls are one."""
    begin, peak = np.empty(starts.size, np.int64), np.empty(starts.size, np.int64)
    n = 0
    for k in range(starts.size):
        stop = starts[k + 1] if k + 1 < starts.size else v.size - 1
        top = highest(v, starts[k], stop)
        if n > 0 and not falls_between(dvdt, peak[n - 1], starts[k]):
            peak[n - 1] = top
            continue
        begin[n], peak[n] = starts[k], top
        n += 1
    return begin[:n].copy(), peak[:n].copy()


@njit(cache=True, nogil=True)
def ipfx_thresholds(dvdt, upstrokes, target):
    """Going back from each upstroke to the one before, the last sample at or below a slope."""
    found = np.empty(upstrokes.size, np.int64)
    for k in range(upstrokes.size):
        before = upstrokes[k - 1] if k > 0 else 0
        at = last_at_most(dvdt, before + 1, upstrokes[k] + 1, target)
        found[k] = at if at >= 0 else before
    return found


@njit(cache=True, nogil=True)
def ipfx_ends(v, slopes, spikes, t, clipped):
    """Points after the peaks, by IPFX's rules.

    Parameters
    ----------
    v : float64 array, mV
    slopes : two float64 arrays, V/s
        Of the trace, and of the trace under a heavy filter.
    spikes : two int64 arrays, (n_spikes,)
        Thresholds and peaks.
    t : float64 array, s
    clipped : bool array, (n_spikes,)
        Of the last spike on entry; of all when done.

    Returns
    -------
    int64 array, (n_spikes, 5)
        Trough, downstroke, fast trough, ADP, slow trough.
    """
    dvdt, heavy = slopes
    thresholds, peaks = spikes
    n, end = peaks.size, v.size - 1
    out = np.full((n, 5), -1, np.int64)
    cut = n > 0 and clipped[n - 1]
    for k in range(n):
        if clipped[k]:
            continue
        stop = thresholds[k + 1] if k + 1 < n else end
        if stop <= peaks[k]:
            clipped[k] = True
            continue
        out[k, 0] = lowest(v, peaks[k], stop)
        if out[k, 0] > peaks[k]:
            out[k, 1] = lowest(dvdt, peaks[k], out[k, 0])
        # IPFX leaves a clipped last spike out before it looks at intervals.
        stop = end if cut and k == n - 2 else stop
        down = lowest(dvdt, peaks[k], stop)
        out[k, 2] = first_at_least(dvdt, down, stop, 0.01 * dvdt[down])
        if out[k, 2] < 0:
            clipped[k] = True
            continue
        if k < n - 1:
            out[k, 3], out[k, 4] = _ipfx_interval(v, heavy, t, out[k, 2], stop)
    return out


@njit(cache=True, nogil=True)
def _ipfx_interval(v, heavy, t, end, stop):
    """ADP and slow trough after the fast trough `end`."""
    cross = first_at_least(heavy, end, stop, 0.5)
    if cross >= 0 and t[cross] - t[end] < 0.002:
        adp = first_at_most(heavy, cross, stop, 0.0)
        if adp >= 0:
            low = lowest(v, adp, stop)
            near = v[adp] - v[end] <= 10.0 and t[adp] - t[end] <= 0.005
            if near and v[adp] - v[low] >= 0.5:
                return adp, low
    low = lowest(v, end, stop)
    return -1, low if v[end] - v[low] >= 0.5 else -1


@njit(cache=True, nogil=True)
def ipfx_widths(v, thresholds, peaks, fast_troughs):
    """Samples at which the trace leaves and returns to half height, (n_spikes, 2)."""
    out = np.full((peaks.size, 2), -1, np.int64)
    for k in range(peaks.size):
        if fast_troughs[k] < 0:
            continue
        foot = v[fast_troughs[k]]
        level = (v[peaks[k]] - foot) / 2.0 + foot
        if level < v[thresholds[k]]:
            level = (v[peaks[k]] - v[thresholds[k]]) / 2.0 + v[thresholds[k]]
        out[k, 0] = last_at_most(v, thresholds[k] + 1, peaks[k] + 1, level)
        out[k, 1] = first_at_most(v, peaks[k], fast_troughs[k], level)
    return out


@njit(cache=True, nogil=True)
def efel_resampled(volts, step):
    """The trace, mV, on eFEL's grid, whose times are a running sum of `step` (ms).

    It differs from the trace by rounding only, but that decides which of equal samples
    eFEL takes for a minimum. Rounding never adds up to a step, so each time of the grid
    lies beside the sample of its number.
    """
    out = np.empty(volts.size)
    now = 0.0
    for i in range(volts.size):
        left = min(max(i - 1 if i * step >= now else i, 0), volts.size - 2)
        before, after = left * step, (left + 1) * step
        low, high = np.float64(volts[left]) * 1e3, np.float64(volts[left + 1]) * 1e3
        out[i] = (
            high if now > (volts.size - 1) * step else low + (high - low) / (after - before) * (now - before)
        )
        now += step
    return out


@njit(cache=True, nogil=True)
def efel_minimum(v, start, stop):
    """The first running minimum that two samples in a row do not undercut (eFEL's AHP)."""
    best, waited = start, 0
    for i in range(start + 1, stop):
        if v[i] < v[best]:
            best, waited = i, 0
        else:
            waited += 1
        if waited == 2:
            return best
    return best


@njit(cache=True, nogil=True)
def efel_begin(dvdt, start, peak, cutoff, window):
    """The last upward crossing of a slope that holds for `window` samples; -1 if there is none."""
    stop = peak
    while True:
        below = -1
        for i in range(stop - 1, start - 1, -1):
            if dvdt[i] <= cutoff:
                below = i
                break
        begin = min(below + 1, dvdt.size - window)
        if below < 0 or begin <= start:
            return -1
        held = True
        for i in range(begin, begin + window):
            held = held and dvdt[i] >= cutoff
        if held:
            return begin
        stop = begin - 1


@njit(cache=True, nogil=True)
def efel_points(v, dvdt, peaks, cutoffs, window):
    """Begin, end, AHP, and the samples nearest to half height, (n_spikes, 5)."""
    out = np.full((peaks.size, 5), -1, np.int64)
    before = 0
    for k in range(peaks.size):
        stop = peaks[k + 1] if k + 1 < peaks.size else v.size
        out[k, 0] = efel_begin(dvdt, before, peaks[k], cutoffs[0], window)
        last = min(stop, v.size - 1)
        if peaks[k] + 1 < last:
            steep = lowest(dvdt, peaks[k] + 1, last)
            out[k, 1] = first_at_least(dvdt, steep, last, cutoffs[1])
        ahp = efel_minimum(v, peaks[k], stop)
        if ahp != v.size - 1:
            out[k, 2] = before = ahp
        if out[k, 0] >= 0 and out[k, 1] >= 0:
            half = (v[peaks[k]] + v[out[k, 0]]) / 2.0
            out[k, 3] = _nearest(v, out[k, 0], peaks[k], half)
            out[k, 4] = _nearest(v, peaks[k], out[k, 1], half)
    return out


@njit(cache=True, nogil=True)
def _nearest(v, start, stop, level):
    """The sample whose value lies nearest to a level, the first of equals."""
    best = start
    for i in range(start + 1, stop):
        if abs(v[i] - level) < abs(v[best] - level):
            best = i
    return best


@njit(cache=True, nogil=True)
def efel_half_widths(v, peaks, ahps):
    """Widths (samples) half way from AHP to peak, between samples (eFEL's spike_half_width)."""
    out = np.full(peaks.size, np.nan)
    before = 0
    for k in range(peaks.size):
        if ahps[k] < 0:
            continue
        half = (v[peaks[k]] + v[ahps[k]]) / 2.0
        up = first_at_least(v, before, peaks[k], half)
        down = first_at_most(v, peaks[k], ahps[k], half)
        before = ahps[k]
        up, down = (peaks[k] if up < 0 else up), (ahps[k] if down < 0 else down)
        if up > 0 and v[up] != v[up - 1] and v[down] != v[down - 1]:
            left = up + (half - v[up]) / (v[up] - v[up - 1])
            out[k] = down + (half - v[down]) / (v[down] - v[down - 1]) - left
    return out
