"""Peaks: where they stand after a crossing, how prominent they are, which of two stays."""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.scan import BLOCK, PIECE, appended, next_reaching, piece_extremes, step


@njit(cache=True, nogil=True)
def summit(values, start, stop):
    """The first highest sample of `start` to `stop`, or -1 if it does not fall from there.

    A top that is level until `stop` and beyond is a plateau: where that ends is not local.
    """
    top = start
    for i in range(start + 1, stop):
        if values[i] > values[top]:
            top = i
    after, last = top + 1, min(stop, values.size - 1)
    while after < last and values[after] == values[top]:
        after += 1
    return top if after <= last and values[after] < values[top] else -1


@njit(cache=True, nogil=True)
def summits_above(values, crossings, limit, reach):
    """For each up-crossing the highest sample before the next down-crossing, or -1.

    The search ends after `reach` samples. -1 where the values end before they come down.
    """
    found = np.empty(crossings.size, np.int64)
    for k in range(crossings.size):
        stop = crossings[k]
        furthest = min(crossings[k] + reach, values.size)
        while stop < furthest and values[stop] >= limit:
            stop += 1
        unfinished = stop == values.size
        found[k] = -1 if unfinished else summit(values, crossings[k], stop)
    return found


@njit(cache=True, nogil=True)
def fell_before(values, crossing, rise, reach):
    """Whether the values fell between the previous crossing of `rise` and this one.

    So they did if there is no other crossing within `reach` samples.
    """
    for i in range(crossing - 1, max(crossing - reach, 0) - 1, -1):
        if step(values, i) < 0:
            return True
        if step(values, i) < rise and step(values, i + 1) >= rise:
            return False
    return True


@njit(cache=True, nogil=True)
def have_fallen(values, crossings, rise, reach):
    """`fell_before` for each crossing."""
    found = np.empty(crossings.size, np.bool_)
    for k in range(crossings.size):
        found[k] = fell_before(values, crossings[k], rise, reach)
    return found


@njit(cache=True, nogil=True)
def summits_between(values, crossings, reach):
    """For each crossing the highest sample before the next one, within `reach`; or -1."""
    found = np.empty(crossings.size, np.int64)
    for k in range(crossings.size):
        stop = min(crossings[k] + reach + 1, values.size)
        if k + 1 < crossings.size:
            stop = min(stop, crossings[k + 1])
        found[k] = summit(values, crossings[k], stop)
    return found


@njit(cache=True, nogil=True)
def is_largest(values, i, apart):
    """Whether no sample within `apart` of i is larger, and none before it as large.

    Samples of the level stretch that i belongs to do not count against it.
    """
    own = i
    while own > 0 and values[own - 1] == values[i]:
        own -= 1
    for j in range(max(i - apart, 0), own):
        if values[j] >= values[i]:
            return False
    for j in range(i + 1, min(i + apart + 1, values.size)):
        if values[j] > values[i]:
            return False
    return True


@njit(cache=True, nogil=True)
def prominence(values, peak, half):
    """SciPy's prominence: how far to come down on both sides before it goes higher.

    The search goes at most `half` samples to either side.
    """
    left, i = values[peak], peak
    while i >= max(peak - half, 0) and values[i] <= values[peak]:
        left = min(left, values[i])
        i -= 1
    right, i = values[peak], peak
    while i <= min(peak + half, values.size - 1) and values[i] <= values[peak]:
        right = min(right, values[i])
        i += 1
    return np.float64(values[peak]) - np.float64(max(left, right))


@njit(cache=True, nogil=True)
def peak_from(values, i, half):
    """The middle of the level top that begins at sample i; -1 if i begins none.

    Tops longer than `half` samples are plateaus, not peaks.
    """
    if not values[i] > values[i - 1]:
        return -1
    end = i
    while end + 1 < values.size and values[end + 1] == values[i] and end - i < half:
        end += 1
    return (i + end) // 2 if end + 1 < values.size and values[end + 1] < values[i] else -1


