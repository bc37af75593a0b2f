"""Recursive filters: a cascade of second-order sections, state in float64."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def cascade(
    samples: NDArray[np.float64],
    sections: NDArray[np.float64],
    initial: NDArray[np.float64],
    *,
    backward: bool = False,
) -> None:
    """Filter every channel in place, forward or backward in time.

    Parameters
    ----------
    samples : float64 array, (n_samples, n_channels)
    sections : float64 array, (n_sections, 6)
        SciPy's order: b0, b1, b2, 1, a1, a2.
    initial : float64 array, (n_sections, 2)
        The state of the sections for a constant input of 1, as of ``sosfilt_zi``; the
        filter begins as if the first sample had always been there.
    """
    if not samples.shape[0]:
        return
    state = initial[:, :, None] * samples[-1 if backward else 0]
    if samples.shape[1] == 1:
        _one_channel(samples[:, 0], sections, state[:, :, 0].copy(), backward)
    else:
        _all_channels(samples, sections, state, backward)


@njit(cache=True, nogil=True)
def _one_channel(samples, sections, state, backward):
    # Sections inside the loop over time: the processor overlaps their latencies.
    for t in range(samples.size):
        i = samples.size - 1 - t if backward else t
        value = samples[i]
        for s in range(sections.shape[0]):
            out = sections[s, 0] * value + state[s, 0]
            state[s, 0] = sections[s, 1] * value - sections[s, 4] * out + state[s, 1]
            state[s, 1] = sections[s, 2] * value - sections[s, 5] * out
            value = out
        samples[i] = value


@njit(cache=True, nogil=True)
def _all_channels(samples, sections, state, backward):
    n = samples.shape[0]
    for t in range(n):
        row = samples[n - 1 - t if backward else t]
        for s in range(sections.shape[0]):
            _section(row, state[s, 0], state[s, 1], sections[s])


@njit(cache=True, nogil=True)
def _section(row, early, late, section):
    """One section on one sample of every channel, `row` in place; vector instructions."""
    b0, b1, b2, a1, a2 = section[0], section[1], section[2], section[4], section[5]
    for c in range(row.size):
        value = row[c]
        out = b0 * value + early[c]
        early[c] = b1 * value - a1 * out + late[c]
        late[c] = b2 * value - a2 * out
        row[c] = out


@njit(cache=True, nogil=True)
def weighted(samples, weights, out):
    """``out[i] = sum of weights[k] * samples[i + k]``, each sum in the same order everywhere."""
    for start in range(0, out.size, 4096):
        total = np.zeros(min(4096, out.size - start))
        for k in range(weights.size):
            _add(total, samples[start + k : start + k + total.size], weights[k])
        for j in range(total.size):
            out[start + j] = total[j]


@njit(cache=True, nogil=True)
def _add(total, samples, weight):
    for j in range(total.size):
        total[j] += weight * samples[j]
