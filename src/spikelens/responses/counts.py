"""What counts tell: rates with intervals, dispersion, and tests of evoked against spontaneous.

Vectorised over conditions: arguments are arrays with an entry per condition.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikelens.responses.stimuli import Floats, Ints

CONFIDENCE = 0.95
FLIPS = 9999
"""Random exchanges of a permutation test; its smallest p-value is one in one more."""


def poisson_interval(count: ArrayLike, exposure: ArrayLike, phi: ArrayLike = 1.0) -> tuple[Floats, Floats]:
    """The exact interval of a Poisson rate (Garwood 1936).

    Parameters
    ----------
    count : array of int or float, >= 0
    exposure : array of float, s
    phi : array of float, >= 1
        Over-dispersion: the interval is that of ``count / phi``, times phi (quasi-Poisson).

    Returns
    -------
    low, high : float64 arrays, Hz
        NaN where nothing was observed.

    >>> low, high = poisson_interval(10, 1.0)
    >>> low.round(3), high.round(3)
    (np.float64(4.795), np.float64(18.39))
    """
    from scipy.special import gammainccinv, gammaincinv

    k, t, spread = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in (count, exposure, phi)))
    tail = (1 - CONFIDENCE) / 2
    low = np.where(k > 0, gammaincinv(np.maximum(k / spread, 1e-300), tail), 0.0)
    high = gammainccinv(k / spread + 1, tail)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(t > 0, spread / t, np.nan)
    return low * scale, high * scale


def difference_interval(
    a: Floats, a_interval: tuple[Floats, Floats], b: Floats, b_interval: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """The interval of ``a - b`` from the intervals of both (Zou and Donner 2008)."""
    low = a - b - np.hypot(a - a_interval[0], b_interval[1] - b)
    high = a - b + np.hypot(a_interval[1] - a, b - b_interval[0])
    return low, high


def conditional_test(a: ArrayLike, a_exposure: ArrayLike, b: ArrayLike, b_exposure: ArrayLike) -> Floats:
    """Whether two Poisson rates differ, exactly: given the sum, a count is binomial.

    Two-sided, twice the smaller tail (Przyborowski and Wilenski 1940).

    >>> float(conditional_test(10, 1.0, 0, 1.0).round(6))
    0.001953
    """
    from scipy.special import betainc

    arrays = (np.asarray(x, np.float64) for x in (a, a_exposure, b, b_exposure))
    ka, ta, kb, tb = np.broadcast_arrays(*arrays)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = ta / (ta + tb)
        at_least = np.where(ka > 0, betainc(np.maximum(ka, 1), kb + 1, share), 1.0)
        at_most = np.where(kb > 0, 1 - betainc(ka + 1, np.maximum(kb, 1), share), 1.0)
    p = np.minimum(1.0, 2 * np.minimum(at_least, at_most))
    return np.asarray(np.where((ta > 0) & (tb > 0), p, np.nan))


def dispersion(n: Ints, group: Ints, n_groups: int) -> tuple[Floats, Floats]:
    """Variance over mean of the counts of each group, and the p-value of more than Poisson's 1.

    The variance is unbiased (over n - 1); the test is the index of dispersion's.

    Returns
    -------
    fano, p : float64 arrays, (n_groups,)
        NaN with fewer than two trials or without a spike.
    """
    from scipy.special import chdtrc

    trials = np.bincount(group, minlength=n_groups).astype(np.float64)
    total = np.bincount(group, n, n_groups)
    squares = np.bincount(group, np.square(n, dtype=np.float64), n_groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / trials
        variance = (squares - trials * mean**2) / (trials - 1)
        fano = np.where((trials > 1) & (total > 0), np.maximum(variance, 0) / mean, np.nan)
        return fano, chdtrc(trials - 1, (trials - 1) * fano)


def differ(count: Ints, exposure: Floats, *, phi: float = 1.0, seed: int = 0) -> float:
    """The p-value that one rate is behind all counts, by chi-square; 1 for one count.

    Parameters
    ----------
    count : int64 array, (n_conditions,)
    exposure : float64 array, (n_conditions,), s
    phi : float, >= 1
        Over-dispersion, by which chi-square is divided.
    seed : int
        Where fewer than 5 spikes are expected of a condition, chi-square's distribution is
        had from `FLIPS` random draws.
    """
    from scipy.special import chdtrc

    seen = exposure > 0
    n_spikes = int(count[seen].sum())
    if seen.sum() < 2 or not n_spikes:
        return 1.0
    shares = exposure[seen] / exposure[seen].sum()
    expected = n_spikes * shares
    found = float(((count[seen] - expected) ** 2 / expected).sum()) / phi
    if expected.min() >= 5:
        return float(chdtrc(seen.sum() - 1, found))
    drawn = np.random.default_rng(seed).multinomial(n_spikes, shares, size=FLIPS)
    as_far = ((drawn - expected) ** 2 / expected).sum(axis=1) >= found - 1e-9
    return float((1 + as_far.sum()) / (FLIPS + 1))


def exchange_test(segments: Ints, seed: int) -> float:
    """Whether the first of each trial's equally long segments holds more, or fewer, spikes than chance.

    Exact if a trial's segments can be exchanged, whatever the distribution of counts.
    Two-sided, from `FLIPS` random exchanges within trials.

    Parameters
    ----------
    segments : int64 array, (n_trials, n_segments)
        Counts in the response's window, then in segments of the baseline.
    """
    rng = np.random.default_rng(seed)
    # Trials with the same counts in any order are alike: one draw does for all of them.
    alike, times = np.unique(np.sort(segments, axis=1), axis=0, return_counts=True)
    chances = np.full(segments.shape[1], 1 / segments.shape[1])
    sums = np.zeros(FLIPS)
    for counts, n in zip(alike, times, strict=True):
        sums += rng.multinomial(n, chances, size=FLIPS) @ counts
    centre = segments.mean(axis=1).sum()
    as_far = np.abs(sums - centre) >= abs(segments[:, 0].sum() - centre) - 1e-9
    return float((1 + as_far.sum()) / (FLIPS + 1))


def holm(p: Floats) -> Floats:
    """P-values corrected for their number, strictly (Holm 1979); NaN stays NaN and does not count.

    >>> holm(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.06, 0.06])
    """
    corrected = np.full(p.size, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(order.size, 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if order.size else steps
    return corrected


def per_group(values: NDArray[np.float64], group: Ints, what: Callable[[Floats], float], n: int) -> Floats:
    """One figure per group of values; NaN for a group without any."""
    order = np.argsort(group, kind="stable")
    parts = np.split(values[order], np.cumsum(np.bincount(group, minlength=n))[:-1])
    return np.array([what(part) if part.size else np.nan for part in parts], np.float64)
