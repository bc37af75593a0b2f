"""Spikes as peaks of the band-passed trace, measured in units of its noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from spikelens.detectors import Columns, Survey
from spikelens.detectors._spaced import SpacedDetector, margin_for, samples
from spikelens.detectors._trace import Trace
from spikelens.errors import BadParameter
from spikelens.kernels.peaks import are_outdone, high_peaks
from spikelens.params import param
from spikelens.passes import Chunk
from spikelens.recording import Quantity

MAD_OF_NORMAL = 0.6745
"""Median absolute deviation of a normal distribution, in its standard deviations."""
TALL = 0.9
"""Quantile of the heights that stands for a recording's tall peaks."""
ECHOES = ((3.0, 1), (10.0, 2))
"""A peak so many times smaller than a swing within so many neighbourhoods is the filter's echo of it."""
HIGHEST_EDGE = 0.45
"""The band ends below this share of the sampling rate."""


@dataclass(frozen=True, kw_only=True)
class BandpassMad(SpacedDetector):
    """Peaks of the band-passed trace above a multiple of its noise level.

    The noise level is the median absolute deviation over 0.6745, which spikes hardly
    change (Quian Quiroga, Nadasdy and Ben-Shaul 2004), from blocks all over the recording.
    A peak near a swing several times as large, either way, is the filter's ringing or
    the foot of that spike, and is left out; so is the ringing of a spike that a wall cuts.

    >>> BandpassMad().prefilter(10_000.0)[1]["high"]
    4500.0
    """

    references: ClassVar[tuple[str, ...]] = (
        "Quian Quiroga, Nadasdy and Ben-Shaul (2004) Neural Comput 16:1661, for the noise level",
    )

    quantities: ClassVar[tuple[Quantity, ...]] = ("voltage", "current")

    cutoff: float = param(5.0, low=0.1, high=1000, help="Least height, as a multiple of the noise level.")
    low: float | None = param(
        300.0,
        unit="Hz",
        low=0.1,
        help="Lower edge of the pass band; none: a low-pass, for many channels alone.",
    )
    high: float | None = param(
        6000.0,
        unit="Hz",
        low=1,
        help="Upper edge of the pass band, at most .45 of the sampling rate; none: a high-pass.",
    )
    neighbourhood: float = param(
        0.003,
        unit="s",
        low=0,
        high=0.1,
        help="A spike is the largest peak so far to either side: beyond the filter's side lobes.",
    )

    share: float = param(
        0.0,
        low=0,
        high=1,
        help="Least height, as a share of the recording's tall peaks; for traces of a single cell.",
    )

    def prefilter(self, sampling_rate: float) -> tuple[str, Mapping[str, object]]:
        high = None if self.high is None else min(self.high, HIGHEST_EDGE * sampling_rate)
        return "butterworth", {"low": self.low, "high": high, "order": 3}

    def margin(self, sampling_rate: float) -> int:
        return margin_for(2 * self.neighbourhood, sampling_rate)

    def survey(self, blocks: Sequence[Chunk]) -> Survey:
        if self.low is None:
            raise BadParameter(
                "bandpass_mad counts heights from 0, where one channel has an offset: give --low, in Hz"
            )
        if not blocks:
            return {"noise_level": float("nan")}
        values = np.concatenate([block.trace for block in blocks])
        deviation = np.abs(values - np.median(values))
        return {"noise_level": float(np.median(deviation)) / MAD_OF_NORMAL}

    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        trace = Trace.of(chunk)
        limit = trace.least_above(self.cutoff * survey["noise_level"])
        brief = len(chunk.span.stretch) <= 2 * samples(self.neighbourhood, chunk.sampling_rate)
        # A stretch no longer than the filter's lobes shows nothing else.
        if brief or limit is None or not survey["noise_level"] > 0:
            return {"sample_index": np.empty(0, np.int64)}
        apart = samples(self.neighbourhood, chunk.sampling_rate)
        peaks = high_peaks(trace.values, limit, *chunk.core, apart)
        for times, reach in ECHOES:
            peaks = peaks[~are_outdone(trace.values, peaks, times, reach * apart)]
        return {"sample_index": chunk.start + peaks}

    def pick(self, table: Columns, survey: Survey, sampling_rate: float) -> Columns:
        spaced = super().pick(table, survey, sampling_rate)["verdict"]
        heights = table["height"][spaced == "spike"]
        tall = np.quantile(heights, TALL) if heights.size else 0.0
        small = (spaced == "spike") & (table["height"] < self.share * tall)
        return {"verdict": np.where(small, "too_small", spaced)}
