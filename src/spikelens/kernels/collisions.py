"""Spikes that collide, fitted anew two at a time; arrays as in `pursuit`.

What greedy pursuit takes first where two spikes overlap is often neither of them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.likelihood import gain_of, pair_gain
from spikelens.kernels.pursuit import fit, loudness, take

BETTER = 0.5
"""Another explanation must be likelier by this much, in log-odds."""
STEP = 2
"""Pairs are first looked for at every second sample."""
COARSE = 0.3
"""A pair gains less than this share when it is moved by a sample."""
ROOM = 7.0
"""The most by which the overlap of two templates raises the log-odds of both."""


@njit(cache=True, nogil=True)
def refit_pairs(state, model, spikes, first, n, limits):
    """Fit spikes from `first` on anew, with what they collide with, or where what is left is too loud.

    Parameters
    ----------
    limits : (int, float, int)
        How near (samples) spikes collide; beyond how many standard deviations of its mean
        square what is left is too loud; how many units are tried, those the trace looks most like.

    Returns
    -------
    int
        How many spikes there are; rows of `spikes` are changed and may be added.
    """
    reach, doubt, _ = limits
    tried = np.full(spikes.shape[0], -1)
    for i in range(first, n):
        if spikes[i, 0] < 0:
            continue
        partner = _nearest(spikes, n, i, reach, model[3])
        if partner >= 0 and tried[partner] == i:
            continue
        tried[i] = partner
        if partner >= 0 or loudness(state[0], model, spikes[i]) >= doubt:
            n = _refit(state, model, spikes, i, partner, n, limits)
    return n


@njit(cache=True, nogil=True)
def _nearest(spikes, n, i, reach, together):
    """Which other spike on the same channels is nearest, within `reach`; -1 for none."""
    best, found = reach + 1, -1
    for j in range(n):
        apart = abs(spikes[j, 1] - spikes[i, 1])
        if apart < best and j != i and spikes[j, 0] >= 0:
            if together[int(spikes[j, 0]), int(spikes[i, 0])]:
                best, found = apart, j
    return found


@njit(cache=True, nogil=True)
def _refit(state, model, spikes, i, partner, n, limits):
    """Explain a spike, and its partner if there is one, by the likeliest one or two; how many there are."""
    dots, terms = state[1], model[4]
    k, t, reach = int(spikes[i, 0]), int(spikes[i, 1]), limits[0]
    take(state, model, spikes[i], -1.0)
    if partner >= 0:
        take(state, model, spikes[partner], -1.0)
    old = _gain_now(dots, model, spikes, i, partner)
    low, high = max(0, t - reach), min(dots.shape[1], t + reach + 1)
    units = _likely(dots, model, low, high, k, limits[2])
    single, one, place = _best_single(dots, terms, units, low, high)
    least = max(old + BETTER, single)
    both, found = best_pair(dots, model, units, (t, reach), least - COARSE * abs(least))
    if not max(both, single) > old + BETTER or n + 2 > spikes.shape[0]:
        take(state, model, spikes[i], 1.0)
        if partner >= 0:
            take(state, model, spikes[partner], 1.0)
        return n
    spikes[i, 0] = -1.0
    if partner >= 0:
        spikes[partner, 0] = -1.0
    if single >= both:
        fit(state, model, spikes[n], one, place)
        return n + 1
    fit(state, model, spikes[n], found[0], found[1])
    fit(state, model, spikes[n + 1], found[2], found[3])
    return n + 2


@njit(cache=True, nogil=True)
def _gain_now(dots, model, spikes, i, partner):
    """The log-odds of a spike, and of its partner with it, as they are."""
    cross, terms = model[2], model[4]
    k, t = int(spikes[i, 0]), int(spikes[i, 1])
    alone = gain_of(dots[k, t], terms[k])
    if partner < 0:
        return alone
    j, u = int(spikes[partner, 0]), int(spikes[partner, 1])
    between = cross[j, k, cross.shape[2] // 2, u - t + (cross.shape[3] - 1) // 2]
    both = pair_gain(dots[k, t], dots[j, u], between, terms[k], terms[j])
    return max(both, alone)


@njit(cache=True, nogil=True)
def _likely(dots, model, low, high, k, most):
    """The units on the channels of unit `k` that the trace looks most like, best first."""
    together, terms = model[3:]
    n = dots.shape[0]
    score = np.full(n, -np.inf)
    for j in range(n):
        if not together[j, k]:
            continue
        for t in range(low, high):
            score[j] = max(score[j], gain_of(dots[j, t], terms[j]))
    order = np.argsort(-score)
    count = 0
    for j in range(min(most, n)):
        if score[order[j]] > -np.inf:
            count += 1
    return order[:count]


@njit(cache=True, nogil=True)
def _best_single(dots, terms, units, low, high):
    best, unit, place = -np.inf, -1, -1
    for k in units:
        for t in range(low, high):
            g = gain_of(dots[k, t], terms[k])
            if g > best:
                best, unit, place = g, k, t
    return best, unit, place


@njit(cache=True, nogil=True)
def best_pair(dots, model, units, where, least):
    """The two spikes that explain the trace best together: one within half of a reach of `t`, one within it.

    Parameters
    ----------
    where : (int, int)
        The place `t` and the reach, samples.
    least : float
        What pairs are to exceed at every second sample.

    Returns
    -------
    gain : float
    found : int64 array, (4,)
        Unit and start of both; -1 where there is no pair.
    """
    (t, reach), n_starts = where, dots.shape[1]
    near, best, found = reach // 2, least, np.array([-1, -1, -1, -1])
    for k in units:
        for first in range(max(0, t - near), min(n_starts, t + near + 1), STEP):
            for j in units:
                low, high = max(0, t - reach), min(n_starts, t + reach + 1)
                g, place = _best_second(dots, model, (k, first), j, (low, high, STEP), best)
                if g > best:
                    best = g
                    found[0], found[1], found[2], found[3] = k, first, j, place
    return _polished(dots, model, best, found) if found[0] >= 0 else (-np.inf, found)


@njit(cache=True, nogil=True)
def _polished(dots, model, best, found):
    """The best pair within a sample of one that was found on a coarse grid."""
    n_starts = dots.shape[1]
    k, j, middle = found[0], found[2], found[3]
    for first in range(max(0, found[1] - 1), min(n_starts, found[1] + 2)):
        around = max(0, middle - 1), min(n_starts, middle + 2), 1
        g, place = _best_second(dots, model, (k, first), j, around, best)
        if g > best:
            best = g
            found[1], found[3] = first, place
    return best, found


@njit(cache=True, nogil=True)
def _may_exceed(beside, pair, limit):
    """Whether two spikes at once exceed a limit anywhere, but for what their overlap makes of it."""
    (products, between), (a, c, e, pull) = beside, pair
    limit = max(limit, -1e9)  # Of what has no end, nothing can be taken.
    alone, count = 0.5 * c * e * e - limit * a * c, 0
    # Counted, not returned at the first: that fills vector instructions.
    for t in range(products.size):
        f, b = products[t] + pull, between[t]
        count += 1 if alone - b * (e * f - limit * b) + 0.5 * a * f * f > 0.0 else 0
    return count > 0


@njit(cache=True, nogil=True)
def _best_second(dots, model, one, j, places, best):
    """The best place of unit `j` beside a spike of another, if it makes both likelier than `best`."""
    cross, terms = model[2], model[4]
    k, t = one
    middle = (cross.shape[3] - 1) // 2
    overlap = cross[j, k, cross.shape[2] // 2]
    a, c, e, pull = terms[k, 0], terms[j, 0], dots[k, t] + terms[k, 1], terms[j, 1]
    base = terms[k, 2] + terms[j, 2]
    place = -1
    low, high = max(places[0], t - middle), min(places[1], t + middle + 1)
    beside = dots[j, low:high], overlap[low - t + middle : high - t + middle]
    # What no overlap could make better than the best is not looked at further, which is nearly all.
    if not _may_exceed(beside, (a, c, e, pull), best - base - ROOM):
        return -np.inf, -1
    for u in range(places[0], places[1], places[2]):
        lag = u - t
        if abs(lag) > middle or (j == k and abs(lag) <= middle // 4):
            continue
        f, between = dots[j, u] + pull, overlap[lag + middle]
        det = a * c - between * between
        if not 0.5 * (c * e * e - 2.0 * between * e * f + a * f * f) > (best - base - ROOM) * det:
            continue
        g = pair_gain(dots[k, t], dots[j, u], between, terms[k], terms[j])
        if g > best:
            best, place = g, u
    return (best, place) if place >= 0 else (-np.inf, -1)
