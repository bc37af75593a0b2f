"""Where a spike starts, by four rules.

All look back from the steepest sample of the upstroke. Derivatives are taken over
`span` samples, a fixed time, so that a higher sampling rate does not mean more noise.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from spikelens.kernels.waveform import fine, rise, vertex

FRACTION, SLOPE, CURVATURE, THIRD_DERIVATIVE = range(4)

LEAD = 6.0
"""What leads to a spike is judged over so many times the time that its steepest slope needs to the peak."""
PART = 4
"""Of that, the least steep of so many parts is the ramp."""
STEP = 0.25
"""A fall of this share of the steepest rise ends what leads to a spike: a stimulus artefact."""
OUTDONE = 2.0
"""A spike rises at least so many times as steeply as the ramp that leads to it."""


@njit(cache=True, nogil=True)
def slope_onset(trace, start, steep, span, target):
    """Going back from `steep`, where the rise over `span` samples falls to `target` (V)."""
    if rise(trace, steep, span) <= target:
        return np.nan
    for i in range(steep - 1, start - 1, -1):
        low = rise(trace, i, span)
        if low <= target:
            high = rise(trace, i + 1, span)
            return i + 0.5 * span + fine((target - low) / (high - low))
    return np.nan


@njit(cache=True, nogil=True)
def ramp(trace, start, steep, peak, span):
    """The rise over `span` of the ramp that leads to an upstroke; 0 if none is seen.

    An upstroke comes from next to nothing to its steepest within `LEAD` times the time
    from there to the peak; where the trace rose all that time, something else drove it.
    """
    most = rise(trace, steep, span)
    reach = int(LEAD * span * rise(trace, steep, peak - steep) / most)
    length = max(span, reach // PART)
    least = np.inf
    for i in range(steep - length, max(start, steep - reach) - 1, -1):
        if rise(trace, i, span) < -STEP * most:
            break
        least = min(least, rise(trace, i, length))
    return max(least, 0.0) * span / length if np.isfinite(least) else 0.0


@njit(cache=True, nogil=True)
def bend(trace, i, span):
    """d2V/dt2 over dV/dt: the slope of the phase plane, per `span` samples."""
    climb = np.float64(trace[i + span]) - np.float64(trace[i - span])
    if climb <= 0.0:
        return -np.inf
    return 2.0 * (rise(trace, i, span) - rise(trace, i - span, span)) / climb


@njit(cache=True, nogil=True)
def jerk(trace, i, span):
    """d3V/dt3, up to a factor that does not matter for where it is largest."""
    outer = np.float64(trace[i + 2 * span]) - np.float64(trace[i - 2 * span])
    inner = np.float64(trace[i + span]) - np.float64(trace[i - span])
    return outer - 2.0 * inner


@njit(cache=True, nogil=True)
def _measure(trace, i, span, rule):
    return bend(trace, i, span) if rule == CURVATURE else jerk(trace, i, span)


@njit(cache=True, nogil=True)
def sharpest(trace, start, stop, span, rule):
    """Where a measure of sharpness is largest, between samples; NaN if there is no room."""
    start, stop = max(start, 2 * span), min(stop, trace.size - 2 * span)
    if start >= stop:
        return np.nan
    best, most = start, -np.inf
    for i in range(start, stop):
        sharp = _measure(trace, i, span, rule)
        if sharp > most:
            best, most = i, sharp
    if best == start or best == stop - 1:
        return np.float64(best)
    before, after = _measure(trace, best - 1, span, rule), _measure(trace, best + 1, span, rule)
    if np.isinf(before) or np.isinf(after):
        return np.float64(best)
    return best + fine(vertex(before, most, after)[0])


@njit(cache=True, nogil=True)
def onset(trace, within, steep, span, rule):
    """Where a spike starts.

    By the first rule, where the slope comes down to the fraction of the steepest, or to
    twice that of the ramp before the spike (light, large synaptic potentials, the charging
    of a pulse), whichever is more: a ramp that is itself steeper is not the spike's.

    Parameters
    ----------
    trace : float array, V
    within : (int, int)
        No onset lies before the first; the second is the peak.
    steep : int
        Where the upstroke is steepest.
    span : int
        Samples over which slopes are taken.
    rule : (int, float, float, int)
        Which of the four; the fraction of the maximal slope; the fixed rise over `span`
        (V); how many samples before the fraction's onset the third derivative may peak.
    """
    which, fraction, fixed, lead = rule
    start, peak = within
    if which == SLOPE:
        return slope_onset(trace, start, steep, span, fixed)
    least = max(fraction * rise(trace, steep, span), OUTDONE * ramp(trace, start, steep, peak, span))
    first = slope_onset(trace, start, steep, span, least)
    if which == FRACTION or np.isnan(first):
        return first
    low = int(np.ceil(first)) if which == CURVATURE else max(start, int(first) - lead)
    return sharpest(trace, low, steep + 1, span, which)
