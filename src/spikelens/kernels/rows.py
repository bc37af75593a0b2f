"""Recursive filters across channels: each instruction handles many channels of one sample.

The rows of (n_samples, n_channels) arrays are short and contiguous, so that two rows and the
filter's state stay in the first cache. Each channel's arithmetic is the same wherever it
stands, and in the same order: every processor gives the same bytes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spikelens.kernels.memory import LINE_BYTES, aligned

NOTHING = 1e-9
"""A filter takes constants away if it leaves no more of them. Then they are subtracted before:
beside a large offset float32 would hold the rest too coarsely."""
FETCHED = 64
"""Rows brought into the cache in one go on the way back; even, since rows are filtered in pairs."""
TOGETHER = 3
"""Plain sections of a band-pass of the usual order. They run in one go; of more of them float32
would be less exact than of SciPy's."""
PLAIN, LOW_CUT, HIGH_CUT = (1.0, 0.0, -1.0), (1.0, -2.0, 1.0), (1.0, 2.0, 1.0)
"""Numerators of sections that take away 0 and half the sampling rate, or one of them twice."""


class Cascade(NamedTuple):
    """A filter as it is run: its sections, those of a band-pass plain and first.

    The numerator of a plain section is 1, 0, -1, so that it needs two products instead of five.
    """

    sections: NDArray[np.float64]
    settled: NDArray[np.float64]
    """The state for a constant input of 1."""
    n_plain: int
    """None, or as many as run in one go."""
    gain: float
    """What the input is multiplied by, since plain sections have none."""
    takes_constants: bool
    """Whether nothing is left of a constant."""


def arrange(sections: NDArray[np.float64], initial: NDArray[np.float64]) -> Cascade:
    """A filter as it is run fastest, with plain sections where those of a band-pass are among its own.

    Sections that cut twice at the bottom and as many that cut twice at the top have together
    the zeros of plain ones. The slowest poles, SciPy's last, come first: what is left of an
    offset is gone before it costs digits.

    Parameters
    ----------
    sections : float64 array, (n_sections, 6)
        SciPy's order: b0, b1, b2, 1, a1, a2.
    initial : float64 array, (n_sections, 2)
        The state of the sections for a constant input of 1, as of ``sosfilt_zi``.
    """
    takes_constants = _gain_of_constants(sections) <= NOTHING
    with np.errstate(divide="ignore", invalid="ignore"):
        numerators = sections[:, :3] / sections[:, :1]
    plain, low, high = ((numerators == kind).all(axis=1) for kind in (PLAIN, LOW_CUT, HIGH_CUT))
    if low.sum() == high.sum():
        plain |= low | high
    if plain.sum() != TOGETHER:
        return Cascade(sections, initial, 0, 1.0, takes_constants)
    told = np.concatenate([sections[plain][::-1], sections[~plain]])
    told[:TOGETHER, :3] = PLAIN
    # The first section takes all of a constant, so that the others have never seen anything.
    settled = np.zeros_like(initial)
    settled[0] = 1.0
    return Cascade(told, settled, TOGETHER, float(sections[plain, 0].prod()), takes_constants)


def _gain_of_constants(sections: NDArray[np.float64]) -> float:
    return float(np.prod(np.abs(sections[:, :3].sum(axis=1) / sections[:, 3:].sum(axis=1))))


def filter_rows(samples: NDArray[Any], cascade: Cascade, *, causal: bool) -> None:
    """Filter every channel in place, forward and, unless `causal`, backward in time.

    Each pass begins as if its first sample had always been there.

    Parameters
    ----------
    samples : float32 or float64 array, (n_samples, n_channels), C-contiguous
        The arithmetic is done in its type. Fastest where it begins with a cache line (`aligned`).
    cascade : Cascade
        Of `arrange`.
    """
    if not samples.size:
        return
    dtype = samples.dtype.type
    sections, settled = cascade.sections.astype(dtype), cascade.settled.astype(dtype)
    level = samples[0].copy() if cascade.takes_constants else np.zeros_like(samples[0])
    gain = dtype(cascade.gain if causal else cascade.gain**2)
    _forward(samples, sections, cascade.n_plain, _state(settled, samples[0] - level), level, gain)
    if not causal:
        _backward(samples, sections, cascade.n_plain, _state(settled, samples[-1]))


