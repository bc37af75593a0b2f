"""What all rules share: of events too close together, the higher stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikelens.detectors import BASE_WINDOW, Columns, Detector, Survey
from spikelens.kernels.table import keep_highest
from spikelens.params import param


@dataclass(frozen=True, kw_only=True)
class SpacedDetector(Detector):
    """A detector with a dead time."""

    refractory: float = param(
        1e-3, unit="s", low=0, high=1, help="Of two events closer than this, the higher stays."
    )

    def dead_time(self, sampling_rate: float) -> int:
        return samples(self.refractory, sampling_rate)

    def pick(self, table: Columns, survey: Survey, sampling_rate: float) -> Columns:
        dead = self.dead_time(sampling_rate)
        kept = keep_highest(table["sample_index"], table["stretch"], table["peak"], dead)
        return {"verdict": np.where(kept, "spike", "")}


def samples(seconds: float, sampling_rate: float) -> int:
    """A duration in samples, to the nearest."""
    return round(seconds * sampling_rate)


def margin_for(reach: float, sampling_rate: float) -> int:
    """The margin of a rule that looks `reach` seconds around, the local base included."""
    return samples(reach + BASE_WINDOW, sampling_rate) + 3
