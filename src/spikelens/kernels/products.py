"""Products of templates with a trace and with one another.

- ``rest`` float32 (n_samples, n_channels): the trace, in Fortran order, so that the samples of a
  channel lie side by side.
- ``bank`` float32 (n_units, n_shifts, n_seen, length): templates; shift s is later by
  ``(s - n_shifts // 2) / n_shifts`` samples.
- ``seen`` int64 (n_units, n_seen): the channels of each template, -1 where there are no more.
- ``cross`` float32 (n_units, n_units, n_shifts, 2 * length - 1): products of template j,
  moved by ``lag - (length - 1)`` samples, with copy s of template k.
- ``together`` bool (n_units, n_units): which templates see a channel in common.
"""

from __future__ import annotations

import numpy as np
from numba import njit

TILE = 2048
"""Samples that are worked on at once, so that they stay in the processor's nearest memory."""
BLOCK = 32
"""Whether a template may start is asked for so many samples at once: sums of as many are quick."""
TAPS = 8
"""Samples of a template that are multiplied in one go."""
PART = 8
"""Samples whose largest value is kept together."""


@njit(cache=True, nogil=True)
def add_scaled(out, values, factor):
    """Add `factor` times values to `out`."""
    for t in range(out.size):
        out[t] += factor * values[t]


@njit(cache=True, nogil=True)
def raise_to(out, values):
    """Raise `out` to values where these are larger."""
    none = np.float32(0.0)
    for t in range(out.size):
        value, held = values[t], out[t]
        # Stored in any case: to store some alone is slow. The sum keeps compilers from doing so.
        out[t] = (value if value > held else held) + none


@njit(cache=True, nogil=True)
def seen_together(seen):
    """The array ``together`` of templates."""
    out = np.zeros((seen.shape[0], seen.shape[0]), np.bool_)
    for j in range(seen.shape[0]):
        for k in range(seen.shape[0]):
            for c in seen[j]:
                for d in seen[k]:
                    out[j, k] |= c == d and c >= 0
    return out


