"""Smallest and largest value of each of many bins, in one pass over any number of pieces."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def widen(column, first, windows, edges, low, high):
    """Widen each bin's range by the samples of one piece that lie in `windows`.

    Parameters
    ----------
    column : array, (n_samples,)
        Samples `first` to ``first + n_samples`` of a trace, of any number type; those
        that are not finite are passed over.
    first : int
    windows : int64 array, (n_windows, 2)
        Only samples ``windows[k, 0]`` to ``windows[k, 1]`` count; they may overlap.
    edges : int64 array, (n_bins + 1,), increasing
        Bin k is samples ``edges[k]`` to ``edges[k + 1]``.
    low, high : float64 array, (n_bins,)
        Written in place; begin with +inf and -inf, which is what empty bins keep.
    """
    begins, ends = max(first, edges[0]), min(first + column.size, edges[-1])
    for w in range(windows.shape[0]):
        start, stop = max(windows[w, 0], begins), min(windows[w, 1], ends)
        if start >= stop:
            continue
        k = np.searchsorted(edges, start, side="right") - 1
        while start < stop:
            until = min(stop, edges[k + 1])
            smallest, largest = _range(column[start - first : until - first])
            low[k] = min(low[k], smallest)
            high[k] = max(high[k], largest)
            start = until
            k += 1


@njit(cache=True, nogil=True)
def _range(part):
    smallest, largest = np.inf, -np.inf
    for i in range(part.size):
        value = np.float64(part[i])
        if -np.inf < value < np.inf:  # NaN is neither
            smallest = min(smallest, value)
            largest = max(largest, value)
    return smallest, largest
