"""Matching pursuit: a whitened trace explained as a sum of templates, the likeliest first.

Every template has a bank of copies moved by parts of a sample, an amplitude with a
normal prior, and a prior rate. The gain of a spike is the logarithm of how many times
likelier the trace is with it than without (Franke et al. 2015, J Comput Neurosci
38:439, for coloured noise), with its amplitude integrated out.

Arrays that go together:

- ``bank`` float32 (n_units, n_shifts, length, n_seen): templates; shift s is later by
  ``(s - n_shifts // 2) / n_shifts`` samples.
- ``seen`` int64 (n_units, n_seen): the channels of each template, -1 where there are no more.
- ``cross`` float32 (n_units, n_units, n_shifts, 2 * length - 1): products of template j,
  moved by ``lag - (length - 1)`` samples, with copy s of template k.
- ``prior`` float64 (n_units, 4): mean amplitude, its variance, the logarithm of the
  prior odds of a spike at a sample, the template's square sum.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

NEVER = np.float32(-1e9)
SEGMENT = 128
"""Samples whose best gain is kept together."""


@njit(cache=True, nogil=True)
def gain_of(product, prior):
    """The log-odds of a spike whose template has this product with the trace."""
    mean, variance, odds, squares = prior
    a = squares + 1.0 / variance
    b = product + mean / variance
    return 0.5 * b * b / a - 0.5 * mean * mean / variance - 0.5 * math.log(1.0 + squares * variance) + odds


@njit(cache=True, nogil=True)
def amplitude_of(product, prior):
    """The likeliest amplitude."""
    mean, variance, _, squares = prior
    return (product + mean / variance) / (squares + 1.0 / variance)


@njit(cache=True, nogil=True)
def cross_products(bank, seen):
    """The array ``cross`` of a bank."""
    n, n_shifts, length, n_seen = bank.shape
    out = np.zeros((n, n, n_shifts, 2 * length - 1), np.float32)
    centre = n_shifts // 2
    for j in range(n):
        for k in range(n):
            for p in range(n_seen):
                for q in range(n_seen):
                    if seen[j, p] < 0 or seen[j, p] != seen[k, q]:
                        continue
                    for s in range(n_shifts):
                        for lag in range(-length + 1, length):
                            total = 0.0
                            for t in range(max(0, lag), min(length, length + lag)):
                                total += bank[k, s, t, q] * bank[j, centre, t - lag, p]
                            out[j, k, s, lag + length - 1] += total
    return out


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
    n, length = bank.shape[0], bank.shape[2]
    centre = bank.shape[1] // 2
    n_starts = rest.shape[0] - length + 1
    for k in range(n):
        t = 0
        while t < n_starts:
            if not active[k, t]:
                out[k, t] = np.nan
                t += 1
                continue
            stop = t
            out[k, t] = 0.0
            while stop < n_starts and active[k, stop]:
                out[k, stop] = 0.0
                stop += 1
            for m in range(seen.shape[1]):
                if seen[k, m] < 0:
                    break
                _correlate(rest[:, seen[k, m]], bank[k, centre, :, m], t, out[k, t:stop])
            t = stop


@njit(cache=True, nogil=True)
def _correlate(trace, template, start, out):
    n = out.size
    piece = np.empty(n + template.size, np.float32)
    for t in range(n + template.size - 1):
        piece[t] = trace[start + t]
    for j in range(template.size):
        _add_scaled(out, piece[j : j + n], template[j])


@njit(cache=True, nogil=True)
def _add_scaled(out, values, factor):
    for t in range(out.size):
        out[t] += factor * values[t]


@njit(cache=True, nogil=True)
def active_places(rest, main, level, before, reach, length):
    """Where a template may start: its main channels are beyond `level` near its peak.

    Returns bool (n_units, n_starts). `main` int64 (n_units, n_main) are the channels looked
    at, -1 for none; `before` is where templates peak, `reach` how far from there an excursion may be.
    """
    n_starts = rest.shape[0] - length + 1
    n_channels = rest.shape[1]
    loud = np.zeros((n_channels, max(n_starts, 0)), np.bool_)
    for c in range(n_channels):
        free = 0
        for t in range(rest.shape[0]):
            if abs(rest[t, c]) >= level:
                stop = min(n_starts, t - before + reach + 1)
                for s in range(max(free, t - before - reach, 0), stop):
                    loud[c, s] = True
                free = max(free, stop)
    out = np.zeros((main.shape[0], max(n_starts, 0)), np.bool_)
    for k in range(main.shape[0]):
        for m in range(main.shape[1]):
            if main[k, m] >= 0:
                out[k] |= loud[main[k, m]]
    return out


@njit(cache=True, nogil=True)
def _rescore(dots, gains, prior, k, start, stop):
    mean, variance, _, squares = prior[k]
    none = np.float32(gain_of(0.0, prior[k]) - 0.5 * (mean / variance) ** 2 / (squares + 1.0 / variance))
    half, shift = np.float32(0.5 / (squares + 1.0 / variance)), np.float32(mean / variance)
    _gains(dots[k, start:stop], gains[k, start:stop], half, shift, none)


@njit(cache=True, nogil=True)
def _gains(dots, gains, half, shift, none):
    """`gain_of` at many places, whose logarithm is the same for all."""
    for t in range(dots.size):
        b = dots[t] + shift
        gains[t] = half * b * b + none if gains[t] > NEVER else gains[t]


@njit(cache=True, nogil=True)
def _best_of(gains, start, stop):
    best, unit, place = NEVER, -1, -1
    for k in range(gains.shape[0]):
        for t in range(start, stop):
            if gains[k, t] > best:
                best, unit, place = gains[k, t], k, t
    return best, unit, place


@njit(cache=True, nogil=True)
def _finest(rest, k, t, bank, seen, prior):
    """The copy of a template, and its place by a sample, that explains the trace best."""
    n_shifts, length = bank.shape[1], bank.shape[2]
    best, shift, place, dot = -np.inf, n_shifts // 2, t, np.float32(0.0)
    for start in range(max(t - 1, 0), min(t + 2, rest.shape[0] - length + 1)):
        for s in range(n_shifts):
            d = product_at(rest, start, bank[k, s], seen[k])
            g = gain_of(d, prior[k])
            if g > best:
                best, shift, place, dot = g, s, start, d
    return best, shift, place, dot


@njit(cache=True, nogil=True)
def _take(rest, dots, gains, spike, factor, bank, seen, cross, prior):
    """Take `factor` times a spike (unit, place, shift, amplitude) out of the trace and of all products."""
    k, t, s, a = int(spike[0]), int(spike[1]), int(spike[2]), factor * spike[3]
    length = bank.shape[2]
    for m in range(seen.shape[1]):
        c = seen[k, m]
        if c < 0:
            break
        for u in range(length):
            rest[t + u, c] -= np.float32(a) * bank[k, s, u, m]
    low, high = max(0, t - length + 1), min(dots.shape[1], t + length)
    for j in range(dots.shape[0]):
        if not _share(seen[j], seen[k]):
            continue
        _add_scaled(
            dots[j, low:high], cross[j, k, s, low - t + length - 1 : high - t + length - 1], np.float32(-a)
        )
        _rescore(dots, gains, prior, j, low, high)


@njit(cache=True, nogil=True)
def _share(one, other):
    for c in one:
        if c < 0:
            break
        for d in other:
            if c == d:
                return True
    return False


@njit(cache=True, nogil=True)
def greedy(rest, dots, gains, best, spikes, n, bank, seen, cross, prior, dead):
    """Take out one spike after another, the likeliest first, until none is likelier than not.

    `rest`, `dots`, `gains` and `spikes` (rows of unit, place, shift, amplitude, gain) are
    changed; how many spikes there are is returned.
    """
    n_starts, length = gains.shape[1], bank.shape[2]
    n_segments = best.size
    for g in range(n_segments):
        best[g] = _best_of(gains, g * SEGMENT, min((g + 1) * SEGMENT, n_starts))[0]
    while n < spikes.shape[0]:
        g = int(np.argmax(best))
        if best[g] <= 0:
            break
        _, k, t = _best_of(gains, g * SEGMENT, min((g + 1) * SEGMENT, n_starts))
        gain, s, place, dot = _finest(rest, k, t, bank, seen, prior)
        spikes[n, 0], spikes[n, 1], spikes[n, 2] = k, place, s
        spikes[n, 3], spikes[n, 4] = amplitude_of(dot, prior[k]), gain
        _take(rest, dots, gains, spikes[n], 1.0, bank, seen, cross, prior)
        for u in range(max(0, place - dead), min(n_starts, place + dead + 1)):
            gains[k, u] = NEVER
        gains[k, t] = NEVER
        n += 1
        low, high = max(0, place - length), min(n_starts, place + length + 1)
        for h in range(low // SEGMENT, min(n_segments, high // SEGMENT + 1)):
            best[h] = _best_of(gains, h * SEGMENT, min((h + 1) * SEGMENT, n_starts))[0]
    return n


@njit(cache=True, nogil=True)
def pair_gain(dot, other, between, prior, second):
    """The log-odds of two spikes at once, whose templates have the product `between`."""
    a, c = prior[3] + 1.0 / prior[1], second[3] + 1.0 / second[1]
    e, f = dot + prior[0] / prior[1], other + second[0] / second[1]
    det = a * c - between * between
    if det <= 1e-6 * a * c:
        return -np.inf
    fit = (c * e * e - 2.0 * between * e * f + a * f * f) / det
    spent = prior[0] ** 2 / prior[1] + second[0] ** 2 / second[1]
    loss = math.log(det * prior[1] * second[1])
    return 0.5 * (fit - spent - loss) + prior[2] + second[2]


@njit(cache=True, nogil=True)
def best_pair(dots, units, low, high, near_low, near_high, cross, prior, step):
    """The two spikes that together explain the trace best, the first within `near_low` and `near_high`."""
    best, out = -np.inf, np.array([-1, -1, -1, -1])
    middle = (cross.shape[3] - 1) // 2
    centre = cross.shape[2] // 2
    for k in units:
        for t in range(near_low, near_high, step):
            for j in units:
                for u in range(low, high, step):
                    if j == k and abs(u - t) <= middle // 4:
                        continue
                    lag = u - t
                    if abs(lag) > middle:
                        continue
                    g = pair_gain(
                        dots[k, t], dots[j, u], cross[j, k, centre, lag + middle], prior[k], prior[j]
                    )
                    if g > best:
                        best = g
                        out[0], out[1], out[2], out[3] = k, t, j, u
    return best, out


@njit(cache=True, nogil=True)
def refit_pairs(rest, dots, gains, spikes, n, bank, seen, cross, prior, reach, doubt, most):
    """Fit spikes anew, two at a time, where they collide or where what is left of the trace is too loud.

    Parameters
    ----------
    reach : int, samples
        Spikes so near each other collide.
    doubt : float
        What is left is too loud beyond so many standard deviations of its mean square.
    most : int
        Units that are tried, those that the trace looks most like.

    Returns
    -------
    int
        How many spikes there are; rows of `spikes` are changed and may be added.
    """
    n_starts, length = dots.shape[1], bank.shape[2]
    fixed = n
    for i in range(fixed):
        if spikes[i, 0] < 0:
            continue
        partner = _nearest(spikes, n, i, reach, seen)
        if partner < 0 and _loudness(rest, spikes[i], seen, bank) < doubt:
            continue
        t = int(spikes[i, 1])
        k = int(spikes[i, 0])
        old = 0.0
        _take(rest, dots, gains, spikes[i], -1.0, bank, seen, cross, prior)
        if partner >= 0:
            _take(rest, dots, gains, spikes[partner], -1.0, bank, seen, cross, prior)
            j, u = int(spikes[partner, 0]), int(spikes[partner, 1])
            lag = u - t + length - 1
            old = pair_gain(dots[k, t], dots[j, u], cross[j, k, bank.shape[1] // 2, lag], prior[k], prior[j])
        else:
            old = gain_of(dots[k, t], prior[k])
        low, high = max(0, t - reach), min(n_starts, t + reach + 1)
        units = _likely(dots, prior, low, high, k, most, seen)
        near = reach // 2
        g, found = best_pair(
            dots, units, low, high, max(low, t - near), min(high, t + near + 1), cross, prior, 2
        )
        if found[0] >= 0:
            g, found = _polished(dots, found, cross, prior, g)
        single, one, place = _best_single(dots, units, prior, low, high)
        if not max(g, single) > old + 0.5:
            _take(rest, dots, gains, spikes[i], 1.0, bank, seen, cross, prior)
            if partner >= 0:
                _take(rest, dots, gains, spikes[partner], 1.0, bank, seen, cross, prior)
            continue
        spikes[i, 0] = -1.0
        if partner >= 0:
            spikes[partner, 0] = -1.0
        if single >= g:
            n = _add(rest, dots, gains, spikes, n, one, place, bank, seen, cross, prior)
            continue
        # The taller first, so that the smaller is placed in what is left.
        n = _add(rest, dots, gains, spikes, n, found[0], found[1], bank, seen, cross, prior)
        n = _add(rest, dots, gains, spikes, n, found[2], found[3], bank, seen, cross, prior)
    return n


@njit(cache=True, nogil=True)
def _best_single(dots, units, prior, low, high):
    best, unit, place = -np.inf, -1, -1
    for k in units:
        for t in range(low, high):
            g = gain_of(dots[k, t], prior[k])
            if g > best:
                best, unit, place = g, k, t
    return best, unit, place


@njit(cache=True, nogil=True)
def _polished(dots, found, cross, prior, best):
    """The best pair within a sample of the one found on a coarse grid."""
    middle, centre = (cross.shape[3] - 1) // 2, cross.shape[2] // 2
    out = found.copy()
    k, j = found[0], found[2]
    for t in range(max(0, found[1] - 1), min(dots.shape[1], found[1] + 2)):
        for u in range(max(0, found[3] - 1), min(dots.shape[1], found[3] + 2)):
            if abs(u - t) > middle:
                continue
            g = pair_gain(dots[k, t], dots[j, u], cross[j, k, centre, u - t + middle], prior[k], prior[j])
            if g > best:
                best = g
                out[1], out[3] = t, u
    return best, out


@njit(cache=True, nogil=True)
def _nearest(spikes, n, i, reach, seen):
    """Which other spike on the same channels is nearest, within `reach`; -1 for none."""
    best, found = reach + 1, -1
    for j in range(n):
        if j == i or spikes[j, 0] < 0:
            continue
        apart = abs(int(spikes[j, 1]) - int(spikes[i, 1]))
        if apart < best and _share(seen[int(spikes[j, 0])], seen[int(spikes[i, 0])]):
            best, found = apart, j
    return found


@njit(cache=True, nogil=True)
def _loudness(rest, spike, seen, bank):
    """How far the mean square of what is left under a spike is from 1, in s.d. of white noise's."""
    k, t, length = int(spike[0]), int(spike[1]), bank.shape[2]
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
def _likely(dots, prior, low, high, k, most, seen):
    """The units on the channels of unit `k` that the trace looks most like, best first."""
    n = dots.shape[0]
    score = np.full(n, -np.inf)
    for j in range(n):
        if not _share(seen[j], seen[k]):
            continue
        for t in range(low, high):
            score[j] = max(score[j], gain_of(dots[j, t], prior[j]))
    order = np.argsort(-score)
    count = 0
    for j in range(min(most, n)):
        if score[order[j]] > -np.inf:
            count += 1
    return order[:count]


