"""Kernels on the table of candidates: their description, and dead time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Description(NamedTuple):
    """What is known of each candidate from the trace around it; float64, (n_peaks,)."""

    shift: NDArray[np.float64]
    """Sub-sample place of the peak after its sample, -0.5 to 0.5 samples; 0 at walls."""
    peak: NDArray[np.float64]
    """Value at the peak's sample, V or A."""
    height: NDArray[np.float64]
    """Peak minus the local base before it, V or A, never negative."""


def describe(
    trace: NDArray[Any],
    peaks: NDArray[np.int64],
    base_window: int,
    *,
    gain: float = 1.0,
    offset: float = 0.0,
) -> Description:
    """Describe peaks by the trace around them.

    Parameters
    ----------
    trace : array, (n_samples,)
        In V or A after ``* gain + offset``, with spikes pointing up. Stored integers may
        be handed over as they are: only what is looked at is converted.
    peaks : int64 array, (n_peaks,)
        Samples, counted within `trace`.
    base_window : int, samples
        The local base is the lowest value in so many samples before the peak.

    >>> describe(np.array([0.0, 0.0, 4.0, 3.0, 0.0]), np.array([2]), 2).shift
    array([0.3])
    """
    native = trace if trace.dtype.isnative else trace.astype(trace.dtype.newbyteorder("="))
    columns = np.zeros((3, peaks.size))
    _describe(native, peaks, base_window, (gain, offset), columns)
    return Description(*columns)


@njit(cache=True, nogil=True)
def _volts(value, scale):
    # As kernels.scale does, so that both ways of reading agree to the bit.
    return np.float64(np.float32(np.float64(value) * scale[0] + scale[1]))


@njit(cache=True, nogil=True)
def _describe(trace, peaks, base_window, scale, columns):
    for k in range(peaks.size):
        p = peaks[k]
        value = _volts(trace[p], scale)
        base = value
        for i in range(max(p - base_window, 0), p):
            base = min(base, _volts(trace[i], scale))
        columns[1, k], columns[2, k] = value, value - base
        if 0 < p < trace.size - 1:
            columns[0, k] = _vertex(_volts(trace[p - 1], scale), value, _volts(trace[p + 1], scale))


@njit(cache=True, nogil=True)
def _vertex(before, at, after):
    """Where the parabola through three samples turns, from the middle one, at most half a sample."""
    bend = before - 2 * at + after
    if bend == 0 or not np.isfinite(bend):
        return 0.0
    return min(max(0.5 * (before - after) / bend, -0.5), 0.5)


def keep_highest(
    sample_index: NDArray[np.int64], stretch: NDArray[np.int64], peak: NDArray[np.float64], dead: int
) -> NDArray[np.bool_]:
    """Which events stay when two closer than `dead` samples cannot both.

    The highest of all stays and removes its neighbours, then the highest of the rest, and
    so on; of equals the earlier. The answer does not depend on the order of the rows.
    Events of different stretches do not touch each other.

    Parameters
    ----------
    sample_index, stretch : int64 array, (n_events,)
    peak : float64 array, (n_events,)
        Heights to compare.
    dead : int, samples

    >>> keep_highest(np.array([10, 15, 40]), np.zeros(3, np.int64), np.array([1.0, 2.0, 1.0]), 20)
    array([False,  True,  True])
    """
    by_time = np.lexsort((-peak, sample_index, stretch))
    by_height = np.lexsort((np.arange(peak.size), -peak[by_time]))
    kept = np.empty(peak.size, np.bool_)
    kept[by_time] = _keep(sample_index[by_time], stretch[by_time], by_height, dead)
    return kept


@njit(cache=True, nogil=True)
def _keep(at, stretch, by_height, dead):
    kept, settled = np.zeros(at.size, np.bool_), np.zeros(at.size, np.bool_)
    for k in by_height:
        if settled[k]:
            continue
        kept[k] = True
        for way in (-1, 1):
            j = k
            while 0 <= j < at.size and stretch[j] == stretch[k] and abs(at[j] - at[k]) < max(dead, 1):
                settled[j] = True
                j += way
    return kept
