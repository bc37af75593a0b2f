"""Where a trace is highest close to given times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def highest_near(
    trace: Floats, times: Floats, rate: float, *, before: float, after: float
) -> NDArray[np.int64]:
    """The highest sample from `before` (s) ahead of each time to `after` behind it; of equals the first.

    Parameters
    ----------
    trace : float64 array, (n_samples,)
    times : float64 array, (n,), s
    rate : float, Hz

    Returns
    -------
    int64 array, (n,)
    """
    reach = np.arange(-round(before * rate), round(after * rate) + 1)
    at = np.clip(np.rint(times * rate).astype(np.int64)[:, None] + reach, 0, trace.size - 1)
    return np.asarray(at[np.arange(times.size), np.argmax(trace[at], axis=1)], np.int64)