@njit(cache=True, nogil=True)
def _add(rest, dots, gains, spikes, n, k, t, bank, seen, cross, prior):
    if n >= spikes.shape[0]:
        return n
    gain, s, place, dot = _finest(rest, k, t, bank, seen, prior)
    spikes[n, 0], spikes[n, 1], spikes[n, 2] = k, place, s
    spikes[n, 3], spikes[n, 4] = amplitude_of(dot, prior[k]), gain
    _take(rest, dots, gains, spikes[n], 1.0, bank, seen, cross, prior)
    return n + 1


@njit(cache=True, nogil=True)
def refit_each(rest, dots, gains, spikes, n, bank, seen, cross, prior, drop):
    """Fit every spike anew with all others held; those no likelier than not go if `drop` says so."""
    for i in range(n):
        k = int(spikes[i, 0])
        if k < 0:
            continue
        _take(rest, dots, gains, spikes[i], -1.0, bank, seen, cross, prior)
        gain, s, place, dot = _finest(rest, k, int(spikes[i, 1]), bank, seen, prior)
        if drop and gain <= 0:
            spikes[i, 0] = -1.0
            continue
        spikes[i, 1], spikes[i, 2], spikes[i, 3], spikes[i, 4] = place, s, amplitude_of(dot, prior[k]), gain
        _take(rest, dots, gains, spikes[i], 1.0, bank, seen, cross, prior)


