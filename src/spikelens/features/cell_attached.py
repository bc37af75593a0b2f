"""Numbers per spike of currents and extracellular voltages: size, duration, polarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Columns, Feature, SpikeRule
from spikelens.kernels.attached import attached
from spikelens.params import param
from spikelens.passes import Chunk

WINDOW = 5e-3
"""Base and trough are sought this long (s) before and after the peak."""
BASE = (3e-3, 1e-3)
"""The base is the median from so long to so long (s) before the peak."""
FEW_SAMPLES = 3.0
"""A width of fewer samples than this is limited by sampling."""


@dataclass(frozen=True, kw_only=True)
class CellAttached(SpikeRule):
    """Peak-to-peak size, duration, half width and polarity; no voltage of the membrane.

    For cell-attached recordings in V or A, unclamped action currents and extracellular
    traces. Sizes are positive and in the trace's unit.
    """

    timescale: float = param(
        1.0, low=0.05, high=100, help="Stretches all search windows; above 1 for slow spikes."
    )

    features: ClassVar[tuple[Feature, ...]] = (
        Feature(
            "peak_to_peak",
            "V or A",
            "From the peak to the lowest sample within 5 ms after it.",
            formula="V(peak) - min V, from the peak to 5 ms after it",
        ),
        Feature(
            "peak_size",
            "V or A",
            "From the base, the median 3 to 1 ms before the peak, to the peak.",
            formula="V(peak) - base, base = median V from 3 to 1 ms before the peak",
        ),
        Feature(
            "trough_size",
            "V or A",
            "From the base down to the trough; negative if it stays above.",
            formula="base - min V",
        ),
        Feature("trough_time", "s", "Where the trough is."),
        Feature("duration", "s", "From peak to trough.", formula="trough_time - peak"),
        Feature(
            "width",
            "s",
            "Time above half way from base to peak.",
            formula="t₂ - t₁, V(t₁) = V(t₂) = (base + V(peak)) / 2",
        ),
        Feature("polarity", "", "1 if the larger phase points up in the recording, -1 if down."),
        Feature("limited", "", "Sampling, where the width has fewer than 3 samples."),
    )

    def margin(self, sampling_rate: float) -> int:
        return self._windows(sampling_rate)[0] + 2

    def measure(self, chunk: Chunk, peaks: NDArray[np.int64]) -> Columns:
        rate = chunk.sampling_rate
        base, top, trough, width = attached(chunk.trace, peaks, self._windows(rate)).T
        low = np.where(np.isnan(trough), np.nan, chunk.trace[np.nan_to_num(trough).astype(np.int64)])
        few = width < FEW_SAMPLES
        return {
            "peak_to_peak": top - low,
            "peak_size": top - base,
            "trough_size": base - low,
            "trough_time": trough,
            "duration": (trough - peaks) / rate,
            "width": width / rate,
            "polarity": np.full(peaks.size, float(chunk.sign)),
            "limited": np.where(few, "sampling", ""),
            "notes": _notes(base, trough, width, few),
        }

    def _windows(self, rate: float) -> tuple[int, ...]:
        """The search window, and where the base begins and ends, in samples."""
        return tuple(max(1, round(t * rate * self.timescale)) for t in (WINDOW, *BASE))


def _notes(
    base: NDArray[np.float64],
    trough: NDArray[np.float64],
    width: NDArray[np.float64],
    few: NDArray[np.bool_],
) -> NDArray[np.str_]:
    found = {
        "no base before the peak": np.isnan(base),
        "clipped": np.isnan(trough),
        "half height not reached on both sides": np.isnan(width) & ~np.isnan(base),
        "width below 3 samples": few,
    }
    rows = zip(*found.values(), strict=True)
    return np.array(["; ".join(w for w, yes in zip(found, row, strict=True) if yes) for row in rows], np.str_)
