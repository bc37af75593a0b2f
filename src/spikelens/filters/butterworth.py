"""Butterworth filters: flat in the pass band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikelens.filters._recursive import RecursiveFilter, Sections, band
from spikelens.params import param


@dataclass(frozen=True, kw_only=True)
class Butterworth(RecursiveFilter):
    """High-, low- or band-pass, as flat in the pass band as can be (Butterworth 1930).

    Zero phase by default, which squares the attenuation: 6 dB at the edges.

    >>> Butterworth(low=300, high=None).margin(20_000.0)
    392
    """

    low: float | None = param(300.0, unit="Hz", low=1e-3, help="Lower edge of the pass band; none: low-pass.")
    high: float | None = param(
        6000.0, unit="Hz", low=1e-3, help="Upper edge of the pass band; none: high-pass."
    )
    order: int = param(3, low=1, high=20, help="Order of the filter; a band-pass has twice the poles.")

    def sections(self, sampling_rate: float) -> Sections:
        from scipy.signal import butter

        kind, edges = band(self.low, self.high, sampling_rate)
        return np.asarray(butter(self.order, edges, kind, fs=sampling_rate, output="sos"), np.float64)
