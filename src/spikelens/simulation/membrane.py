"""The cell stage's result, and how a cell is tuned to fire as often as asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.simulation.grid import RATE, Trace

Ints = NDArray[np.int64]

_DEAD = 0.001
_FOOT_SLOPE = 10.0
_FOOT_SEARCH = 0.003
_PEAK_SEARCH = 0.004
_TUNED = 60.0


@dataclass(frozen=True)
class Membrane:
    """A cell's own voltage on the grid, and its spikes there."""

    voltage: Trace
    """V."""
    foot: Ints
    """Where each spike begins."""
    peak: Ints
    is_full: NDArray[np.bool_]
    """False for an abortive spike, which scores neither for nor against."""


def find_spikes(voltage: Trace, level: float, full: float) -> Membrane:
    """Spikes of a membrane: rises above `level` (V) at 10 V/s or faster.

    Parameters
    ----------
    voltage : float32 array, V, on the grid
    level, full : float, V
        What a spike crosses, and what it must reach in order not to be abortive.
    """
    crossing = crossings(voltage, level, RATE)
    back = round(_FOOT_SEARCH * RATE)
    before = np.clip(crossing[:, None] + np.arange(-back, 1), 0, None)
    slow = np.diff(voltage[before], axis=1) * RATE < _FOOT_SLOPE
    steps_back = np.argmax(slow[:, ::-1], axis=1)
    # A rise that is slow at the level itself is a large synaptic potential.
    is_spike = steps_back > 0
    crossing, steps_back = crossing[is_spike], steps_back[is_spike]
    foot = np.maximum(crossing - steps_back, 0)
    ahead = np.clip(crossing[:, None] + np.arange(round(_PEAK_SEARCH * RATE)), 0, voltage.size - 1)
    later = np.append(crossing[1:], voltage.size)
    values = np.where(ahead < later[:, None], voltage[ahead], -np.inf)
    peak = crossing + np.argmax(values, axis=1)
    return Membrane(voltage, foot, peak, voltage[np.minimum(peak, voltage.size - 1)] >= full)


def crossings(voltage: Trace, level: float, rate: float) -> Ints:
    """First samples above `level`, those within 1 ms of another before them left out."""
    above = voltage > level
    up = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    return np.asarray(up[np.diff(up, prepend=-(2**40)) > _DEAD * rate], np.int64)


def tune(count: Callable[[float, slice], int], n: int, rate: float) -> float:
    """How excitable a cell must be, from -3 to 3, to fire at `rate` (Hz).

    Parameters
    ----------
    count : callable
        Spikes at an excitability, on some samples of the grid: every second step of the
        first minute, which is enough to count spikes, though not to place them.
    n : int
        Samples of the grid.
    """
    samples = slice(0, min(n, round(_TUNED * RATE)), 2)
    wanted = rate * samples.stop / RATE
    if wanted == 0:
        return _silencing(lambda excitability: count(excitability, samples))
    return _bisected(lambda excitability: count(excitability, samples), wanted)


def _bisected(count: Callable[[float], int], wanted: float) -> float:
    # The count grows with excitability, but not everywhere: the best met is kept.
    low, high = -3.0, 3.0
    best, miss = low, np.inf
    for _ in range(9):
        middle = (low + high) / 2
        n = count(middle)
        if abs(n - wanted) < miss:
            best, miss = middle, abs(n - wanted)
        if miss <= max(0.5, 0.1 * wanted):
            break
        low, high = (low, middle) if n > wanted else (middle, high)
    return best


def _silencing(count: Callable[[float], int]) -> float:
    """An excitability well below all that fire, so that the whole recording is silent."""
    low, high = -3.0, 3.0
    for _ in range(5):
        middle = (low + high) / 2
        low, high = (low, middle) if count(middle) else (middle, high)
    return max(low - 0.75, -3.0)
