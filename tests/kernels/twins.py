"""Kernels said again in plain NumPy, slowly, for the tests that compare the two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NAN = float("nan")


def fine(part: float) -> float:
    """Places are told to one part in 2**20 of a sample."""
    return float(np.rint(part * 2**20) / 2**20)


def first(found: NDArray[np.intp], otherwise: int = -1) -> int:
    return int(found[0]) if found.size else otherwise


def last(found: NDArray[np.intp], otherwise: int = -1) -> int:
    return int(found[-1]) if found.size else otherwise


def lowest(values: Floats, start: int, stop: int) -> int:
    return start + int(np.argmin(values[start:stop])) if stop > start else start


def highest(values: Floats, start: int, stop: int) -> int:
    return start + int(np.argmax(values[start:stop])) if stop > start else start


def where_at_least(values: Floats, start: int, stop: int, level: float) -> NDArray[np.intp]:
    return start + np.flatnonzero(values[start:stop] >= level)


def where_at_most(values: Floats, start: int, stop: int, level: float) -> NDArray[np.intp]:
    return start + np.flatnonzero(values[start:stop] <= level)


def value_at(values: Floats, position: float) -> float:
    if np.isnan(position):
        return NAN
    return float(np.interp(position, np.arange(values.size), values))


def parabola(before: float, middle: float, after: float) -> tuple[float, float]:
    """Offset and height of the top; the middle itself where there is none nearby."""
    bend = before - 2 * middle + after
    offset = 0.5 * (before - after) / bend if bend else 0.0
    if abs(offset) > 1:
        offset = 0.0
    return offset, middle - 0.25 * (before - after) * offset


def between(values: Floats, below: int, above: int, level: float) -> float:
    if below < 0:
        return NAN
    low, high = values[below], values[above]
    return below + (above - below) * fine((level - low) / (high - low)) if high != low else float(below)


def crossing_before(values: Floats, start: int, peak: int, level: float) -> float:
    below = last(where_at_most(values, start, peak, level))
    return between(values, below, below + 1, level)


def crossing_after(values: Floats, peak: int, stop: int, level: float) -> float:
    below = first(where_at_most(values, peak + 1, stop, level))
    return between(values, below, below - 1, level)


def rises(values: Floats, span: int) -> Floats:
    """Entry i is how much the trace rises from sample i over `span` samples."""
    return values[span:] - values[:-span]


def steepest(values: Floats, start: int, stop: int, span: int, sign: int) -> int:
    steps = sign * rises(values, span)[start : max(stop - span, start)]
    return start + int(np.argmax(steps)) if steps.size and steps.max() > 0 else -1


def steepest_between(values: Floats, at: int, span: int) -> tuple[float, float]:
    steps = rises(values, span)
    if at < 1 or at + 1 >= steps.size:
        return at + 0.5 * span, float(steps[at])
    offset, most = parabola(*steps[at - 1 : at + 2])
    return at + 0.5 * span + fine(offset), most


def slope_onset(values: Floats, start: int, steep: int, span: int, target: float) -> float:
    steps = rises(values, span)
    if steps[steep] <= target:
        return NAN
    low = last(start + np.flatnonzero(steps[start:steep] <= target))
    if low < 0:
        return NAN
    return low + 0.5 * span + fine((target - steps[low]) / (steps[low + 1] - steps[low]))


def sharpness(values: Floats, i: int, span: int, rule: str) -> float:
    if rule == "curvature":
        climb = values[i + span] - values[i - span]
        second = values[i + span] - 2 * values[i] + values[i - span]
        return 2 * second / climb if climb > 0 else -np.inf
    outer = values[i + 2 * span] - values[i - 2 * span]
    return outer - 2 * (values[i + span] - values[i - span])


def sharpest(values: Floats, start: int, stop: int, span: int, rule: str) -> float:
    start, stop = max(start, 2 * span), min(stop, values.size - 2 * span)
    if start >= stop:
        return NAN
    sharp = np.array([sharpness(values, i, span, rule) for i in range(start, stop)])
    best = int(np.argmax(sharp))
    if best in (0, sharp.size - 1) or np.isinf(sharp[[best - 1, best + 1]]).any():
        return float(start + best)
    return start + best + fine(parabola(*sharp[best - 1 : best + 2])[0])
