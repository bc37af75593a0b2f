"""Peaks on many contacts: the largest in its neighbourhood of time and space, and what is near it."""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.scan import appended
from spikelens.kernels.table import _vertex

WORD = 8
"""Flags looked at together, as one 64-bit number."""


@njit(cache=True, nogil=True)
def exclusive_peaks(rows, limits, near, apart, first, last):
    """Peaks that nothing near outdoes: rows and channels, two int64 arrays, in order.

    Parameters
    ----------
    rows : float array, (n_samples, n_channels)
        Spikes point up.
    limits : array of the same type, (n_channels,)
        A peak reaches its channel's limit; NaN and infinity are never reached.
    near : int64 array, (n_channels, most), of channels, -1 where there are no more
        Which channels a peak must outdo, its own included.
    apart : int, samples
        How far before and after the peak; of equals the earliest sample counts, then the
        lowest channel.
    first, last : int
        Rows looked at; the first and the last of all have only one neighbour and are no peaks.
    """
    n_channels = rows.shape[1]
    flags = np.zeros((n_channels + WORD - 1) // WORD * WORD, np.uint8)
    words = flags.view(np.uint64)
    at, channel = np.empty(64, np.int64), np.empty(64, np.int64)
    n = 0
    for t in range(max(first, 1), min(last, rows.shape[0] - 1)):
        _flag(rows[t - 1], rows[t], rows[t + 1], limits, flags)
        for w in range(words.size):
            if words[w] == 0:
                continue
            for c in range(w * WORD, (w + 1) * WORD):
                if flags[c] and _outdoes(rows, t, c, near[c], apart):
                    at, channel = appended(at, n, t), appended(channel, n, c)
                    n += 1
    return at[:n], channel[:n]


@njit(cache=True, nogil=True, forceinline=True)
def _flag(before, row, after, limits, flags):
    for c in range(row.size):
        flags[c] = np.uint8((row[c] >= limits[c]) & (row[c] > before[c]) & (row[c] >= after[c]))


@njit(cache=True, nogil=True)
def _outdoes(rows, t, c, near, apart):
    value = rows[t, c]
    start, stop = max(t - apart, 0), min(t + apart + 1, rows.shape[0])
    for other in near:
        if other < 0:
            break
        for s in range(start, stop):
            rival = rows[s, other]
            if rival > value or (rival == value and (s < t or (s == t and other < c))):
                return False
    return True


@njit(cache=True, nogil=True)
def describe_contacts(rows, at, channel, base):
    """The sub-sample shift, value and height of each peak, over the lowest of `base` samples before it."""
    out = np.zeros((3, at.size))
    for k in range(at.size):
        t, c = at[k], channel[k]
        value = np.float64(rows[t, c])
        lowest = value
        for s in range(max(t - base, 0), t):
            lowest = min(lowest, np.float64(rows[s, c]))
        out[1, k], out[2, k] = value, value - lowest
        if 0 < t < rows.shape[0] - 1:
            out[0, k] = _vertex(np.float64(rows[t - 1, c]), value, np.float64(rows[t + 1, c]))
    return out


@njit(cache=True, nogil=True)
def near_faults(stored, at, channel, guard, flat, rails):
    """Whether a rail value, or `flat` equal samples in a row, lie within `guard` samples of each peak.

    `rails` are the least and the greatest number that the converter gives; a saturated
    amplifier and samples lost on the way leave such runs.
    """
    low, high = rails
    found = np.zeros(at.size, np.bool_)
    for k in range(at.size):
        start, stop = max(at[k] - guard, 0), min(at[k] + guard + 1, stored.shape[0])
        run = 1
        for s in range(start, stop):
            value = stored[s, channel[k]]
            run = run + 1 if s > start and value == stored[s - 1, channel[k]] else 1
            if value <= low or value >= high or run >= flat:
                found[k] = True
                break
    return found
