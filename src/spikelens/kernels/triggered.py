"""Sums of a trace around many places."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def add_windows(trace, centres, reach, total):  # type: ignore[no-untyped-def]
    """Add the trace from `reach` before to `reach` after each centre to `total`.

    Parameters
    ----------
    trace : float32 array, (n_samples,)
    centres : int64 array
        Each at least `reach` samples from either end.
    reach : int
    total : float64 array, (2 * reach + 1,)
        Added to in place.
    """
    for k in range(centres.size):
        window = trace[centres[k] - reach : centres[k] + reach + 1]
        for i in range(total.size):
            total[i] += np.float64(window[i])
