"""Peaks of one cell's trace: smoothed, found and compared with both sides."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spikelens.kernels.scan import appended

_PIECE = 1024
"""Samples that are compared with their neighbours at once; they stay in the processor's nearest memory."""


def gaussian_weights(sigma: float) -> NDArray[np.float64]:
    """Weights of a Gaussian of `sigma` samples, of odd number, adding up to 1."""
    reach = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-6)) ** 2)
    return np.asarray(weights / weights.sum())


@njit(cache=True, nogil=True)
def _fill(values, start, out):
    """Fill a piece with values from `start` on; before the first and beyond the last they stay."""
    # Where in the piece the values begin and end, though it lie before or behind all of them.
    first = min(max(-start, 0), out.size)
    last = min(max(values.size - start, first), out.size)
    for j in range(first):
        out[j] = values[0]
    for j in range(last, out.size):
        out[j] = values[-1]
    inside, given = out[first:last], values[start + first : start + last]
    for j in range(inside.size):
        inside[j] = given[j]


@njit(cache=True, nogil=True)
def smooth(values, weights):
    """Weighted mean around each sample, float64; edges are extended by their value.

    Sums run in one order whatever the length, so that equal samples give equal bytes.
    """
    half, n = weights.size // 2, values.size
    out = np.empty(n)
    padded = np.empty(4096 + 2 * half)
    for low in range(0, n, 4096):
        high = min(low + 4096, n)
        _fill(values, low - half, padded[: high - low + 2 * half])
        _average(padded, weights, out[low:high])
    return out


@njit(cache=True, nogil=True)
def _average(padded, weights, out):
    """The weighted sum of every so many values in a row, an odd number; added in order, two in one go."""
    for j in range(out.size):
        out[j] = weights[0] * padded[j]
    for k in range(1, weights.size, 2):
        one, other = padded[k : k + out.size], padded[k + 1 : k + 1 + out.size]
        for j in range(out.size):
            out[j] = out[j] + weights[k] * one[j] + weights[k + 1] * other[j]


@njit(cache=True, nogil=True)
def smooth_pieces(values, weights, first, length):
    """What `smooth` gives from each of some samples on, shape (n_pieces, length).

    Parameters
    ----------
    values : float array, (n_samples,)
    weights : float64 array, odd in number
    first : int64 array, (n_pieces,)
        May lie before the first sample, where, as beyond the last, extended edges are averaged.
    length : int, samples
    """
    half = weights.size // 2
    out, padded = np.empty((first.size, length)), np.empty(length + 2 * half)
    for k in range(first.size):
        _fill(values, first[k] - half, padded)
        _average(padded, weights, out[k])
    return out


@njit(cache=True, nogil=True)
def _bend(values, apart, out):
    for i in range(out.size):
        out[i] = values[i + apart] - 0.5 * (values[i] + values[i + 2 * apart])


@njit(cache=True, nogil=True)
def bends(values, stops, apart):
    """How far each sample stands above the mean of those `apart` before and after it in the same piece.

    Parameters
    ----------
    values : float64 array, (n_samples,)
        Pieces of a trace, one after the other.
    stops : int64 array, (n_pieces,)
        Where they end.
    apart : int, samples
    """
    out, n, start = np.empty(values.size), 0, 0
    for stop in stops:
        length = max(stop - start - 2 * apart, 0)
        _bend(values[start:stop], apart, out[n : n + length])
        n, start = n + length, stop
    return out[:n]


@njit(cache=True, nogil=True)
def _is_top(values, i, apart):
    for j in range(max(i - apart, 0), i):
        if values[j] >= values[i]:
            return False
    for j in range(i + 1, min(i + apart + 1, values.size)):
        if values[j] > values[i]:
            return False
    return True


@njit(cache=True, nogil=True)
def _lower(values, later, out):
    """The lower of each value and of the one so much `later`."""
    moved = values[later:]
    for i in range(moved.size):
        out[i] = moved[i] if moved[i] < values[i] else values[i]


@njit(cache=True, nogil=True)
def _doubled(rows, length, other, most):
    """The lowest of ever longer rows of values, up to `most`; with their length, and room for others."""
    while 2 * length <= most:
        _lower(rows, length, other)
        rows, length, other = other, 2 * length, rows
    return rows, length, other


@njit(cache=True, nogil=True)
def _mark_steep(around, before, after, least, lows, steep):
    """Mark maxima among neighbours that stand `least` above both sides.

    Every sample is treated alike, many at once: to leave some out costs more, since which cannot be foreseen.
    """
    low_before, low_after = lows[0], lows[1, before + 1 :]
    rows, other = lows[2, : around.size], lows[3, : around.size]
    for j in range(rows.size):
        rows[j] = around[j]
    rows, length, other = _doubled(rows, 1, other, before)
    _lower(rows, before - length, lows[0])
    rows, length, other = _doubled(rows, length, other, after)
    _lower(rows, after - length, lows[1])
    at, left, right = around[before:], around[before - 1 :], around[before + 1 :]
    for k in range(steep.size):
        stands = (at[k] - low_before[k] >= least) & (at[k] - low_after[k] >= least)
        steep[k] = (at[k] > left[k]) & (at[k] >= right[k]) & stands


@njit(cache=True, nogil=True)
def find_tops(values, first, last, apart, before, after, least):
    """Local maxima within `apart`, with a rise and a fall of `least` within `before` <= `after`.

    Returns
    -------
    int64 array
        Samples from `first` to `last`, sorted.
    """
    first, last = max(first, 1), min(last, values.size - 1)
    found, n = np.empty(256, np.int64), 0
    around = np.empty(before + _PIECE + after)
    lows, steep = np.empty((4, around.size)), np.empty(_PIECE, np.bool_)
    for low in range(first, last, _PIECE):
        length = min(_PIECE, last - low)
        # What the trace is taken to be beyond its ends makes no maximum and nothing lower.
        _fill(values, low - before, around[: before + length + after])
        _mark_steep(around[: before + length + after], before, after, least, lows, steep[:length])
        for k in range(length):
            if not steep[k] or not _is_top(values, low + k, apart):
                continue
            found = appended(found, n, low + k)
            n += 1
    return found[:n]
