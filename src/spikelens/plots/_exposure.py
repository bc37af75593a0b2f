"""Spikes per observed second: blanked and excluded time is no time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.spikes import Spikes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def observed_seconds(spikes: Spikes, edges: Ints) -> Floats:
    """Observed seconds between consecutive `edges` (samples, increasing)."""
    samples = np.diff(spikes.stretches.observed_before(edges))
    return np.asarray(samples / spikes.sampling_rate, np.float64)


def rates(spikes: Spikes, edges: Ints) -> Floats:
    """Spikes per second between consecutive `edges` (samples); NaN where nothing was observed."""
    counts = np.histogram(spikes.sample_index, edges)[0] if edges.size > 1 else np.empty(0)
    seconds = observed_seconds(spikes, edges)
    found = np.full(counts.size, np.nan)
    found[seconds > 0] = counts[seconds > 0] / seconds[seconds > 0]
    return found


def unobserved(spikes: Spikes, bounds: Ints, shown: tuple[int, int]) -> Ints:
    """Samples within `shown` that lie in no stretch, cut at sweeps' `bounds`: (n_gaps, 2), in order."""
    stretches = spikes.stretches
    cuts = np.unique(np.clip(np.concatenate([stretches.start, stretches.stop, bounds, shown]), *shown))
    gaps = np.column_stack([cuts[:-1], cuts[1:]]).astype(np.int64)
    return gaps[stretches.at(cuts[:-1]) < 0]
