"""Matching pursuit: a whitened trace explained as a sum of templates, the likeliest first.

Every template has a bank of copies moved by parts of a sample, an amplitude with a
normal prior within bounds, and a prior rate. Arrays that go together:

- ``state``, which is changed: the rest of the trace, float32 (n_samples, n_channels); the
  products of templates with it, float32 (n_units, n_starts); and the gains, likewise.
- ``model``: ``bank``, ``seen``, ``cross`` and ``together`` of `products`, ``terms`` of `likelihood`.
- ``spikes``, float64 (room, 5): unit (-1 for one that is gone), start, copy, amplitude, gain.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from spikelens.kernels.likelihood import amplitude_of, fill_gains, gain_of
from spikelens.kernels.products import add_scaled, product_at, raise_to

NEVER = np.float32(-1e9)
ABOUT = 0.7
"""Units with this share of the best gain are compared between samples."""
SEGMENT = 128
"""Samples whose best gain is kept together."""


@njit(cache=True, nogil=True)
def rescore(dots, gains, terms):
    """Fill the gains of all places; where there is no product (NaN), `NEVER`."""
    gains[:] = 0.0
    for k in range(dots.shape[0]):
        fill_gains(dots[k], gains[k], terms[k], NEVER)
        _never_none(gains[k])


@njit(cache=True, nogil=True)
def _never_none(gains):
    """Make `NEVER` of what is no number, which nothing is larger than."""
    none = np.float32(0.0)
    for t in range(gains.size):
        gain = gains[t]
        # As in `raise_to`.
        gains[t] = (gain if gain > NEVER else NEVER) + none


@njit(cache=True, nogil=True)
def subtract(rest, dots, model, spike, factor):
    """Take `factor` times a spike out of the trace and of all products; from and up to which of these."""
    bank, seen, cross, together = model[:4]
    k, t, s, a = int(spike[0]), int(spike[1]), int(spike[2]), np.float32(factor * spike[3])
    length = bank.shape[3]
    for m in range(seen.shape[1]):
        c = seen[k, m]
        if c < 0:
            break
        add_scaled(rest[t : t + length, c], bank[k, s, m], -a)
    low, high = max(0, t - length + 1), min(dots.shape[1], t + length)
    first = low - t + length - 1
    for j in range(dots.shape[0]):
        if together[j, k]:
            add_scaled(dots[j, low:high], cross[j, k, s, first : first + high - low], -a)
    return low, high


@njit(cache=True, nogil=True)
def take(state, model, spike, factor):
    """`subtract` that keeps the gains true."""
    rest, dots, gains = state
    low, high = subtract(rest, dots, model, spike, factor)
    for j in range(dots.shape[0]):
        if model[3][j, int(spike[0])]:
            fill_gains(dots[j, low:high], gains[j, low:high], model[4][j], NEVER)


@njit(cache=True, nogil=True)
def finest(rest, dots, model, k, t):
    """The copy of a template, and its place by a sample, that explains the trace best.

    A parabola through the products of three samples tells where to look; of the copies there
    three are tried.
    """
    bank, seen, _, _, terms = model
    n_shifts, n_starts = bank.shape[1], dots.shape[1]
    for u in range(max(t - 1, 0), min(t + 2, n_starts)):
        t = u if dots[k, u] > dots[k, t] else t
    bend, late = 0.0, 0.0
    if 0 < t < n_starts - 1:
        bend = float(dots[k, t - 1] - 2 * dots[k, t] + dots[k, t + 1])
    if bend < 0:
        late = min(max(float(0.5 * (dots[k, t - 1] - dots[k, t + 1]) / bend), -1.0), 1.0)
    middle = int(np.rint(late * n_shifts)) + n_shifts // 2
    best, shift, place, dot = -np.inf, n_shifts // 2, t, np.float32(0.0)
    for fine in range(middle - 1, middle + 2):
        start, s = t + fine // n_shifts, fine % n_shifts
        if not 0 <= start < n_starts:
            continue
        d = product_at(rest, start, bank[k, s], seen[k])
        g = gain_of(d, terms[k])
        if g > best:
            best, shift, place, dot = g, s, start, d
    return best, shift, place, dot


@njit(cache=True, nogil=True)
def likeliest(rest, dots, model, spike, k, t):
    """Make a spike of unit `k` at about `t` the likeliest one."""
    gain, s, start, dot = finest(rest, dots, model, k, t)
    spike[0], spike[1], spike[2], spike[3], spike[4] = k, start, s, amplitude_of(dot, model[4][k]), gain


@njit(cache=True, nogil=True)
def fit(state, model, spike, k, t):
    """Make a spike of unit `k` at about `t` the likeliest one, and take it out."""
    likeliest(state[0], state[1], model, spike, k, t)
    take(state, model, spike, 1.0)


@njit(cache=True, nogil=True)
def _best_of(gains, tops, start, stop):
    """The unit and the place of the best gain from one sample to another."""
    place = start + int(np.argmax(tops[start:stop]))
    return int(np.argmax(gains[:, place])), place


@njit(cache=True, nogil=True)
def _finest_unit(state, model, k, t):
    """Of the units about as likely as the best at a sample, that which is likeliest between samples.

    Half a sample off, a large spike may look more like another unit that happens to fit its time better.
    """
    rest, dots, gains = state
    best, unit = -np.inf, k
    for j in range(gains.shape[0]):
        if j != k and (gains[j, t] < ABOUT * gains[k, t] or not model[3][j, k]):
            continue
        gain = finest(rest, dots, model, j, t)[0]
        if gain > best:
            best, unit = gain, j
    return unit


@njit(cache=True, nogil=True)
def _renew(gains, tops, best, first, last):
    """The best gain of each sample from `first` to `last`, and of each segment that these lie in."""
    first, last = max(first, 0), min(last + 1, tops.size)
    tops[first:last] = NEVER
    for k in range(gains.shape[0]):
        raise_to(tops[first:last], gains[k, first:last])
    for g in range(first // SEGMENT, (last - 1) // SEGMENT + 1):
        best[g] = tops[g * SEGMENT : min((g + 1) * SEGMENT, tops.size)].max()


@njit(cache=True, nogil=True)
def greedy(state, model, spikes, n, dead):
    """Take out one spike after another, the likeliest first, until none is likelier than not.

    How many spikes there are then is returned; `dead` is how near (samples) a unit does not fire again.
    """
    gains = state[2]
    n_starts, length = gains.shape[1], model[0].shape[3]
    tops, best = np.empty(n_starts, np.float32), np.empty((n_starts + SEGMENT - 1) // SEGMENT, np.float32)
    _renew(gains, tops, best, 0, n_starts)
    while n < spikes.shape[0]:
        g = int(np.argmax(best))
        if best[g] <= 0:
            break
        k, t = _best_of(gains, tops, g * SEGMENT, min((g + 1) * SEGMENT, n_starts))
        k = _finest_unit(state, model, k, t)
        fit(state, model, spikes[n], k, t)
        place = int(spikes[n, 1])
        gains[k, max(0, place - dead) : min(n_starts, place + dead + 1)] = NEVER
        gains[k, t] = NEVER
        n += 1
        _renew(gains, tops, best, place - length, place + length)
    return n


@njit(cache=True, nogil=True)
def refit_each(rest, dots, model, spikes, n):
    """Fit every spike anew with all others held; those no likelier than not go. Gains stay as they were."""
    for i in range(n):
        k = int(spikes[i, 0])
        if k < 0:
            continue
        subtract(rest, dots, model, spikes[i], -1.0)
        likeliest(rest, dots, model, spikes[i], k, int(spikes[i, 1]))
        if spikes[i, 4] > 0:
            subtract(rest, dots, model, spikes[i], 1.0)
        else:
            spikes[i, 0] = -1.0


@njit(cache=True, nogil=True)
def loudness(rest, model, spike):
    """How far the mean square of what is left under a spike is from 1, in s.d. of white noise's."""
    bank, seen = model[:2]
    k, t, length = int(spike[0]), int(spike[1]), bank.shape[3]
    total, count = 0.0, 0
    for m in range(seen.shape[1]):
        c = seen[k, m]
        if c < 0:
            break
        for u in range(length):
            total += rest[t + u, c] * rest[t + u, c]
        count += length
    return (total / count - 1.0) * math.sqrt(count / 2.0)


@njit(cache=True, nogil=True)
def rivals(rest, dots, model, spikes, n, reach):
    """What each spike would be else: the best other unit within `reach` samples, and what is left.

    Returns
    -------
    float64 array, (n, 3)
        Unit (-1 where no other shares a channel), gain, loudness.
    """
    together, terms = model[3:]
    out = np.full((n, 3), -1.0)
    out[:, 1] = -np.inf
    for i in range(n):
        k, t = int(spikes[i, 0]), int(spikes[i, 1])
        if k < 0:
            continue
        out[i, 2] = loudness(rest, model, spikes[i])
        subtract(rest, dots, model, spikes[i], -1.0)
        for j in range(dots.shape[0]):
            if j == k or not together[j, k]:
                continue
            for u in range(max(0, t - reach), min(dots.shape[1], t + reach + 1)):
                g = gain_of(dots[j, u], terms[j])
                if g > out[i, 1]:
                    out[i, 0], out[i, 1] = j, g
        subtract(rest, dots, model, spikes[i], 1.0)
    return out
