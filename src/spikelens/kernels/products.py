"""Products of templates with a trace and with one another.

- ``bank`` float32 (n_units, n_shifts, length, n_seen): templates; shift s is later by
  ``(s - n_shifts // 2) / n_shifts`` samples.
- ``seen`` int64 (n_units, n_seen): the channels of each template, -1 where there are no more.
- ``cross`` float32 (n_units, n_units, n_shifts, 2 * length - 1): products of template j,
  moved by ``lag - (length - 1)`` samples, with copy s of template k.
"""

from __future__ import annotations

import numpy as np
from numba import njit

TILE = 2048
"""Samples that are worked on at once, so that they stay in the processor's nearest memory."""


@njit(cache=True, nogil=True)
def add_scaled(out, values, factor):
    """Add `factor` times values to `out`."""
    for t in range(out.size):
        out[t] += factor * values[t]


@njit(cache=True, nogil=True)
def share(one, other):
    """Whether two templates see a channel in common."""
    for c in one:
        if c < 0:
            break
        for d in other:
            if c == d:
                return True
    return False


@njit(cache=True, nogil=True)
def cross_products(bank, seen):
    """The array ``cross`` of a bank."""
    n, n_shifts, length, n_seen = bank.shape
    out = np.zeros((n, n, n_shifts, 2 * length - 1), np.float32)
    for j in range(n):
        for k in range(n):
            for p in range(n_seen):
                for q in range(n_seen):
                    if seen[j, p] >= 0 and seen[j, p] == seen[k, q]:
                        _add_products(out[j, k], bank[j, n_shifts // 2, :, p], bank[k, :, :, q])
    return out


@njit(cache=True, nogil=True)
def _add_products(out, template, copies):
    length = template.size
    # Backwards, so that all lags of a sample lie side by side.
    back = template[::-1].copy()
    for s in range(copies.shape[0]):
        for t in range(length):
            add_scaled(out[s, t : t + length], back, copies[s, t])


@njit(cache=True, nogil=True)
def product_at(rest, start, template, channels):
    """The product of a template with the trace from row `start` on."""
    total = np.float32(0.0)
    for m in range(channels.size):
        c = channels[m]
        if c < 0:
            break
        for t in range(template.shape[0]):
            total += template[t, m] * rest[start + t, c]
    return total


@njit(cache=True, nogil=True)
def products(rest, bank, seen, active, out):
    """Fill `out` (n_units, n_starts) with products where `active` is set, elsewhere with NaN."""
    n_starts = rest.shape[0] - bank.shape[2] + 1
    for k in range(bank.shape[0]):
        t = 0
        while t < n_starts:
            stop = t + 1
            if not active[k, t]:
                out[k, t] = np.nan
            else:
                while stop < min(n_starts, t + TILE) and active[k, stop]:
                    stop += 1
                _fill(rest, bank[k, bank.shape[1] // 2], seen[k], t, out[k, t:stop])
            t = stop


@njit(cache=True, nogil=True)
def _fill(rest, template, channels, start, out):
    out[:] = 0.0
    trace = np.empty(out.size + template.shape[0] - 1, np.float32)
    for m in range(channels.size):
        c = channels[m]
        if c < 0:
            break
        for t in range(trace.size):
            trace[t] = rest[start + t, c]
        j = 0
        while j + 4 <= template.shape[0]:
            _add_four(
                out, trace[j:], template[j, m], template[j + 1, m], template[j + 2, m], template[j + 3, m]
            )
            j += 4
        while j < template.shape[0]:
            add_scaled(out, trace[j : j + out.size], template[j, m])
            j += 1


@njit(cache=True, nogil=True)
def _add_four(out, trace, a, b, c, d):
    """Four samples of a template at once: a sum is then read and written a quarter as often."""
    n = out.size
    one, two, three, four = trace[:n], trace[1 : n + 1], trace[2 : n + 2], trace[3 : n + 3]
    for t in range(n):
        out[t] += a * one[t] + b * two[t] + c * three[t] + d * four[t]


@njit(cache=True, nogil=True)
def active_places(rest, main, level, before, reach, length):
    """Where a template may start: its main channels are beyond `level` near its peak.

    Returns bool (n_units, n_starts). `main` int64 (n_units, n_main) are the channels looked
    at, -1 for none; `before` is where templates peak, `reach` how far from there an excursion may be.
    """
    n_starts = max(rest.shape[0] - length + 1, 0)
    n_channels = rest.shape[1]
    loud = np.zeros((n_channels, n_starts), np.bool_)
    for c in range(n_channels):
        free = 0
        for t in range(rest.shape[0]):
            if abs(rest[t, c]) >= level:
                stop = min(n_starts, t - before + reach + 1)
                for s in range(max(free, t - before - reach, 0), stop):
                    loud[c, s] = True
                free = max(free, stop)
    out = np.zeros((main.shape[0], n_starts), np.bool_)
    for k in range(main.shape[0]):
        for m in range(main.shape[1]):
            if main[k, m] >= 0:
                out[k] |= loud[main[k, m]]
    return out
