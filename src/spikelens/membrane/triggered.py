"""Spike-triggered averages, with what chance would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.triggered import add_windows
from spikelens.membrane.passing import Coarse
from spikelens.membrane.rule import MembraneRule
from spikelens.spikes import Spikes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONTROL = (0.025, 0.975)
"""The control band reaches from one to the other quantile of the shuffled averages, at each lag by itself."""


@dataclass(frozen=True)
class Triggered:
    """The average of a trace around spikes, and around spikes that are shifted in time."""

    lag: Floats
    """From the spike's peak, s; negative before it."""
    mean: Floats
    """V or A; NaN where no spike could be used."""
    control: Floats
    """Mean of the shuffled averages, V or A."""
    low: Floats
    """Lower end of the control band, V or A."""
    high: Floats
    n_used: int
    n_left_out: int
    """Spikes nearer to a wall than the average reaches."""

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Lags where the average leaves the control band."""
        return (self.mean < self.low) | (self.mean > self.high)


def trigger_average(coarse: Coarse, spikes: Spikes, rule: MembraneRule) -> Triggered:
    """Average a coarse trace around spikes.

    The control shifts the train of each stretch by a random time, around its end to its
    start: as many spikes, the same intervals, and no relation to the trace.

    Parameters
    ----------
    coarse : Coarse
    spikes : Spikes
    rule : MembraneRule
        Its ``reach``, ``shuffles`` and ``seed``.
    """
    reach = max(1, round(rule.reach * coarse.sampling_rate))
    bins, stretch = coarse.bin_of(spikes.sample_index)
    held = bins >= 0
    bins, stretch = bins[held], stretch[held]
    mean, n_used = _average(coarse, bins, stretch, reach)
    shuffled = (
        _shuffled(coarse, bins, stretch, reach, rule) if n_used > 1 else np.full((1, mean.size), np.nan)
    )
    low, high = np.quantile(shuffled, CONTROL, axis=0)
    lag = np.arange(-reach, reach + 1) / coarse.sampling_rate
    return Triggered(lag, mean, shuffled.mean(axis=0), low, high, n_used, len(spikes) - n_used)


def _average(coarse: Coarse, bins: Ints, stretch: Ints, reach: int) -> tuple[Floats, int]:
    inside = (bins - reach >= coarse.first[stretch]) & (bins + reach < coarse.first[stretch + 1])
    total = np.zeros(2 * reach + 1)
    add_windows(coarse.values, bins[inside], reach, total)
    n = int(inside.sum())
    return (total / n if n else np.full(total.size, np.nan)), n


def _shuffled(coarse: Coarse, bins: Ints, stretch: Ints, reach: int, rule: MembraneRule) -> Floats:
    """Averages around shifted trains, (n_shuffles, n_lags), without those that left no spike to use."""
    rng = np.random.default_rng(rule.seed)
    lengths = np.diff(coarse.first)
    found = []
    for _ in range(rule.shuffles):
        shift = rng.integers(0, np.maximum(lengths, 1))
        inside = (bins - coarse.first[stretch] + shift[stretch]) % lengths[stretch]
        mean, n = _average(coarse, coarse.first[stretch] + inside, stretch, reach)
        if n:
            found.append(mean)
    return np.array(found) if found else np.full((1, 2 * reach + 1), np.nan)
