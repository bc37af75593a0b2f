"""Snippets: pieces of many channels around events, moved by parts of a sample."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from spikelens.kernels.products import add_scaled

HALF = 6
"""Samples to either side that an interpolated sample is made of."""


@njit(cache=True, nogil=True)
def _weights(part):
    """A windowed sinc: weights of samples ``-HALF + 1`` to ``HALF`` for the value `part` after sample 0."""
    out = np.zeros(2 * HALF)
    if part == 0.0:
        out[HALF - 1] = 1.0
        return out
    for j in range(2 * HALF):
        x = j - HALF + 1 - part
        sinc = 1.0 if abs(x) < 1e-9 else math.sin(math.pi * x) / (math.pi * x)
        out[j] = sinc * math.cos(math.pi * x / (2 * HALF + 2)) ** 2
    return out / out.sum()


@njit(cache=True, nogil=True)
def cut_snippets(rows, at, shift, channels, before, after):
    """Pieces of `rows` from `before` samples before each event to `after` after it.

    Parameters
    ----------
    rows : float32 array, (n_samples, n_channels)
        Beyond its ends there is nothing but zeros. Quickest in Fortran order.
    at : int64 array, (n_events,)
    shift : float64 array, (n_events,), samples, -1 < shift < 1
        How much later than `at` each event is.
    channels : int64 array, (n_events, n_seen)
        Which channels to cut; -1 gives zeros.

    Returns
    -------
    float32 array, (n_events, before + after, n_seen)
    """
    n, length = at.size, before + after
    out = np.zeros((n, length, channels.shape[1]), np.float32)
    line = np.empty(length)
    for k in range(n):
        whole = math.floor(shift[k])
        weights = _weights(shift[k] - whole)
        for m in range(channels.shape[1]):
            if channels[k, m] >= 0:
                _cut(line, rows[:, channels[k, m]], at[k] - before + whole, weights)
                for t in range(length):
                    out[k, t, m] = line[t]
    return out


@njit(cache=True, nogil=True)
def add_snippets(sums, rows, at, shift, unit, factor):
    """Add snippets of every channel, each times its factor, to the sums of their units.

    Parameters
    ----------
    sums : float64 array, (n_units, n_channels, length)
        Changed; a snippet begins at its event.
    rows, at, shift
        As in `cut_snippets`.
    unit : int64 array, (n_events,)
    factor : float64 array, (n_events,)
    """
    line = np.empty(sums.shape[2])
    for k in range(at.size):
        whole = math.floor(shift[k])
        weights = _weights(shift[k] - whole)
        for c in range(rows.shape[1]):
            _cut(line, rows[:, c], at[k] + whole, weights)
            add_scaled(sums[unit[k], c], line, factor[k])


@njit(cache=True, nogil=True)
def _cut(line, trace, start, weights):
    """Fill `line` with interpolated samples from `start` on; along time, which fills vector instructions."""
    line[:] = 0.0
    for j in range(2 * HALF):
        first = start + j - HALF + 1
        low, high = max(0, -first), min(line.size, trace.size - first)
        if weights[j] != 0.0 and low < high:
            add_scaled(line[low:high], trace[first + low : first + high], weights[j])


@njit(cache=True, nogil=True)
def loud_peaks(rows, limit, near, apart, first, last):
    """Extrema of either sign that no value near outdoes: rows and channels, two int64 arrays, in order.

    Parameters
    ----------
    rows : float32 array, (n_samples, n_channels)
        Quickest in Fortran order.
    limit : float
        Least absolute value.
    near : int64 array, (n_channels, most)
        Which channels an extremum must outdo, its own included; -1 where there are no more.
    apart : int, samples
    first, last : int
        Rows looked at.
    """
    at = np.empty(1024, np.int64)
    channel = np.empty(1024, np.int64)
    n = 0
    for c in range(rows.shape[1]):
        for t in range(max(first, 0), min(last, rows.shape[0])):
            if abs(rows[t, c]) < limit or not _outdoes(rows, t, c, near[c], apart):
                continue
            if n == at.size:
                at = np.append(at, np.empty(n, np.int64))
                channel = np.append(channel, np.empty(n, np.int64))
            at[n], channel[n] = t, c
            n += 1
    order = np.argsort(at[:n], kind="mergesort")
    return at[order], channel[order]


@njit(cache=True, nogil=True)
def _outdoes(rows, t, c, near, apart):
    value = abs(rows[t, c])
    for other in near:
        if other < 0:
            break
        for s in range(max(t - apart, 0), min(t + apart + 1, rows.shape[0])):
            rival = abs(rows[s, other])
            if rival > value or (rival == value and (s < t or (s == t and other < c))):
                return False
    return True


@njit(cache=True, nogil=True)
def stand_alone(at, channel, size, near, apart, share):
    """Whether no other event on near channels, within `apart` samples, has `share` of its size or more.

    Parameters
    ----------
    at : int64 array, (n_events,), ascending
    channel : int64 array, (n_events,)
    size : float32 array, (n_events,)
    near : int64 array, (n_channels, most), -1 where there are no more
    """
    alone = np.ones(at.size, np.bool_)
    first = 0
    for k in range(at.size):
        while at[first] < at[k] - apart:
            first += 1
        j = first
        while j < at.size and at[j] <= at[k] + apart and alone[k]:
            if j != k and size[j] >= share * size[k] and _holds(near[channel[k]], channel[j]):
                alone[k] = False
            j += 1
    return alone


@njit(cache=True, nogil=True)
def _holds(channels, wanted):
    for c in channels:
        if c == wanted and c >= 0:
            return True
    return False


@njit(cache=True, nogil=True)
def have_company(start, unit, together, reach):
    """Whether another spike within `reach` samples shares a channel.

    `start` ascends; `together`, bool (n_units, n_units), says which units see a channel in common.
    """
    out = np.zeros(start.size, np.bool_)
    for k in range(start.size):
        j = k + 1
        while j < start.size and start[j] - start[k] <= reach:
            if together[unit[k], unit[j]]:
                out[k] = out[j] = True
            j += 1
    return out
