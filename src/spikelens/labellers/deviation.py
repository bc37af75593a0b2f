"""The 2017 study's rule: a window is a spike if it strays far from its own mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikelens.labellers import Given, Labeller
from spikelens.labels import Labels
from spikelens.params import param
from spikelens.windows import Windows


@dataclass(frozen=True, kw_only=True)
class Deviation(Labeller):
    """Spike where the minimum or maximum lies farther from the window's mean than a cutoff."""

    cutoff: float = param(
        0.020,
        unit="V",
        low=0,
        help="Farthest from its mean that a window of noise strays; V, or A for a current.",
    )

    def label(self, windows: Windows, given: Given) -> Labels:
        values = windows.read()
        mean = values.mean(axis=1, dtype=np.float64)
        farthest = np.maximum(values.max(axis=1) - mean, mean - values.min(axis=1))
        return Labels.of(windows, farthest > self.cutoff, f"deviation {self.cutoff:g}")