def _state(settled: NDArray[Any], row: NDArray[Any]) -> NDArray[Any]:
    """The state before a row, as if it had always been there; its lines may be longer than rows."""
    width = -(-row.size // LINE_BYTES) * LINE_BYTES
    state = aligned((*settled.shape, width), row.dtype)
    state[:, :, : row.size] = settled[:, :, None] * row
    return state


@njit(cache=True, nogil=True)
def _forward(samples, sections, n_plain, state, level, gain):
    n = samples.shape[0]
    for t in range(n):
        _lower(samples[t], level, gain)
        if t % 2:
            _filter_pair(samples[t - 1], samples[t], sections, n_plain, state)
    if n % 2:
        _filter_pair(samples[n - 1], np.zeros_like(level), sections, n_plain, state)


@njit(cache=True, nogil=True)
def _backward(samples, sections, n_plain, state):
    stop, seen = samples.shape[0], samples[0, 0]
    while stop > 0:
        start = max(stop - FETCHED, 0)
        seen += _fetch(samples[start:stop])
        for t in range(stop - 1, start, -2):
            _filter_pair(samples[t], samples[t - 1], sections, n_plain, state)
        stop = start
    if samples.shape[0] % 2:
        _filter_pair(samples[0], np.zeros_like(samples[0]), sections, n_plain, state)
    return seen


@njit(cache=True, nogil=True)
def _fetch(rows):
    """Look at each cache line once, upwards: processors foresee that, and not the way down."""
    seen = rows[0, 0]
    for t in range(rows.shape[0]):
        for c in range(0, rows.shape[1], LINE_BYTES // rows.itemsize):
            seen += rows[t, c]
    return seen


@njit(cache=True, nogil=True, forceinline=True)
def _lower(row, level, gain):
    for c in range(row.size):
        row[c] = (row[c] - level[c]) * gain


@njit(cache=True, nogil=True, forceinline=True)
def _filter_pair(first, second, sections, n_plain, state):
    """Filter a row and the one that follows; the state is loaded and stored once for both."""
    if n_plain:
        _plain_sections(first, second, sections, state)
    for s in range(n_plain, sections.shape[0]):
        _section(first, second, sections[s], state[s])


@njit(cache=True, nogil=True, forceinline=True)
def _section(first, second, section, state):
    b0, b1, b2, a1, a2 = section[0], section[1], section[2], section[4], section[5]
    early, late = state[0], state[1]
    for c in range(first.size):
        value = first[c]
        out = b0 * value + early[c]
        then = b1 * value - a1 * out + late[c]
        later = b2 * value - a2 * out
        first[c] = out
        value = second[c]
        out = b0 * value + then
        early[c] = b1 * value - a1 * out + later
        late[c] = b2 * value - a2 * out
        second[c] = out


@njit(cache=True, nogil=True, forceinline=True)
def _plain_sections(first, second, sections, state):
    """The first three sections, which are plain; a state of turned sign saves operations."""
    a1, a2, b1, b2 = sections[0, 4], sections[0, 5], sections[1, 4], sections[1, 5]
    c1, c2 = sections[2, 4], sections[2, 5]
    early_a, late_a, early_b = state[0, 0], state[0, 1], state[1, 0]
    late_b, early_c, late_c = state[1, 1], state[2, 0], state[2, 1]
    for c in range(first.size):
        value = first[c]
        one = value - early_a[c]
        next_a, last_a = a1 * one + late_a[c], value + a2 * one
        two = one - early_b[c]
        next_b, last_b = b1 * two + late_b[c], one + b2 * two
        out = two - early_c[c]
        next_c, last_c = c1 * out + late_c[c], two + c2 * out
        first[c] = out
        value = second[c]
        one = value - next_a
        early_a[c], late_a[c] = a1 * one + last_a, value + a2 * one
        two = one - next_b
        early_b[c], late_b[c] = b1 * two + last_b, one + b2 * two
        out = two - next_c
        early_c[c], late_c[c] = c1 * out + last_c, two + c2 * out
        second[c] = out
