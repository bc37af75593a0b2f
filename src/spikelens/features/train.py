"""Numbers per train: rate, latency, intervals, adaptation, bursts and pauses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Feature, TrainRule
from spikelens.params import param

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Train(TrainRule):
    """Rates, intervals and their irregularity, bursts and pauses.

    Only intervals between neighbours of one stretch count, and only pairs of intervals
    that share a spike are compared. Bursts and pauses are plain rules on intervals, not
    IPFX's optimisation: their parameters say what they are.
    """

    references: ClassVar[tuple[str, ...]] = (
        "Holt et al. (1996) J Neurophysiol 75:1806, for CV2",
        "Shinomoto, Shima and Tanji (2003) Neural Comput 15:2823, for LV",
    )

    burst_interval: float = param(
        0.01, unit="s", low=1e-4, help="Intervals within a burst are no longer than this."
    )
    burst_spikes: int = param(3, low=2, help="Fewest spikes that make a burst.")
    pause_factor: float = param(3.0, low=1, help="A pause is longer than so many median intervals.")

    features: ClassVar[tuple[Feature, ...]] = (
        Feature("spikes", "", "Number of spikes.", "", "spike_count"),
        Feature(
            "average_rate",
            "Hz",
            "Spikes per observed time.",
            "avg_rate",
            "mean_frequency",
            formula="spikes / observed time",
        ),
        Feature(
            "latency",
            "s",
            "First spike after the stimulus' start, or the sweep's.",
            "latency",
            "time_to_first_spike",
            formula="t₁ - start",
        ),
        Feature("first_isi", "s", "First interval.", "first_isi", "doublet_ISI", formula="t₂ - t₁"),
        Feature("mean_isi", "s", "Mean interval.", "mean_isi"),
        Feature("median_isi", "s", "Median interval.", "median_isi"),
        Feature(
            "isi_cv",
            "",
            "Standard deviation (n) of the intervals over their mean.",
            "isi_cv",
            "ISI_CV",
            formula="√(mean (I - mean I)²) / mean I",
        ),
        Feature(
            "cv2",
            "",
            "Mean of 2|a - b| / (a + b) over successive intervals a, b (Holt et al. 1996).",
            formula="mean of 2 |I₂ - I₁| / (I₂ + I₁)",
        ),
        Feature(
            "lv",
            "",
            "Mean of 3 (a - b)² / (a + b)² over them (Shinomoto et al. 2003).",
            formula="mean of 3 (I₂ - I₁)² / (I₂ + I₁)²",
        ),
        Feature(
            "adaptation_index",
            "",
            "Mean of (b - a) / (a + b) over them.",
            "adapt",
            "adaptation_index",
            formula="mean of (I₂ - I₁) / (I₂ + I₁)",
        ),
        Feature("bursts", "", "Runs of `burst_spikes` or more at most `burst_interval` apart."),
        Feature(
            "pauses",
            "",
            "Intervals longer than `pause_factor` times the median.",
            formula="number of I > pause_factor * median I",
        ),
    )

    def measure(self, times: Floats, stretch: Ints, exposure: float, origin: float) -> Mapping[str, float]:
        intervals = _intervals(times, stretch)
        isi = np.concatenate([np.empty(0), *intervals])
        after = times[times >= origin]
        return {
            "spikes": float(times.size),
            "average_rate": times.size / exposure if exposure > 0 else NAN,
            "latency": float(after[0] - origin) if after.size else NAN,
            "first_isi": float(isi[0]) if isi.size else NAN,
            "mean_isi": float(isi.mean()) if isi.size else NAN,
            "median_isi": float(np.median(isi)) if isi.size else NAN,
            "isi_cv": float(isi.std() / isi.mean()) if isi.size and isi.mean() > 0 else NAN,
            **_irregularity(intervals),
            "bursts": float(sum(self._bursts(run) for run in intervals)),
            "pauses": float((isi > self.pause_factor * np.median(isi)).sum()) if isi.size > 1 else 0.0,
        }

    def _bursts(self, isi: Floats) -> int:
        short = np.concatenate([[0], isi <= self.burst_interval, [0]]).astype(np.int64)
        edges = np.flatnonzero(np.diff(short))
        return int((edges[1::2] - edges[::2] >= self.burst_spikes - 1).sum())


def _intervals(times: Floats, stretch: Ints) -> list[Floats]:
    """Intervals of each stretch by itself, s."""
    walls = np.flatnonzero(np.diff(stretch)) + 1
    bounds = [0, *walls.tolist(), times.size]
    return [np.diff(times[a:b]) for a, b in pairwise(bounds)]


def _irregularity(intervals: list[Floats]) -> dict[str, float]:
    """How successive intervals differ: NaN where no two share a spike."""
    changes = [np.diff(isi) for isi in intervals if isi.size > 1]
    sums = [isi[1:] + isi[:-1] for isi in intervals if isi.size > 1]
    if not changes:
        return {"cv2": NAN, "lv": NAN, "adaptation_index": NAN}
    total = np.concatenate(sums)
    relative = np.concatenate(changes) / np.where(total > 0, total, 1.0)
    return {
        "cv2": float(2 * np.abs(relative).mean()),
        "lv": float(3 * (relative**2).mean()),
        "adaptation_index": float(relative.mean()),
    }
