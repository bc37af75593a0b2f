"""Lines through what the sweeps say: rate over current, and voltage over current."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NAN = float("nan")


@dataclass(frozen=True)
class Line:
    """A line fitted to points."""

    slope: float
    intercept: float
    x: Floats
    """Where the points lie."""
    y: Floats
    error: float = NAN
    """Standard error of the slope."""

    def at(self, x: Floats) -> Floats:
        """The line's values."""
        return self.intercept + self.slope * x


def mean_rates(current: Floats, rate: Floats) -> tuple[Floats, Floats]:
    """Each current once, in order, with the mean rate over the sweeps that had it."""
    levels = np.unique(current)
    return levels, np.array([rate[current == level].mean() for level in levels], np.float64)


def robust_line(x: Floats, y: Floats) -> Line | None:
    """The line with the median of the slopes between points (Theil and Sen); None of fewer than two."""
    slopes = [(y[j] - y[i]) / (x[j] - x[i]) for i, j in combinations(range(x.size), 2) if x[i] != x[j]]
    if not slopes:
        return None
    slope = float(np.median(slopes))
    return Line(slope, float(np.median(y - slope * x)), x, y)


def least_squares(x: Floats, y: Floats) -> Line | None:
    """The line with the least squares, and its standard error; None of fewer than two currents."""
    if np.unique(x).size < 2:
        return None
    centred = x - x.mean()
    power = float(centred @ centred)
    slope = float(centred @ y) / power
    intercept = float(y.mean() - slope * x.mean())
    left = y - intercept - slope * x
    error = float(np.sqrt(left @ left / (x.size - 2) / power)) if x.size > 2 else NAN
    return Line(slope, intercept, x, y, error)


def rising(current: Floats, rate: Floats, is_blocked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The points of an f-I curve from the first with spikes to the fastest, none of them in block."""
    firing = (current > 0) & (rate > 0) & ~is_blocked
    if not firing.any():
        return firing
    fastest = current[firing][np.argmax(rate[firing])]
    return np.asarray(firing & (current <= fastest), np.bool_)
