"""Spikes as peaks of the trace's match with the recording's own largest events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors import Columns, Survey
from spikelens.detectors._candidates import FALL_WITHIN, RISE_WITHIN, noise_levels
from spikelens.detectors._spaced import SpacedDetector, margin_for, samples
from spikelens.kernels.peaks import high_peaks
from spikelens.kernels.tops import find_tops, gaussian_weights, smooth
from spikelens.params import param
from spikelens.passes import Chunk
from spikelens.recording import Quantity

_SMOOTHING = 1.2e-4
_COMPARABLE = 0.5
"""Events smaller than this share of the largest are left out of the template."""
_SURE = 8.0
"""Events of the template stand so many noise levels above both their sides."""
_RATE = 0.5
"""At most so many of the largest events per second of survey make the template, Hz."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Template(SpacedDetector):
    """A matched filter: the median of the largest events, slid along the trace.

    The median is taken sample by sample around the highest events of the survey, less its
    own mean, and scaled so that such an event matches with 1 (Turin 1960).

    >>> Template().cutoff
    0.5
    """

    quantities: ClassVar[tuple[Quantity, ...]] = ("voltage", "current")

    cutoff: float = param(0.5, low=0.01, high=10, help="Least match; the median of the largest events has 1.")
    before: float = param(
        1e-3, unit="s", low=1e-4, high=0.01, help="The template begins so long before a peak."
    )
    after: float = param(2e-3, unit="s", low=1e-4, high=0.01, help="And ends so long after it.")
    neighbourhood: float = param(
        0.001, unit="s", low=0, high=0.1, help="A spike is the best match so far to either side."
    )

    def margin(self, sampling_rate: float) -> int:
        return margin_for(self.before + self.after + 2 * self.neighbourhood, sampling_rate)

    def survey(self, blocks: Sequence[Chunk]) -> Survey:
        levels = noise_levels(blocks)
        rate = blocks[0].sampling_rate if blocks else 0.0
        # One sample has no shape.
        if samples(self.before, rate) + samples(self.after, rate) < 2:
            return {"template": np.empty(0)}
        found = [self._events(block, float(levels["noise_level"])) for block in blocks]
        sizes = np.concatenate([size for size, _ in found])
        if not sizes.size:
            return {"template": np.empty(0)}
        windows = np.concatenate([window for _, window in found])
        seconds = sum(len(block.trace) / block.sampling_rate for block in blocks)
        largest = np.argsort(-sizes, kind="stable")[: max(1, round(_RATE * seconds))]
        largest = largest[sizes[largest] >= _COMPARABLE * sizes.max()]
        usual = np.median(windows[largest], axis=0)
        usual -= usual.mean()
        return {"template": usual / (usual @ usual)}

    def _events(self, block: Chunk, noise: float) -> tuple[Floats, Floats]:
        """Sizes and windows of what stands out in a block."""
        rate = block.sampling_rate
        first, last = samples(self.before, rate), samples(self.after, rate)
        values = smooth(block.trace, gaussian_weights(_SMOOTHING * rate))
        apart = max(1, samples(self.neighbourhood, rate))
        rise = max(1, samples(RISE_WITHIN, rate))
        fall = max(rise, samples(FALL_WITHIN, rate))
        tops = find_tops(values, first, values.size - last, apart, rise, fall, _SURE * noise)
        windows = block.trace[tops[:, None] + np.arange(-first, last)].astype(np.float64)
        return np.ptp(windows, axis=1), windows

    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        template, rate = survey["template"], chunk.sampling_rate
        if not 1 < template.size <= chunk.trace.size:
            return {"sample_index": np.empty(0, np.int64)}
        first = samples(self.before, rate)
        match = np.full(chunk.trace.size, -np.inf)
        # A sum over the template's places, in one order, gives the same bytes in any chunk.
        match[first : first + chunk.trace.size - template.size + 1] = _slid(chunk.trace, template)
        low, high = chunk.core
        best = high_peaks(match, self.cutoff, low, high, samples(self.neighbourhood, rate))
        return {
            "sample_index": chunk.start + _climbed(chunk.trace, best, samples(self.neighbourhood, rate) // 2)
        }


def _slid(trace: NDArray[np.float32], template: Floats) -> Floats:
    out = np.zeros(trace.size - template.size + 1)
    for k, weight in enumerate(template):
        out += weight * trace[k : k + out.size]
    return out


def _climbed(trace: NDArray[np.float32], best: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
    """The highest sample of the trace close to each best match."""
    if not best.size:
        return best
    at = np.clip(best[:, None] + np.arange(-reach, reach + 1), 0, trace.size - 1)
    return np.unique(at[np.arange(best.size), np.argmax(trace[at], axis=1)]).astype(np.int64)
