"""Spikes as crossings of a fixed level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from spikelens.detectors import Columns, Survey
from spikelens.detectors._spaced import SpacedDetector, margin_for, samples
from spikelens.detectors._trace import Trace
from spikelens.kernels.peaks import summits_above
from spikelens.kernels.scan import up_crossings
from spikelens.params import param
from spikelens.passes import Chunk


@dataclass(frozen=True, kw_only=True)
class Level(SpacedDetector):
    """The highest point of each excursion above a fixed level, as eFEL counts spikes.

    An excursion runs from an up-crossing to the next down-crossing. One that a wall
    cuts off within the search is none: its peak may lie beyond. Nor is one that stays at
    its highest value until the end of the search: it is saturated. Of one that outlasts
    the search, the search decides alone, whether or not it ever comes down; eFEL, which
    sees the whole trace, counts none that does not.

    >>> Level(cutoff=-0.01).parameters()["cutoff"]
    -0.01
    """

    references: ClassVar[tuple[str, ...]] = ("eFEL (Blue Brain Project), for the rule",)

    cutoff: float = param(-0.020, unit="V", low=-0.2, high=0.2, help="Level that a spike must pass.")
    search: float = param(
        0.020, unit="s", low=1e-4, high=1, help="The peak is sought so long after the up-crossing."
    )

    def margin(self, sampling_rate: float) -> int:
        return margin_for(self.search, sampling_rate)

    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        trace = Trace.of(chunk)
        limit = trace.least_above(self.cutoff)
        if limit is None:
            return {"sample_index": np.empty(0, np.int64)}
        crossings = up_crossings(trace.values, limit, *chunk.core)
        reach = max(samples(self.search, chunk.sampling_rate), 1)
        peaks = summits_above(trace.values, crossings, limit, reach)
        return {"sample_index": chunk.start + peaks[peaks >= 0]}
