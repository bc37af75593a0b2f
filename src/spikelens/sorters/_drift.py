"""Slow changes of units' amplitudes, linked from one part of the recording to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PART = 20.0
"""Length of a part of the recording, s."""
FEWEST = 15
"""Of fewer spikes in a part, the neighbours' word counts."""


@dataclass(frozen=True)
class Drift:
    """The mean amplitude of each unit over time.

    Parameters
    ----------
    knots : float64 array, (n_knots,), samples
    mean : float64 array, (n_units, n_knots)
        As a multiple of the template.
    """

    knots: Floats
    mean: Floats

    def at(self, sample: float) -> Floats:
        """The mean amplitude of each unit around a sample."""
        return np.array([np.interp(sample, self.knots, row) for row in self.mean], np.float64)


def drift_of(
    unit: NDArray[np.int64], at: NDArray[np.int64], amplitude: Floats, n_units: int, sampling_rate: float
) -> Drift:
    """The medians of amplitudes in parts of the recording, smoothed over three."""
    low, high = (int(at.min()), int(at.max())) if at.size else (0, 1)
    n = max(1, round((high - low) / (PART * sampling_rate)))
    edges = np.linspace(low, high + 1, n + 1)
    knots = 0.5 * (edges[1:] + edges[:-1])
    mean = np.ones((n_units, n))
    for k in range(n_units):
        mine = unit == k
        part = np.clip(np.searchsorted(edges, at[mine], "right") - 1, 0, n - 1)
        medians = np.array([_median(amplitude[mine][part == p]) for p in range(n)])
        known = np.isfinite(medians)
        if known.any():
            mean[k] = _smooth(np.interp(knots, knots[known], medians[known]))
    return Drift(knots, mean)


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size >= FEWEST else float("nan")


def _smooth(values: Floats) -> Floats:
    padded = np.pad(values, 1, mode="edge")
    return np.asarray(0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:], np.float64)
