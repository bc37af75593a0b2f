"""Points on a spike's waveform, found on the trace between given bounds.

Positions are samples of the trace; fractional ones lie between two samples. A point
that is not there is NaN. Ranges exclude their end, as Python's do.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FINEST = 2.0**20
"""Places are told to one part in so many of a sample: 50 ps at 20 kHz."""


@njit(cache=True, nogil=True)
def fine(part):
    """A part of a sample, rounded so that any sample's number added to it is exact.

    Places, and all that is read off at them, then have the same bytes wherever the
    trace that was handed over begins.
    """
    return np.rint(part * FINEST) / FINEST


@njit(cache=True, nogil=True)
def lowest(values, start, stop):
    """The first of the smallest values; `start` if there is none."""
    best = start
    for i in range(start + 1, stop):
        if values[i] < values[best]:
            best = i
    return best


@njit(cache=True, nogil=True)
def highest(values, start, stop):
    """The first of the largest values; `start` if there is none."""
    best = start
    for i in range(start + 1, stop):
        if values[i] > values[best]:
            best = i
    return best


@njit(cache=True, nogil=True)
def first_at_least(values, start, stop, level):
    """The first sample at or above a level; -1 if there is none."""
    for i in range(start, stop):
        if values[i] >= level:
            return i
    return -1


@njit(cache=True, nogil=True)
def first_at_most(values, start, stop, level):
    """The first sample at or below a level; -1 if there is none."""
    for i in range(start, stop):
        if values[i] <= level:
            return i
    return -1


@njit(cache=True, nogil=True)
def last_at_most(values, start, stop, level):
    """The last sample at or below a level; -1 if there is none."""
    for i in range(stop - 1, start - 1, -1):
        if values[i] <= level:
            return i
    return -1


@njit(cache=True, nogil=True)
def rise(values, i, span):
    """How much the trace rises from sample `i` over `span` samples, as float64."""
    return np.float64(values[i + span]) - np.float64(values[i])


@njit(cache=True, nogil=True)
def value_at(values, position):
    """The trace at a fractional sample, along the line between its neighbours."""
    if np.isnan(position):
        return np.nan
    i = int(np.floor(position))
    if i + 1 >= values.size:
        return np.float64(values[values.size - 1])
    if i < 0:
        return np.float64(values[0])
    part = position - i
    return np.float64(values[i]) * (1.0 - part) + np.float64(values[i + 1]) * part


@njit(cache=True, nogil=True)
def vertex(before, middle, after):
    """Where and how high the parabola through three values turns: (offset, value)."""
    bend = before - 2.0 * middle + after
    if bend == 0.0:
        return 0.0, middle
    offset = 0.5 * (before - after) / bend
    if abs(offset) > 1.0:
        return 0.0, middle
    return offset, middle - 0.25 * (before - after) * offset


@njit(cache=True, nogil=True)
def crossing(values, below, above, level):
    """Where the line between two neighbouring samples meets a level."""
    a, b = np.float64(values[below]), np.float64(values[above])
    if a == b:
        return np.float64(below)
    return below + (above - below) * fine((level - a) / (b - a))


@njit(cache=True, nogil=True)
def crossing_before(values, start, peak, level):
    """Going back from a peak, where the trace comes down to a level; NaN if it does not."""
    i = last_at_most(values, start, peak, level)
    return crossing(values, i, i + 1, level) if i >= 0 else np.nan


@njit(cache=True, nogil=True)
def crossing_after(values, peak, stop, level):
    """Going on from a peak, where the trace comes down to a level; NaN if it does not."""
    i = first_at_most(values, peak + 1, stop, level)
    return crossing(values, i, i - 1, level) if i >= 0 else np.nan


@njit(cache=True, nogil=True)
def steepest(values, start, stop, span, sign):
    """Where the trace rises (`sign` 1) or falls (-1) most over `span` samples; -1 if nowhere.

    Both ends of the step lie in the range.
    """
    best, most = -1, 0.0
    for i in range(start, stop - span):
        step = sign * rise(values, i, span)
        if step > most:
            best, most = i, step
    return best


@njit(cache=True, nogil=True)
def steepest_between(values, i, span):
    """Sub-sample place of an extreme slope and the rise there: (position, rise over `span`)."""
    centre = i + 0.5 * span
    here = rise(values, i, span)
    if i < 1 or i + span + 1 >= values.size:
        return centre, here
    offset, most = vertex(rise(values, i - 1, span), here, rise(values, i + 1, span))
    return centre + fine(offset), most
