"""How much likelier a trace is with a spike than without, its amplitude integrated out.

After Franke et al. (2015) J Comput Neurosci 38:439, in white noise of s.d. 1. A unit is a
row of ``terms``, float64 (n_units, 5), made by `terms_of`: the precision of a spike's
amplitude, the pull of its prior, the log-odds that no product with the trace changes, and
the least and the largest amplitude. A neuron's spikes vary, by noise, drift and bursts, but none is
a third or twice its usual size: without bounds a large unit that is not known yet would be
explained as the sum of two that are.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

LEAST, MOST = 0.4, 1.7
"""The least and the largest amplitude, as multiples of the mean."""


@njit(cache=True, nogil=True)
def terms_of(prior):
    """The array ``terms`` of a prior.

    Parameters
    ----------
    prior : float64 array, (n_units, 4)
        Mean amplitude, its variance, the logarithm of the prior odds of a spike at a sample,
        the template's square sum.
    """
    out = np.empty((prior.shape[0], 5))
    for k in range(prior.shape[0]):
        mean, variance, odds, squares = prior[k]
        out[k, 0] = squares + 1.0 / variance
        out[k, 1] = mean / variance
        out[k, 2] = odds - 0.5 * mean * mean / variance - 0.5 * math.log(1.0 + squares * variance)
        out[k, 3], out[k, 4] = LEAST * mean, MOST * mean
    return out


@njit(cache=True, nogil=True)
def amplitude_of(product, term):
    """The likeliest amplitude of a spike whose template has this product with the trace."""
    return min(max((product + term[1]) / term[0], term[3]), term[4])


@njit(cache=True, nogil=True)
def gain_of(product, term):
    """The log-odds of such a spike; beyond its bounds, those of the amplitude at the bound."""
    a = (product + term[1]) / term[0]
    beyond = a - min(max(a, term[3]), term[4])
    return 0.5 * term[0] * (a * a - beyond * beyond) + term[2]


@njit(cache=True, nogil=True)
def fill_gains(dots, gains, term, never):
    """`gain_of` at many places, but for those that are `never`; float32."""
    a, pull, base = np.float32(1.0 / term[0]), np.float32(term[1]), np.float32(term[2])
    half, low, high = np.float32(0.5 * term[0]), np.float32(term[3]), np.float32(term[4])
    # Written as choices, which fill vector instructions.
    for t in range(dots.size):
        size = (dots[t] + pull) * a
        inside = size if size > low else low
        inside = inside if inside < high else high
        beyond = size - inside
        gain = half * (size * size - beyond * beyond) + base
        gains[t] = gain if gains[t] > never else never


@njit(cache=True, nogil=True)
def pair_gain(product, other, between, term, second):
    """The log-odds of two spikes at once, whose templates have the product `between`."""
    a, c = term[0], second[0]
    det = a * c - between * between
    if det <= 1e-6 * a * c:
        return -np.inf
    e, f = product + term[1], other + second[1]
    x, y = (c * e - between * f) / det, (a * f - between * e) / det
    if x < term[3] or x > term[4] or y < second[3] or y > second[4]:
        return -np.inf
    return 0.5 * (x * e + y * f - math.log(det / (a * c))) + term[2] + second[2]