@njit(cache=True, nogil=True)
def cross_products(bank, seen):
    """The array ``cross`` of a bank."""
    n, n_shifts, n_seen, length = bank.shape
    out = np.zeros((n, n, n_shifts, 2 * length - 1), np.float32)
    for j in range(n):
        for k in range(n):
            for p in range(n_seen):
                for q in range(n_seen):
                    if seen[j, p] >= 0 and seen[j, p] == seen[k, q]:
                        _add_products(out[j, k], bank[j, n_shifts // 2, p], bank[k, :, q])
    return out


@njit(cache=True, nogil=True)
def _add_products(out, template, copies):
    heard = np.flatnonzero(template)
    if heard.size == 0:
        return
    first = template.size - 1 - heard[-1]
    # Backwards, so that all lags of a sample lie side by side.
    back = template[heard[0] : heard[-1] + 1][::-1].copy()
    for s in range(copies.shape[0]):
        for t in range(copies.shape[1]):
            if copies[s, t] != 0.0:
                add_scaled(out[s, t + first : t + first + back.size], back, copies[s, t])


@njit(cache=True, nogil=True)
def product_at(rest, start, template, channels):
    """The product of a template with the trace from row `start` on."""
    total = np.float32(0.0)
    length = template.shape[1]
    whole = length - length % 4
    for m in range(channels.size):
        c = channels[m]
        if c < 0:
            break
        # Four sums, none of which waits for another.
        p = q = r = s = np.float32(0.0)
        for t in range(0, whole, 4):
            p += template[m, t] * rest[start + t, c]
            q += template[m, t + 1] * rest[start + t + 1, c]
            r += template[m, t + 2] * rest[start + t + 2, c]
            s += template[m, t + 3] * rest[start + t + 3, c]
        for t in range(whole, length):
            p += template[m, t] * rest[start + t, c]
        total += (p + q) + (r + s)
    return total


@njit(cache=True, nogil=True)
def products(rest, bank, seen, active, out):
    """Fill `out` (n_units, n_starts) with products in the blocks that are `active`, elsewhere with NaN.

    `active` is bool, (n_units, n_blocks), of blocks of `BLOCK` starts; see `active_blocks`.
    """
    n_starts = out.shape[1]
    for k in range(bank.shape[0]):
        b = 0
        while b < active.shape[1]:
            stop = b + 1
            if not active[k, b]:
                out[k, b * BLOCK : stop * BLOCK] = np.nan
            else:
                while stop < min(active.shape[1], b + TILE // BLOCK) and active[k, stop]:
                    stop += 1
                first, last = b * BLOCK, min(stop * BLOCK, n_starts)
                _fill(rest, bank[k, bank.shape[1] // 2], seen[k], first, out[k, first:last])
            b = stop


@njit(cache=True, nogil=True)
def _fill(rest, template, channels, start, out):
    out[:] = 0.0
    for m in range(channels.size):
        if channels[m] < 0:
            break
        correlate(out, rest[start : start + out.size + template.shape[1] - 1, channels[m]], template[m])


@njit(cache=True, nogil=True)
def correlate(out, trace, template):
    """Add the products of a template with a trace from each sample on; parts of zeros cost nothing.

    `trace` is (out.size + template.size - 1,).
    """
    n = out.size
    whole = template.size - template.size % TAPS
    for j in range(0, whole, TAPS):
        a, b, c, d = template[j], template[j + 1], template[j + 2], template[j + 3]
        e, f, g, h = template[j + 4], template[j + 5], template[j + 6], template[j + 7]
        if a == b == c == d == e == f == g == h == 0:
            continue
        # Eight at once: a sum is then read and written an eighth as often.
        x = trace[j : j + n + TAPS - 1]
        for t in range(n):
            early = a * x[t] + b * x[t + 1] + c * x[t + 2] + d * x[t + 3]
            out[t] += early + (e * x[t + 4] + f * x[t + 5] + g * x[t + 6] + h * x[t + 7])
    for j in range(whole, template.size):
        add_scaled(out, trace[j : j + n], template[j])


@njit(cache=True, nogil=True)
def matches(rest, shapes, before):
    """The largest product of a shape with each channel, `before` samples after the shape's start, or 0.

    `shapes` is float32, (n_shapes, n_taps); the result float32, (n_samples, n_channels), in Fortran order.
    """
    n, n_taps = rest.shape[0], shapes.shape[1]
    out = np.zeros((rest.shape[1], n), np.float32)
    one = np.empty(max(n - n_taps + 1, 0), np.float32)
    for c in range(rest.shape[1]):
        for shape in shapes:
            one[:] = 0.0
            correlate(one, rest[:, c], shape)
            raise_to(out[c, before : before + one.size], one)
    return out.T


@njit(cache=True, nogil=True)
def active_blocks(rest, main, level, before, reach, n_starts):
    """In which blocks of starts a template is tried: a main channel is loud near its peak.

    Parameters
    ----------
    main : int64 array, (n_units, n_main)
        The channels looked at, -1 for none.
    level : float32 array, (n_units, n_main)
        The absolute value that each of them is to reach.
    before, reach : int, samples
        Where templates peak, and how far from there an excursion may be.

    Returns
    -------
    bool array, (n_units, n_blocks)
    """
    top = _tops(rest)
    out = np.zeros((main.shape[0], (n_starts + BLOCK - 1) // BLOCK), np.bool_)
    for b in range(out.shape[1]):
        first = max(b * BLOCK + before - reach, 0) // PART
        last = min((b + 1) * BLOCK - 1 + before + reach, rest.shape[0] - 1) // PART
        for k in range(main.shape[0]):
            for m in range(main.shape[1]):
                for p in range(first, last + 1):
                    out[k, b] |= main[k, m] >= 0 and top[main[k, m], p] >= level[k, m]
    return out


@njit(cache=True, nogil=True)
def _tops(rest):
    """The largest absolute value of each part of each channel."""
    n, n_channels = rest.shape
    top = np.zeros((n_channels, (n + PART - 1) // PART), np.float32)
    for c in range(n_channels):
        trace, whole = rest[:, c], n // PART
        for p in range(whole):
            # As many samples each time, so that they are looked at together.
            for t in range(PART):
                top[c, p] = max(top[c, p], abs(trace[p * PART + t]))
        for t in range(whole * PART, n):
            top[c, whole] = max(top[c, whole], abs(trace[t]))
    return top
