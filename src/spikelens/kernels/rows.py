"""Recursive filters across channels: each instruction handles many channels of one sample.

The rows of (n_samples, n_channels) arrays are short and contiguous, so that a row and the
filter's state stay in the first cache. Nothing is reordered between channels or in time:
every processor gives the same bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

NOTHING = 1e-9
"""A filter takes constants away if it leaves no more of them. Then they are subtracted before:
beside a large offset float32 would hold the rest too coarsely."""
FETCHED = 64
"""Rows brought into the cache in one go on the way back."""
LINE = 8
"""A cache line holds at least so many values."""


def filter_rows(
    samples: NDArray[Any], sections: NDArray[np.float64], initial: NDArray[np.float64], *, causal: bool
) -> None:
    """Filter every channel in place, forward and, unless `causal`, backward in time.

    Parameters
    ----------
    samples : float32 or float64 array, (n_samples, n_channels), C-contiguous
        The arithmetic is done in its type.
    sections : float64 array, (n_sections, 6)
        SciPy's order: b0, b1, b2, 1, a1, a2.
    initial : float64 array, (n_sections, 2)
        The state of the sections for a constant input of 1, as of ``sosfilt_zi``; each
        pass begins as if its first sample had always been there.
    """
    if not samples.size:
        return
    coefficients, settled = sections.astype(samples.dtype), initial.astype(samples.dtype)
    level = samples[0].copy()
    if _gain_of_constants(sections) > NOTHING:
        level[:] = 0
    state = settled[:, :, None] * (samples[0] - level)
    _forward(samples, coefficients, state, level)
    if not causal:
        state = settled[:, :, None] * samples[-1]
        _backward(samples, coefficients, state)


def _gain_of_constants(sections: NDArray[np.float64]) -> float:
    return float(np.prod(np.abs(sections[:, :3].sum(axis=1) / sections[:, 3:].sum(axis=1))))


@njit(cache=True, nogil=True)
def _forward(samples, sections, state, level):
    for t in range(samples.shape[0]):
        _lower(samples[t], level)
        _filter_row(samples[t], sections, state)


@njit(cache=True, nogil=True)
def _backward(samples, sections, state):
    stop, seen = samples.shape[0], samples[0, 0]
    while stop > 0:
        start = max(stop - FETCHED, 0)
        seen += _fetch(samples[start:stop])
        for t in range(stop - 1, start - 1, -1):
            _filter_row(samples[t], sections, state)
        stop = start
    return seen


@njit(cache=True, nogil=True)
def _fetch(rows):
    """Look at each cache line once, upwards: processors foresee that, and not the way down."""
    seen = rows[0, 0]
    for t in range(rows.shape[0]):
        for c in range(0, rows.shape[1], LINE):
            seen += rows[t, c]
    return seen


@njit(cache=True, nogil=True)
def _filter_row(row, sections, state):
    n_sections = sections.shape[0]
    in_threes = n_sections - n_sections % 3
    for s in range(0, in_threes, 3):
        _three_sections(row, state[s : s + 3], sections[s : s + 3])
    for s in range(in_threes, n_sections):
        _section(row, state[s], sections[s])


@njit(cache=True, nogil=True)
def _lower(row, level):
    for c in range(row.size):
        row[c] -= level[c]


@njit(cache=True, nogil=True)
def _section(row, state, section):
    b0, b1, b2, a1, a2 = section[0], section[1], section[2], section[4], section[5]
    early, late = state[0], state[1]
    for c in range(row.size):
        value = row[c]
        out = b0 * value + early[c]
        early[c] = b1 * value - a1 * out + late[c]
        late[c] = b2 * value - a2 * out
        row[c] = out


@njit(cache=True, nogil=True)
def _three_sections(row, state, sections):
    """Three sections in one go: the row is loaded and stored once instead of three times."""
    a0, a1, a2, a3, a4 = sections[0, 0], sections[0, 1], sections[0, 2], sections[0, 4], sections[0, 5]
    b0, b1, b2, b3, b4 = sections[1, 0], sections[1, 1], sections[1, 2], sections[1, 4], sections[1, 5]
    c0, c1, c2, c3, c4 = sections[2, 0], sections[2, 1], sections[2, 2], sections[2, 4], sections[2, 5]
    first, second, third = state[0], state[1], state[2]
    early_a, late_a = first[0], first[1]
    early_b, late_b = second[0], second[1]
    early_c, late_c = third[0], third[1]
    for c in range(row.size):
        value = row[c]
        one = a0 * value + early_a[c]
        early_a[c] = a1 * value - a3 * one + late_a[c]
        late_a[c] = a2 * value - a4 * one
        two = b0 * one + early_b[c]
        early_b[c] = b1 * one - b3 * two + late_b[c]
        late_b[c] = b2 * one - b4 * two
        out = c0 * two + early_c[c]
        early_c[c] = c1 * two - c3 * out + late_c[c]
        late_c[c] = c2 * two - c4 * out
        row[c] = out
