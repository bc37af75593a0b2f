"""A sweep's command as plateaus: where it is constant, and whether it is so throughout."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BOX = 1e-3
"""Means of so long before and after a sample tell a jump from noise, s."""
SMALLEST = 1e-12
"""No smaller jump is a step, A."""
SHARE = 0.005
"""No jump smaller than this share of the command's range is a step: droop, crosstalk."""
UNEVEN = 0.05
"""A plateau that travels farther than this share of the command's range is none."""


@dataclass(frozen=True)
class Plateau:
    """Samples `start` to `stop` of a sweep, at one level (A)."""

    start: int
    stop: int
    level: float


@dataclass(frozen=True)
class Command:
    """What was sent into the cell in one sweep."""

    plateaus: tuple[Plateau, ...]
    tolerance: float
    """Levels closer than this are one, A."""
    varies: str = ""
    """How it changes, if it does so otherwise than in jumps."""

    @property
    def holding(self) -> float:
        """The level at the start of the sweep, A."""
        return self.plateaus[0].level

    def level_within(self, start: int, stop: int, slack: int) -> float:
        """The level of the plateau that covers `start` to `stop` within `slack` samples; NaN if none."""
        for plateau in self.plateaus:
            if plateau.start <= start + slack and plateau.stop >= stop - slack:
                return plateau.level
        return float("nan")


def command_of(trace: Floats, sampling_rate: float) -> Command:
    """Cut a sweep's command (A) into plateaus.

    A jump is where the means of 1 ms before and after differ most, by more than 8 times
    what they usually do (as a standard deviation), 1 pA and half a percent of the range.
    """
    box = max(1, round(BOX * sampling_rate))
    noise = _usual(np.diff(trace)) / np.sqrt(2)
    extent = float(np.ptp(trace)) if trace.size else 0.0
    change = _change(trace, box)
    tolerance = max(SMALLEST, SHARE * extent, 8 * _usual(change))
    jumps = (_midway(trace, at, box) for at in _jumps(change, box, tolerance))
    edges = [0, *jumps, trace.size]
    pairs = pairwise(edges)
    plateaus = tuple(Plateau(a, b, _level(trace, a, b, box)) for a, b in pairs)
    allowed = max(3 * SMALLEST, 8 * noise, UNEVEN * extent)
    return Command(plateaus, tolerance, _variation(trace, plateaus, box, allowed))


def _usual(values: Floats) -> float:
    """The standard deviation about zero that the median size of values tells."""
    return float(np.median(np.abs(values))) / 0.6745 if values.size else 0.0


def _change(trace: Floats, box: int) -> Floats:
    """The mean of the box that begins at a sample, less that of the box before it; from sample `box` on."""
    total = np.cumsum(np.concatenate([[0.0], trace]))
    means = (total[box:] - total[:-box]) / box
    return np.asarray(means[box:] - means[:-box], np.float64)


def _jumps(change: Floats, box: int, tolerance: float) -> list[int]:
    """The samples at which a new level begins."""
    if not change.size:
        return []
    way = np.where(np.abs(change) > tolerance, np.sign(change), 0).astype(np.int64)
    bounds = [0, *(np.flatnonzero(np.diff(way)) + 1).tolist(), way.size]
    runs = [(a, b) for a, b in pairwise(bounds) if way[a]]
    return [a + int(np.argmax(np.abs(change[a:b]))) + box for a, b in runs]


def _midway(trace: Floats, jump: int, box: int) -> int:
    """The first sample around a jump that lies nearer to the level after it than to that before."""
    around = trace[jump - box : jump + box]
    before, after = float(np.median(around[:box])), float(np.median(around[box:]))
    arrived = np.abs(around - after) < np.abs(around - before)
    # From the last sample that has not arrived: noise may touch the new level before.
    return jump - box + 1 + int(np.flatnonzero(~arrived)[-1]) if not arrived.all() else jump


def _inner(start: int, stop: int, box: int) -> slice:
    """A plateau without its edges, which a filter rounds; whole if it is short."""
    return slice(start + box, stop - box) if stop - start > 3 * box else slice(start, stop)


def _level(trace: Floats, start: int, stop: int, box: int) -> float:
    return float(np.median(trace[_inner(start, stop, box)])) if stop > start else float("nan")


def _variation(trace: Floats, plateaus: tuple[Plateau, ...], box: int, allowed: float) -> str:
    """How the command leaves its plateaus, in a word; empty if it keeps to them."""
    for plateau in plateaus:
        inside = trace[_inner(plateau.start, plateau.stop, box)]
        low, high = np.quantile(inside, [0.05, 0.95]) if inside.size else (0.0, 0.0)
        if high - low > allowed:
            return "a ramp" if _is_ramp(inside) else "neither steps nor a ramp"
    return ""


def _is_ramp(values: Floats) -> bool:
    """Whether means of successive boxes only rise or only fall, but for noise."""
    n = max(1, values.size // 20)
    means = np.array([values[k : k + n].mean() for k in range(0, values.size - n + 1, n)])
    steps = np.diff(means)
    return bool(steps.size and np.abs(steps.sum()) > 0.9 * np.abs(steps).sum())