@njit(cache=True, nogil=True)
def rivals(rest, dots, gains, spikes, n, bank, seen, cross, prior, reach):
    """What each spike would be else: the best other unit within `reach` samples, and what is left.

    Returns
    -------
    float64 array, (n, 3)
        Unit (-1 where no other shares a channel), gain, loudness.
    """
    out = np.full((n, 3), -1.0)
    out[:, 1] = -np.inf
    for i in range(n):
        k, t = int(spikes[i, 0]), int(spikes[i, 1])
        if k < 0:
            continue
        out[i, 2] = _loudness(rest, spikes[i], seen, bank)
        _take(rest, dots, gains, spikes[i], -1.0, bank, seen, cross, prior)
        for j in range(dots.shape[0]):
            if j == k or not _share(seen[j], seen[k]):
                continue
            for u in range(max(0, t - reach), min(dots.shape[1], t + reach + 1)):
                g = gain_of(dots[j, u], prior[j])
                if g > out[i, 1]:
                    out[i, 0], out[i, 1] = j, g
        _take(rest, dots, gains, spikes[i], 1.0, bank, seen, cross, prior)
    return out


@njit(cache=True, nogil=True)
def rescore(dots, gains, prior):
    """Fill the gains of all places that are not `NEVER`."""
    for k in range(dots.shape[0]):
        _rescore(dots, gains, prior, k, 0, dots.shape[1])