@njit(cache=True, nogil=True)
def _may_hold(low, high, k, reach, least):
    """Whether piece k is high enough over both its sides for a peak of `least`."""
    left, right = low[k], low[k]
    for j in range(max(k - reach, 0), k):
        left = min(left, low[j])
    for j in range(k + 1, min(k + reach + 1, low.size)):
        right = min(right, low[j])
    return not np.float64(high[k]) - np.float64(max(left, right)) < least


@njit(cache=True, nogil=True)
def prominent_peaks(values, least, first, last, half, apart):
    """Peaks of prominence `least` or more, largest within `apart`, sorted.

    A peak is counted where its level top begins, in `first` to `last`, and reported at
    the middle of that top. Blocks that cannot hold one are passed over.
    """
    # Plain literals would be compiled once as constants and once as numbers.
    low, high = piece_extremes(values, np.int64(BLOCK))
    # From the beginning of a top, half its length on and then as far as prominence looks.
    reach = (half + half // 2) // BLOCK + 1
    found, n = np.empty(64, np.int64), np.int64(0)
    for k in range(max(first, 1) // BLOCK, low.size):
        if k * BLOCK < last and _may_hold(low, high, k, reach, least):
            start, stop = max(k * BLOCK, first, 1), min((k + 1) * BLOCK, last)
            found, n = _add_prominent(values, least, (start, stop), (half, apart), found, n)
    return found[:n]


@njit(cache=True, nogil=True)
def _add_prominent(values, least, bounds, radii, found, n):
    """Append the peaks of one block; pieces of about half a radius are passed over too."""
    (start, stop), (half, apart) = bounds, radii
    length = max(half // 2, 1)
    origin = max(start - 2 * half, 0)
    low, high = piece_extremes(values[origin : min(stop + 2 * half, values.size)], length)
    for k in range((start - origin) // length, low.size):
        if not _may_hold(low, high, k, half // length + 2, least):
            continue
        for i in range(max(origin + k * length, start), min(origin + (k + 1) * length, stop)):
            peak = peak_from(values, i, half)
            if peak < 0 or not is_largest(values, peak, apart):
                continue
            if prominence(values, peak, half) >= least:
                found = appended(found, n, peak)
                n += 1
    return found, n


@njit(cache=True, nogil=True)
def high_peaks(values, limit, first, last, apart):
    """Peaks of `limit` or more, largest within `apart`, counted and reported as above."""
    found, n = np.empty(64, np.int64), 0
    start = next_reaching(values, limit, max(first, 1), last)
    while start < last:
        stop = min(start + PIECE, last)
        for i in range(start, stop):
            peak = peak_from(values, i, apart) if values[i] >= limit else -1
            if peak >= 0 and is_largest(values, peak, apart):
                found = appended(found, n, peak)
                n += 1
        start = next_reaching(values, limit, stop, last)
    return found[:n]


@njit(cache=True, nogil=True)
def are_outdone(values, peaks, times, reach):
    """For each peak, whether a swing within `reach` samples, either way, is over `times` as large."""
    found = np.zeros(peaks.size, np.bool_)
    for k in range(peaks.size):
        most = times * np.float64(values[peaks[k]])
        for j in range(max(peaks[k] - reach, 0), min(peaks[k] + reach + 1, values.size)):
            if abs(np.float64(values[j])) > most:
                found[k] = True
                break
    return found


@njit(cache=True, nogil=True)
def farthest(values, starts, length, least):
    """In each window the sample farthest from its mean, if farther than `least`; else -1."""
    found = np.full(starts.size, -1, np.int64)
    for k in range(starts.size):
        window = values[starts[k] : starts[k] + length]
        total = 0.0
        for j in range(length):
            total += window[j]
        mean, most = total / length, least
        for j in range(length):
            if abs(window[j] - mean) > most:
                most = abs(window[j] - mean)
                found[k] = starts[k] + j
    return found
