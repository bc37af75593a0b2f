"""Spikes as peaks that stand out from both their sides."""

from __future__ import annotations

from dataclasses import dataclass

from spikelens.detectors import Columns, Survey
from spikelens.detectors._spaced import SpacedDetector, margin_for, samples
from spikelens.detectors._trace import Trace
from spikelens.kernels.peaks import prominent_peaks
from spikelens.params import param
from spikelens.passes import Chunk


@dataclass(frozen=True, kw_only=True)
class Prominence(SpacedDetector):
    """Peaks with a given prominence within a short time, largest of their neighbourhood.

    Prominence is that of ``scipy.signal.peak_prominences``, sought over half of `within`
    to either side; slow depolarisations do not count, however large.

    >>> Prominence().margin(20_000.0)
    323
    """

    cutoff: float = param(0.010, unit="V", low=1e-6, high=1, help="Least prominence of a spike.")
    within: float = param(0.010, unit="s", low=2e-4, high=1, help="Time, in all, that prominence looks at.")
    neighbourhood: float = param(
        0.001, unit="s", low=0, high=0.1, help="A spike is the largest peak so far to either side."
    )

    def margin(self, sampling_rate: float) -> int:
        # A level top may be half of `within` long before its middle is known.
        return margin_for(self.within + self.neighbourhood, sampling_rate)

    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        trace, rate = Trace.of(chunk), chunk.sampling_rate
        half = max(samples(self.within / 2, rate), 1)
        apart = samples(self.neighbourhood, rate)
        least = trace.least_step(self.cutoff)
        peaks = prominent_peaks(trace.values, least, *chunk.core, half, apart)
        return {"sample_index": chunk.start + peaks}
