"""Spikes as fast rises."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors import Columns, Survey
from spikelens.detectors._spaced import SpacedDetector, margin_for, samples
from spikelens.detectors._trace import Trace
from spikelens.kernels.peaks import have_fallen, summits_between
from spikelens.kernels.scan import rise_crossings
from spikelens.kernels.sections import weighted
from spikelens.params import param
from spikelens.passes import Chunk

SMOOTHED_ABOVE = 2.2
"""Traces sampled at more than this many times the smoothing frequency are smoothed."""


@dataclass(frozen=True, kw_only=True)
class Slope(SpacedDetector):
    """Rises of 20 V/s or more that reach a peak soon: the rule of IPFX (Allen Institute).

    A rise counts if the trace has fallen since the one before it; its peak lies before
    the next rise. dV/dt is that of the trace through a 4-pole Bessel filter of zero
    phase where the sampling is fast enough to need one; heights are those of the trace.

    >>> Slope().parameters()["min_peak"]
    -0.03
    """

    references: ClassVar[tuple[str, ...]] = ("IPFX (Allen Institute for Brain Science), for the rule",)

    cutoff: float = param(20.0, unit="V/s", low=1e-3, help="Least dV/dt of a spike's rise.")
    min_height: float = param(
        0.002, unit="V", low=0, help="Least height of the peak over the start of the rise."
    )
    min_peak: float = param(-0.030, unit="V", low=-0.2, high=0.2, help="Least voltage of the peak.")
    max_interval: float = param(
        0.005, unit="s", low=1e-4, high=0.1, help="Longest time from the start of the rise to the peak."
    )
    smooth: float | None = param(
        10_000.0,
        unit="Hz",
        low=100,
        help="Smoothing of dV/dt, where the sampling is fast enough; none: never.",
    )

    def margin(self, sampling_rate: float) -> int:
        smoothing = self._weights(sampling_rate).size
        return margin_for(3 * self.max_interval, sampling_rate) + smoothing

    def candidates(self, chunk: Chunk, survey: Survey) -> Columns:
        trace, rate = Trace.of(chunk), chunk.sampling_rate
        reach = max(samples(self.max_interval, rate), 1)
        shape, least = trace.values, trace.least_step(self.cutoff / rate)
        if self._weights(rate).size > 1:
            shape, least = _smoothed(chunk, self._weights(rate)), self.cutoff / rate
        first, last = chunk.core
        rise = np.float32(least)
        starts = rise_crossings(shape, rise, first, last + reach + 1)
        starts = starts[have_fallen(shape, starts, rise, reach)]
        peaks = summits_between(trace.values, starts, reach)
        mine = (starts < last) & (peaks >= 0)
        starts, peaks = starts[mine], peaks[mine]
        high = trace.volts(peaks) >= self.min_peak
        tall = trace.volts(peaks) - trace.volts(starts) >= self.min_height
        return {"sample_index": chunk.start + peaks[high & tall]}

    def _weights(self, sampling_rate: float) -> NDArray[np.float64]:
        return np.ones(1) if self.smooth is None else _weights(self.smooth, sampling_rate)


@cache
def _weights(frequency: float, sampling_rate: float) -> NDArray[np.float64]:
    """What a 4-pole Bessel low-pass makes of an impulse, forth and back; 1 where none is needed.

    A filter so short is applied as a weighted sum, which is local and the same for any chunk.
    """
    if sampling_rate <= SMOOTHED_ABOVE * frequency:
        return np.ones(1)
    from scipy.signal import bessel, sosfilt

    # The slowest pole falls by e in about a quarter of 1/frequency; near half the
    # sampling rate a few samples more.
    impulse = np.zeros(int(8 * sampling_rate / frequency) + 32)
    impulse[0] = 1
    once = sosfilt(bessel(4, frequency, fs=sampling_rate, output="sos"), impulse)
    weights = np.correlate(once, once, "full")
    return np.asarray(weights / weights.sum(), np.float64)


def _smoothed(chunk: Chunk, weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """The chunk's trace through the filter, float32, turned about its end values beyond them."""
    half = weights.size // 2
    trace = np.pad(chunk.trace, half, mode="reflect", reflect_type="odd")
    out = np.empty(chunk.trace.size, np.float32)
    weighted(trace, weights, out)
    return out
