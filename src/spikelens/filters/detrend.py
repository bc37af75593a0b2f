"""Slow drift taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.filters import Filter
from spikelens.params import param


@dataclass(frozen=True, kw_only=True)
class Detrend(Filter):
    """Takes out the mean of the time around each sample; near a wall, of what there is of it.

    A straight line goes, spikes much shorter than the window stay.

    >>> Detrend(window=0.5).margin(1000.0)
    250
    """

    window: float = param(1.0, unit="s", low=1e-3, high=600, help="Length of the time whose mean is taken.")

    def margin(self, sampling_rate: float) -> int:
        return max(1, round(self.window * sampling_rate / 2))

    def apply(
        self, samples: NDArray[np.float32], sampling_rate: float, *, wall_before: bool, wall_after: bool
    ) -> NDArray[np.float32]:
        n, half = samples.shape[0], self.margin(sampling_rate)
        # From the first sample, so that a large offset does not cost digits.
        level = samples[:1].astype(np.float64)
        total = np.concatenate([np.zeros_like(level), np.cumsum(samples - level, axis=0)])
        reach = np.minimum(half, np.minimum(np.arange(n), np.arange(n)[::-1]))
        low, high = np.arange(n) - reach, np.arange(n) + reach + 1
        mean = (total[high] - total[low]) / (high - low)[:, None]
        return np.asarray(samples - (mean + level), np.float32)
