"""Whitening: channels made independent of one another, then each of its own past."""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.products import TAPS, add_scaled, correlate

TILE = 512
"""Rows that are mixed at once, so that they stay in the processor's nearest memory ..."""
APART = 16
"""... where channels a power of two apart would drive each other out."""


@njit(cache=True, nogil=True)
def whiten(rows, mix, taps):
    """Rows mixed across channels, then filtered along time; float32, as many, in Fortran order.

    Parameters
    ----------
    rows : float32 array, (n_samples, n_channels)
    mix : float32 array, (n_channels, n_channels)
        ``row @ mix`` has independent channels; zeros cost nothing.
    taps : float32 array, (n_taps, n_channels)
        What each channel's present and past samples are multiplied by; before the first row is nothing.
    """
    (n, n_channels), past = rows.shape, (taps.shape[0] + TAPS - 1) // TAPS * TAPS - 1
    weights = np.zeros((n_channels, past + 1), np.float32)
    weights[:, past + 1 - taps.shape[0] :] = taps[::-1].T
    # A channel at a time, along time, which fills vector instructions even where there is one channel.
    traces = np.empty((n_channels, TILE + APART), np.float32)
    mixed, out = np.zeros((n_channels, past + TILE), np.float32), np.zeros((n_channels, n), np.float32)
    for first in range(0, n, TILE):
        size = min(TILE, n - first)
        for t in range(size):
            for k in range(n_channels):
                traces[k, t] = rows[first + t, k]
        for c in range(n_channels):
            mixed[c, :past] = mixed[c, TILE:]
            mixed[c, past:] = 0.0
            _mix(mixed[c, past : past + size], traces, mix[:, c])
            correlate(out[c, first : first + size], mixed[c, : past + size], weights[c])
    return out.T


@njit(cache=True, nogil=True)
def _mix(out, traces, factors):
    """Add weighed traces to `out`, four at a time."""
    used = np.flatnonzero(factors)
    k = 0
    while k + 4 <= used.size:
        a, b, c, d = traces[used[k]], traces[used[k + 1]], traces[used[k + 2]], traces[used[k + 3]]
        p, q, r, s = factors[used[k]], factors[used[k + 1]], factors[used[k + 2]], factors[used[k + 3]]
        for t in range(out.size):
            out[t] += p * a[t] + q * b[t] + r * c[t] + s * d[t]
        k += 4
    while k < used.size:
        add_scaled(out, traces[used[k], : out.size], factors[used[k]])
        k += 1


@njit(cache=True, nogil=True)
def products_of_past(trace, quiet, n_lags):
    """Sums of products of a trace's samples with one another, each sample with those just before it.

    Returns
    -------
    products : float64 array, (n_lags, n_lags)
        Entry (i, j) is the sum of ``trace[t - i] * trace[t - j]`` over all t for which all samples from
        ``t - n_lags + 1`` to t are marked in `quiet` (bool, (n_samples,)).
    count : int
        Over how many.
    """
    products, edges = np.zeros((n_lags, n_lags)), np.zeros((n_lags, n_lags))
    # Backwards, so that the past of a sample lies side by side.
    back = trace[::-1].astype(np.float64)
    count, begun = 0, 0
    for t in range(trace.size + 1):
        if t < trace.size and quiet[t]:
            continue
        if t - begun >= n_lags:
            for s in range(begun + n_lags - 1, t):
                now = trace.size - 1 - s
                add_scaled(products[0], back[now : now + n_lags], back[now])
            _add_edge(edges, back[trace.size - 1 - (begun + n_lags - 2) :], 1.0)
            _add_edge(edges, back[trace.size - t :], -1.0)
            count += t - begun - n_lags + 1
        begun = t + 1
    for i in range(1, n_lags):
        products[i, 0] = products[0, i]
        products[i, 1:] = products[i - 1, :-1] + edges[i - 1, :-1]
    return products, count


@njit(cache=True, nogil=True)
def _add_edge(edges, past, sign):
    """By what sums of one row differ from those of the row before: one end of a quiet stretch."""
    n = edges.shape[0] - 1
    for i in range(n):
        add_scaled(edges[i, :n], past[:n], sign * past[i])


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
