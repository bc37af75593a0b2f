"""Smallest and largest value of equal columns of samples, by halving pairs again and again.

Halving compares neighbours only, never across a running total, so compilers turn it into
vector instructions for every number type, and samples that are not numbers drop out.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def columns(values, halvings):
    """Extremes of each column of ``2 ** halvings`` samples; the last may be shorter.

    Parameters
    ----------
    values : int or float array, (n_samples,)
    halvings : int, > 0

    Returns
    -------
    array, (n_columns, 2)
        Smallest and largest value; NaN where a column holds no number.
    """
    length = 1 << halvings
    n = (values.size + length - 1) >> halvings
    out = np.empty((n, 2), values.dtype)
    low, high = np.empty(length >> 1, values.dtype), np.empty(length >> 1, values.dtype)
    for k in range(values.size >> halvings):
        _first_pairs(values[k * length : (k + 1) * length], low, high)
        size = length >> 2
        while size:
            _pairs(low, high, size)
            size >>= 1
        out[k, 0], out[k, 1] = low[0], high[0]
    if values.size & (length - 1):
        out[n - 1, 0], out[n - 1, 1] = _one_by_one(values[(n - 1) * length :])
    return out


@njit(cache=True, nogil=True)
def halved(extremes):
    """Extremes of pairs of columns, (ceil(n_columns / 2), 2); the last may stand alone."""
    n = extremes.shape[0]
    out = np.empty(((n + 1) >> 1, 2), extremes.dtype)
    for k in range(n >> 1):
        out[k, 0] = _smaller(extremes[2 * k, 0], extremes[2 * k + 1, 0])
        out[k, 1] = _larger(extremes[2 * k, 1], extremes[2 * k + 1, 1])
    if n & 1:
        out[n >> 1, 0], out[n >> 1, 1] = extremes[n - 1, 0], extremes[n - 1, 1]
    return out


@njit(cache=True, nogil=True)
def _smaller(a, b):
    return a if a < b or b != b else b


@njit(cache=True, nogil=True)
def _larger(a, b):
    return a if a > b or b != b else b


@njit(cache=True, nogil=True)
def _first_pairs(values, low, high):
    half = low.size
    # Sample i beside sample i + half: any pairing will do, and this one loads in order.
    for i in range(half):
        low[i] = _smaller(values[i], values[i + half])
        high[i] = _larger(values[i], values[i + half])


@njit(cache=True, nogil=True)
def _pairs(low, high, size):
    for i in range(size):
        low[i] = _smaller(low[i], low[i + size])
        high[i] = _larger(high[i], high[i + size])


@njit(cache=True, nogil=True)
def _one_by_one(values):
    low, high = values[0], values[0]
    for i in range(1, values.size):
        low = _smaller(low, values[i])
        high = _larger(high, values[i])
    return low, high
