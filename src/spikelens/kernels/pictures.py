"""Windows as small grey pictures: a polyline of one pixel's width, anti-aliased.

Each pixel column is cut into slices. Within a slice the line inks the rows from the
lowest to the highest value it takes there, and as far beyond as a round pen of one
pixel's width reaches; the slices of a column share its 255 steps of grey.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

SLICES = 3
"""Slices per pixel column: more follow slanted lines closer, and cost as much more time."""
PEN_BESIDE = (0.25 - 1 / SLICES**2) ** 0.5
"""How far up and down the pen reaches one slice beside its centre, pixels."""


def pictures(
    values: NDArray[np.float32], low: NDArray[Any] | float, high: NDArray[Any] | float, size: int
) -> NDArray[np.uint8]:
    """Draw each window as a picture, 0 for paper and 255 for ink, first row on top.

    Parameters
    ----------
    values : float32 array, (n_windows, n_samples), finite
        At least 2 samples.
    low, high : float, or float array (n_windows,)
        What the bottom and top edges of a picture stand for; lines beyond them are cut off.
    size : int, pixels
        Width and height.

    Returns
    -------
    uint8 array, (n_windows, size, size)
    """
    n, n_samples = values.shape
    bottom = np.broadcast_to(np.asarray(low, np.float64), n)
    span = np.broadcast_to(np.asarray(high, np.float64), n) - bottom
    scale = np.where(span > 0, size / np.where(span > 0, span, 1), 0)
    places = np.linspace(0, n_samples - 1, size * SLICES + 1)
    left = np.minimum(places.astype(np.int64), n_samples - 2)
    part = (places - left).astype(np.float32)
    out = np.zeros((n, size, size), np.uint8)
    # A window without any range is a line across the middle.
    middle = np.where(span > 0, 0, size / 2).astype(np.float32)
    _draw(np.ascontiguousarray(values, np.float32), (bottom, scale, middle), left, part, out)
    return out


@njit(cache=True, nogil=True)
def _draw(values, axis, left, part, out):  # type: ignore[no-untyped-def]
    bottom, scale, middle = axis
    line = np.empty(values.shape[1], np.float32)
    low = np.empty(left.size - 1, np.float32)
    high = np.empty(left.size - 1, np.float32)
    for k in range(values.shape[0]):
        for i in range(line.size):
            line[i] = np.float32((values[k, i] - bottom[k]) * scale[k]) + middle[k]
        _trace(line, left, part, low, high)
        _ink(low, high, out[k])


@njit(cache=True, nogil=True)
def _trace(line, left, part, low, high):  # type: ignore[no-untyped-def]
    """The lowest and highest row that the line reaches in each slice."""
    before = line[0]
    for s in range(low.size):
        i, j = left[s], left[s + 1]
        after = line[j] + part[s + 1] * (line[j + 1] - line[j])
        lowest, highest = min(before, after), max(before, after)
        for m in range(i + 1, j + 1):
            lowest, highest = min(lowest, line[m]), max(highest, line[m])
        low[s], high[s] = lowest, highest
        before = after


@njit(cache=True, nogil=True)
def _ink(low, high, picture):  # type: ignore[no-untyped-def]
    """A round pen of one pixel's width on the line: half a pixel up and down, less beside it."""
    slices = low.size // picture.shape[0]
    up, beside = np.float32(0.5), np.float32(PEN_BESIDE)
    for s in range(low.size):
        before, after = max(s - 1, 0), min(s + 1, low.size - 1)
        top = max(high[s] + up, max(high[before], high[after]) + beside)
        bottom = min(low[s] - up, min(low[before], low[after]) - beside)
        ink = 255 * (s % slices + 1) // slices - 255 * (s % slices) // slices
        _fill(picture, s // slices, bottom, top, ink)


@njit(cache=True, nogil=True)
def _fill(picture, column, low, high, ink):  # type: ignore[no-untyped-def]
    """Ink the rows from `low` to `high` (counted from the bottom edge), the outer ones in part."""
    size = picture.shape[0]
    if not (high > 0 and low < size):
        return
    low, high = max(low, np.float32(0)), min(high, np.float32(size))
    first, last = int(low), min(int(high), size - 1)
    if first == last:
        picture[size - 1 - first, column] += np.uint8(ink * (high - low) + np.float32(0.5))
        return
    picture[size - 1 - first, column] += np.uint8(ink * (first + 1 - low) + np.float32(0.5))
    for row in range(first + 1, last):
        picture[size - 1 - row, column] += np.uint8(ink)
    picture[size - 1 - last, column] += np.uint8(ink * (high - last) + np.float32(0.5))
