"""What trains of spikes say of whether they are one neuron's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.sorters import Site

Ints = NDArray[np.int64]

DEAD = (0.7e-3, 2.0e-3)
"""A neuron does not fire twice within the second, s; what is nearer than the first cannot be told apart."""
LEFT = 0.1
"""The share of chance pairs that wrong spikes leave in one neuron's dead time."""
BURST = 20e-3
"""Spikes of a burst follow one another within this time, s ..."""
OFTEN = 3.0
"""... so many times more often than by chance."""
FEWEST = 25
"""Of fewer pairs nothing is said."""
SURE = 3.0
"""How much likelier one must be than the other, in log-odds."""


def pairs_within(one: Ints, other: Ints, low: int, high: int) -> tuple[Ints, Ints]:
    """Which spikes of `other` follow which of `one` by `low` to `high` samples; both ascend.

    >>> pairs_within(np.array([10, 50]), np.array([8, 12, 53]), -3, 3)
    (array([0, 0, 1]), array([0, 1, 2]))
    """
    first = np.searchsorted(other, one + low)
    count = np.searchsorted(other, one + high, "right") - first
    a = np.repeat(np.arange(one.size), count)
    start = np.repeat(np.cumsum(count) - count, count)
    return a, np.arange(a.size) - start + np.repeat(first, count)


def two_neurons(one: Ints, other: Ints, n_samples: int, site: Site) -> float:
    """The log-odds of two trains being two neurons', from how often one fires in the other's dead time.

    Two neurons that know nothing of each other do so as often as by chance; one neuron hardly ever,
    so that their cross-correlogram has a hole. Beyond `SURE`, either way, it is evidence.
    """
    low, high = (site.samples(s) for s in DEAD)
    seen = sum(pairs_within(one, other, *lags)[0].size for lags in ((low, high), (-high, -low)))
    chance = 2 * (high - low + 1) * one.size * other.size / max(n_samples, 1)
    return float(-seen * np.log(LEFT) - (1 - LEFT) * chance)


def follows(one: Ints, other: Ints, n_samples: int, site: Site) -> bool:
    """Whether the second train follows the first as a burst's later spikes, which are smaller, do."""
    low, high = site.samples(DEAD[1]), site.samples(BURST)
    after, before = (pairs_within(one, other, *lags)[0].size for lags in ((low, high), (-high, -low)))
    chance = (high - low + 1) * one.size * other.size / max(n_samples, 1)
    return bool(after >= FEWEST and after > OFTEN * max(chance, before))
