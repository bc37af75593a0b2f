"""Scans at memory speed: blocks in which nothing can happen are passed over whole.

The inner loops stand in tiny functions that are handed slices, without early exits and
without indexing into the whole array, so that they compile to vector instructions.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 4096
"""Samples passed over in one go; a block and its neighbours stay in the first cache."""
PIECE = 64
"""Samples looked at one by one where a block holds something. The first piece is tried
before its block, so that a busy stretch does not scan a block for every piece."""


@njit(cache=True, nogil=True)
def any_at_least(values, limit):
    """Whether any value reaches `limit`; NaN does not."""
    found = False
    for j in range(values.size):
        found |= values[j] >= limit
    return found


@njit(cache=True, nogil=True)
def any_rise(before, after, rise):
    """Whether any ``after - before`` reaches `rise` (float32).

    float32 holds differences of 16-bit integers exactly, so one loop serves both.
    """
    found = False
    for j in range(after.size):
        found |= np.float32(after[j]) - np.float32(before[j]) >= rise
    return found


@njit(cache=True, nogil=True)
def extremes(values):
    """Least and greatest value; later NaN do not count, a first NaN stays."""
    low, high = values[0], values[0]
    for j in range(values.size):
        low = values[j] if values[j] < low else low
        high = values[j] if values[j] > high else high
    return low, high


@njit(cache=True, nogil=True)
def piece_extremes(values, length):
    """Bounds on the values of each piece of `length` samples; the last may be shorter.

    They are the least and greatest value, or infinite where the piece begins with NaN.
    """
    n_pieces = (values.size + length - 1) // length
    low, high = np.empty(n_pieces, values.dtype), np.empty(n_pieces, values.dtype)
    for k in range(n_pieces):
        low[k], high[k] = extremes(values[k * length : min((k + 1) * length, values.size)])
        if low[k] != low[k]:
            low[k], high[k] = -np.inf, np.inf
    return low, high


@njit(cache=True, nogil=True)
def appended(found, n, value):
    """`found` with `value` at place `n`, in a longer array if it is full."""
    if n == found.size:
        longer = np.empty(2 * n, found.dtype)
        # Assigning a slice would compile three times as long.
        for k in range(n):
            longer[k] = found[k]
        found = longer
    found[n] = value
    return found


@njit(cache=True, nogil=True)
def next_reaching(values, limit, start, last):
    """Start of the next piece in which a value reaches `limit`, else `last`."""
    checked = start + PIECE
    while start < last:
        if start >= checked:
            checked = min(start + BLOCK, last)
            if not any_at_least(values[start:checked], limit):
                start = checked
                continue
        if any_at_least(values[start : min(start + PIECE, last)], limit):
            return start
        start += PIECE
    return last


@njit(cache=True, nogil=True)
def next_rising(values, rise, start, last):
    """Start of the next piece in which a step reaches `rise`, else `last`; step i ends at i + 1."""
    checked = start + PIECE
    while start < last:
        if start >= checked:
            checked = min(start + BLOCK, last)
            if not any_rise(values[start:checked], values[start + 1 : checked + 1], rise):
                start = checked
                continue
        stop = min(start + PIECE, last)
        if any_rise(values[start:stop], values[start + 1 : stop + 1], rise):
            return start
        start += PIECE
    return last


@njit(cache=True, nogil=True)
def up_crossings(values, limit, first, last):
    """Samples i in `first` to `last` with ``values[i - 1] < limit <= values[i]``."""
    found, n = np.empty(64, np.int64), 0
    start = next_reaching(values, limit, max(first, 1), last)
    while start < last:
        stop = min(start + PIECE, last)
        for i in range(start, stop):
            if values[i] >= limit and values[i - 1] < limit:
                found = appended(found, n, i)
                n += 1
        start = next_reaching(values, limit, stop, last)
    return found[:n]


@njit(cache=True, nogil=True)
def step(values, i):
    """The change from sample i to the next, float32."""
    return np.float32(values[i + 1]) - np.float32(values[i])


@njit(cache=True, nogil=True)
def rise_crossings(values, rise, first, last):
    """Samples i in `first` to `last` after which the change per sample reaches `rise`.

    The step from i is still smaller than `rise` (float32), the next one no longer.
    """
    found, n = np.empty(64, np.int64), 0
    last = min(last + 1, values.size - 1)
    start = next_rising(values, rise, first + 1, last)
    while start < last:
        stop = min(start + PIECE, last)
        for i in range(start, stop):
            if step(values, i) >= rise and step(values, i - 1) < rise:
                found = appended(found, n, i - 1)
                n += 1
        start = next_rising(values, rise, stop, last)
    return found[:n]
