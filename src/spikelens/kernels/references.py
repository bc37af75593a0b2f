"""Common references: the median or mean of all channels at each sample, taken out of them.

Integers are compared and added as they are, so that medians are exact and sums do not
depend on their order.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.fetching import fetch

LONGEST = 8
"""A search for a median that has not ended after so many guesses halves what is left."""
FOLLOWED = 0.02
"""How fast the distance of the median from the mean is followed, of each sample."""
RESPREAD = 4096
"""How far apart ranks stand is looked at again after so many samples."""


@njit(cache=True, nogil=True)
def weigh(stored, offset, weight, out):
    """``out = (stored - offset) * weight``, row by row; `weight` (float32) is 0 for what is left out.

    `stored` and `offset` (per channel) are int16; differences beyond 16 bits stay at their ends.
    """
    row = np.empty(weight.size, np.int16)
    for t in range(stored.shape[0]):
        _level(stored[t], offset, row)
        _weigh_row(row, np.float32(0), weight, out[t])


@njit(cache=True, nogil=True)
def less_mean(stored, offset, weight, out):
    """The same less the mean over channels of a weight that is not 0."""
    counted = (weight != 0).astype(np.int32)
    n = max(counted.sum(), 1)
    row = np.empty(weight.size, np.int16)
    for t in range(stored.shape[0]):
        _level(stored[t], offset, row)
        total = np.int32(0)
        for c in range(row.size):
            total = np.int32(total + np.int32(row[c]) * counted[c])
        _weigh_row(row, np.float32(total / n), weight, out[t])


@njit(cache=True, nogil=True)
def less_median(stored, offset, weight, out):
    """The same less the median over channels of a weight that is not 0.

    The median is NumPy's: of an even number of channels the mean of the two in the middle.
    Without their offsets channels would not share it: the few in the middle would be it.
    """
    n_left_out = (weight == 0).sum()
    n_kept = weight.size - n_left_out
    # What is left out stands lowest, and below the middle as many more are to be counted.
    lower, upper = n_left_out + (n_kept - 1) // 2, n_left_out + n_kept // 2
    share = 1.0 / max(n_kept, 1)
    ceiling = np.where(weight == 0, np.int16(-32768), np.int16(32767))
    row, apart, spread = np.empty(weight.size, np.int16), 0.0, 1.0
    flat = out.reshape(-1)
    for t in range(stored.shape[0]):
        _level_below(stored[t], offset, ceiling, row)
        mean = _total(row) * share
        # The next row to write comes while the median of this one is sought.
        fetch(flat, (t + 1) * weight.size, (t + 2) * weight.size)
        if t % RESPREAD == 0 and n_kept:
            spread = _spread(row[weight != 0])
        value, n_up_to = _ranked(row, lower, np.int64(np.floor(mean + apart)), spread)
        apart += (FOLLOWED if t else 1.0) * (value - mean - apart)
        middle = np.float32(value)
        if n_kept and n_up_to <= upper:
            middle = np.float32(0.5) * (middle + np.float32(_next_above(row, value)))
        _weigh_row(row, middle if n_kept else np.float32(0), weight, out[t])


@njit(cache=True, nogil=True, forceinline=True)
def _total(row):
    total = np.int32(0)
    for c in range(row.size):
        total = np.int32(total + row[c])
    return np.int64(total)


@njit(cache=True, nogil=True)
def _spread(row):
    """How far apart neighbouring ranks of a row stand, about its middle."""
    ordered = np.sort(row)
    n = ordered.size
    low, high = ordered[n // 4], ordered[(3 * n) // 4]
    return max(2.0 * (np.float64(high) - np.float64(low)) / n, 1e-3)


@njit(cache=True, nogil=True, forceinline=True)
def _weigh_row(row, reference, weight, out):
    for c in range(row.size):
        out[c] = (np.float32(row[c]) - reference) * weight[c]


@njit(cache=True, nogil=True, forceinline=True)
def _level(row, offset, out):
    for c in range(row.size):
        value = np.int32(np.int32(row[c]) - offset[c])
        out[c] = np.int16(min(max(value, np.int32(-32768)), np.int32(32767)))


@njit(cache=True, nogil=True, forceinline=True)
def _level_below(row, offset, ceiling, out):
    """The same, held below a ceiling, which takes what is left out to the bottom."""
    for c in range(row.size):
        value = np.int32(np.int32(row[c]) - offset[c])
        out[c] = min(np.int16(min(max(value, np.int32(-32768)), np.int32(32767))), ceiling[c])


@njit(cache=True, nogil=True)
def _below(row, limit):
    """How many values lie below `limit` (int32)."""
    count, bound = np.int16(0), np.int16(limit)
    for c in range(row.size):
        # Kept in 16 bits at every step, so that one instruction counts many channels.
        count = np.int16(count + np.int16(row[c] < bound))
    return np.int64(count)


@njit(cache=True, nogil=True)
def _ranked(row, rank, guess, spread):
    """The value of a rank, counted from 0, and how many values lie up to it.

    `guess` or the next one is it for nearly every sample, since a probe's channels move together and
    their median is as far from their mean as just before. Else it is searched for with `spread`, how far
    apart ranks stand. Both decide how long it takes, not what is found.
    """
    at = min(max(guess, -32767), 32765)
    first, second, third = _below_each(row, at)
    value, n_up_to = at + np.int64(second <= rank), second if rank < second else third
    if rank < first or rank >= third:
        value, n_up_to = _searched(row, rank, at, spread)
    return value, n_up_to


@njit(cache=True, nogil=True, forceinline=True)
def _below_each(row, limit):
    """How many values lie below a limit and each of the next two; in one go it takes half as long."""
    a, b, c = np.int16(0), np.int16(0), np.int16(0)
    one, two, three = np.int16(limit), np.int16(limit + 1), np.int16(limit + 2)
    for k in range(row.size):
        a = np.int16(a + np.int16(row[k] < one))
        b = np.int16(b + np.int16(row[k] < two))
        c = np.int16(c + np.int16(row[k] < three))
    return np.int64(a), np.int64(b), np.int64(c)


@njit(cache=True, nogil=True)
def _searched(row, rank, guess, spread):
    """The same for any guess: from how many values lie below it and from `spread` follows the next."""
    low, high, n_below_high = np.int64(-32768), np.int64(32768), np.int64(row.size)
    at, tries = min(max(guess, low + 1), high - 1), 0
    while high - low > 1:
        n_below = _below(row, at)
        if n_below <= rank:
            low = at
        else:
            high, n_below_high = at, n_below
        tries += 1
        move = (rank + 0.5 - n_below) * spread
        at = at + np.int64(np.ceil(move) if move > 0 else np.floor(move))
        if tries > LONGEST or at <= -32768 or at >= 32768:
            at = (low + high) >> 1
        at = min(max(at, low + 1), high - 1)
    return low, n_below_high


@njit(cache=True, nogil=True)
def _next_above(row, value):
    """The least value above `value`, which must exist."""
    least, bound = np.int16(32767), np.int16(value)
    for c in range(row.size):
        greater = row[c] if row[c] > bound else np.int16(32767)
        least = min(least, greater)
    return least
