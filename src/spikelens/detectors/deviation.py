"""The rule of the 2017 study: far from the mean of a short window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikelens.detectors import Columns, Survey
from spikelens.detectors._spaced import SpacedDetector, margin_for
from spikelens.kernels.peaks import farthest
from spikelens.params import param
from spikelens.passes import Chunk


@dataclass(frozen=True, kw_only=True)
class Deviation(SpacedDetector):
    """The sample farthest from its window's mean, up or down, if farther than a cutoff.

    Windows lie on a grid from each sweep's start; each gives one event at most, and one
    that reaches across a wall or an edge of its sweep is left out. Where a spike lies on
    a border, both windows may have an event; the dead time leaves the higher.

    >>> Deviation().window
    100
    """

    cutoff: float = param(0.020, unit="V", low=0, high=1, help="Least distance from the window's mean.")
    window: int = param(100, low=2, high=100_000, help="Length of a window, in samples.")

    def margin(self, sampling_rate: float) -> int:
        return margin_for(0.0, sampling_rate) + self.window

    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        values, gain = chunk.trace, 1.0
        if chunk.stored.dtype.isnative:
            values, gain = chunk.stored[:, 0], abs(float(chunk.gain[0]))
        found = farthest(values, self._windows(chunk), self.window, self.cutoff / gain)
        return {"sample_index": chunk.start + found[found >= 0]}

    def _windows(self, chunk: Chunk) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """First samples, within the chunk, of the windows that begin in its core."""
        stretch, span = chunk.span.stretch, chunk.span
        origin = stretch.sweep_start
        first = -(-(span.core_start - origin) // self.window)
        last = -(-(span.core_stop - origin) // self.window)
        starts = origin + np.arange(first, last, dtype=np.int64) * self.window
        return starts[starts + self.window <= stretch.stop] - chunk.start
