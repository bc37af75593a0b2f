"""Bessel filters: they keep the shape of a spike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikelens.filters._recursive import RecursiveFilter, Sections, band
from spikelens.params import param


@dataclass(frozen=True, kw_only=True)
class Bessel(RecursiveFilter):
    """High-, low- or band-pass with an even delay, so that pulses do not ring (Thomson 1949).

    Edges are those of the phase's midpoint, as in ``scipy.signal.bessel`` by default.

    >>> Bessel(high=2000).sections(20_000.0).shape
    (2, 6)
    """

    low: float | None = param(None, unit="Hz", low=1e-3, help="Lower edge of the pass band; none: low-pass.")
    high: float | None = param(
        10_000.0, unit="Hz", low=1e-3, help="Upper edge of the pass band; none: high-pass."
    )
    order: int = param(4, low=1, high=20, help="Order of the filter; a band-pass has twice the poles.")

    def sections(self, sampling_rate: float) -> Sections:
        from scipy.signal import bessel

        kind, edges = band(self.low, self.high, sampling_rate)
        return np.asarray(bessel(self.order, edges, kind, fs=sampling_rate, output="sos"), np.float64)
