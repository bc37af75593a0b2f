"""Numbers in normal noise of s.d. 1."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def level_passed(sizes, levels, missed):
    """For each group of numbers, the first level that any of them passes in noise, with either sign.

    Parameters
    ----------
    sizes : float64 array, (n_groups, n_rows, n_columns)
        NaN for a number that is not there.
    levels : float64 array, (n_levels,)
        Levels to try, the highest first; the last is taken if none is passed.
    missed : float
        In this share of noises at most, no number passes.

    Returns
    -------
    level : float64 array, (n_groups,)
    """
    out = np.full(sizes.shape[0], levels[-1])
    for k in range(sizes.shape[0]):
        for level in levels:
            if _all_within(sizes[k], level) <= missed:
                out[k] = level
                break
    return out


@njit(cache=True, nogil=True)
def _all_within(sizes, level):
    """The chance that no number is beyond a level in noise."""
    chance = 1.0
    for size in sizes.flat:
        if not math.isnan(size):
            above, below = (level - size) * math.sqrt(0.5), (level + size) * math.sqrt(0.5)
            chance *= 0.5 * (math.erf(above) + math.erf(below))
    return chance
