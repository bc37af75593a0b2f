"""Whitening: channels made independent of one another, then each of its own past."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def whiten(rows, mix, taps):
    """Rows mixed across channels, then filtered along time; float32, as many.

    Parameters
    ----------
    rows : float32 array, (n_samples, n_channels)
    mix : float32 array, (n_channels, n_channels)
        ``row @ mix`` has independent channels.
    taps : float32 array, (n_taps, n_channels)
        What each channel's present and past samples are multiplied by; before the first row is nothing.
    """
    n, n_channels = rows.shape
    # A channel at a time, along time, which fills vector instructions even where there is one channel.
    mixed = np.zeros((n_channels, n), np.float32)
    trace, made = np.empty(n, np.float32), np.empty(n, np.float32)
    out = np.empty((n, n_channels), np.float32)
    for k in range(n_channels):
        for t in range(n):
            trace[t] = rows[t, k]
        for c in range(n_channels):
            _add_scaled(mixed[c], trace, mix[k, c])
    for c in range(n_channels):
        made[:] = 0.0
        for j in range(min(taps.shape[0], n)):
            _add_scaled(made[j:], mixed[c, : n - j], taps[j, c])
        for t in range(n):
            out[t, c] = made[t]
    return out


@njit(cache=True, nogil=True)
def _add_scaled(out, values, factor):
    for t in range(out.size):
        out[t] += factor * values[t]


@njit(cache=True, nogil=True)
def lagged_products(trace, quiet, n_lags):
    """Sums of products of a trace with itself, and how many there are, at lags 0 to `n_lags` - 1.

    Only pairs of samples count that are both marked in `quiet` (bool, (n_samples,)).
    """
    sums = np.zeros(n_lags)
    counts = np.zeros(n_lags, np.int64)
    for t in range(trace.size):
        if not quiet[t]:
            continue
        for lag in range(min(n_lags, t + 1)):
            if quiet[t - lag]:
                sums[lag] += trace[t] * trace[t - lag]
                counts[lag] += 1
    return sums, counts


@njit(cache=True, nogil=True)
def are_quiet(rows, limits, before, after):
    """Whether each row lies apart from every excursion beyond the limits; bool, (n_samples,)."""
    n, c = rows.shape
    quiet = np.ones(n, np.bool_)
    free = 0
    for t in range(n):
        loud = False
        for k in range(c):
            loud |= abs(rows[t, k]) > limits[k]
        if loud:
            for s in range(max(free, t - before), min(n, t + after + 1)):
                quiet[s] = False
            free = min(n, t + after + 1)
    return quiet
