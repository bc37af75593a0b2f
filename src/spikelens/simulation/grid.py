"""The fine grid that everything is drawn on, whatever the sampling rate asked for.

Steps of 25 us. As the randomness is consumed on this grid, one seed gives the same cell
and the same spikes at every sampling rate.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.membrane import autoregress
from spikelens.kernels.resample import resample

RATE = 40_000.0
"""Hz."""
STEP = 1 / RATE
"""s."""

_N_PHASES = 480
_BAND = 0.4
_CROSSINGS = 3

Trace = NDArray[np.float32]


def ornstein(n: int, step: float, time_constant: float, rng: np.random.Generator) -> Trace:
    """An Ornstein-Uhlenbeck process of unit variance: `n` values, `step` (s) apart."""
    values = rng.standard_normal(n, dtype=np.float32)
    autoregress(values, math.exp(-step / time_constant))
    return values


def wander(n: int, time_constant: float, rng: np.random.Generator, *, every: int = 1) -> Trace:
    """The same on the grid.

    Parameters
    ----------
    n : int
        Samples of the grid.
    time_constant : float, s
    every : int
        Draw at every so many samples and connect them by straight lines.
    """
    knots = ornstein(n // every + 2, every * STEP, time_constant, rng)
    if every == 1:
        return knots[:n]
    return np.interp(np.arange(n), np.arange(knots.size) * every, knots).astype(np.float32)


def span(n: int, start: float, duration: float) -> slice:
    """The samples of `duration` from `start` (s), of a grid of `n`."""
    first = min(max(round(start * RATE), 0), n)
    return slice(first, min(first + round(duration * RATE), n))


def sampled(trace: Trace, sampling_rate: float, n_samples: int) -> Trace:
    """A trace of the grid as a converter sees it at `sampling_rate` (Hz).

    Low-passed at 0.4 of the lower of both rates by a windowed sinc without delay, short
    enough to ring little beside spikes.
    """
    ratio = RATE / sampling_rate
    return np.asarray(resample(trace, ratio, n_samples, _taps(max(ratio, 1.0))), np.float32)


def _taps(ratio: float) -> NDArray[np.float64]:
    cutoff = _BAND / ratio
    half = math.ceil(_CROSSINGS / (2 * cutoff))
    phase = np.arange(_N_PHASES + 1)[:, None] / _N_PHASES
    away = np.arange(1 - half, half + 1) - phase
    window = np.i0(5.0 * np.sqrt(np.clip(1 - (away / half) ** 2, 0, None)))
    taps = np.sinc(2 * cutoff * away) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float64)
