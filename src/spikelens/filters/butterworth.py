"""Butterworth filters: flat in the pass band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.filters._recursive import RecursiveFilter, Sections, band
from spikelens.params import param

NO_POLE = -1.0
"""The analogue pole that becomes 0: a section with it is of first order."""


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
        kind, edges = band(self.low, self.high, sampling_rate)
        # Edges are bent so that they stay where they are once s = (z - 1) / (z + 1).
        warped = np.tan(np.pi * np.atleast_1d(edges) / sampling_rate)
        analogue = _poles(self.order, warped, kind == "highpass")
        poles = (1 + analogue) / (1 - analogue)
        poles = poles[np.argsort(np.abs(poles).max(axis=1), kind="stable")]
        zeros = {"lowpass": (-1.0, -1.0), "highpass": (1.0, 1.0), "bandpass": (1.0, -1.0)}[kind]
        flat = {"lowpass": 1.0, "highpass": -1.0, "bandpass": np.exp(2j * np.arctan(np.sqrt(warped.prod())))}
        return _sections(np.where(poles == 0, 0, zeros), poles, flat[kind])


def _poles(order: int, edges: NDArray[np.float64], is_high: bool) -> NDArray[np.complex128]:
    """The analogue poles of each section, (n_sections, 2), for edges in rad/s."""
    # The poles above the real axis stand for those below, too.
    upper = np.exp(0.5j * np.pi * (1 + np.arange(1, order, 2) / order))
    if edges.size == 1:
        pairs = edges / upper if is_high else edges * upper
        alone = np.full((order % 2, 2), (-edges[0], NO_POLE))
        return np.concatenate([np.column_stack([pairs, pairs.conj()]), alone])
    both = _band_poles(upper, edges).ravel()
    return np.concatenate(
        [np.column_stack([both, both.conj()]), _band_poles(np.full(order % 2, -1 + 0j), edges)]
    )


def _band_poles(poles: NDArray[np.complex128], edges: NDArray[np.float64]) -> NDArray[np.complex128]:
    """The two poles of a band-pass that each pole of a low-pass of 1 rad/s becomes."""
    middle = 0.5 * (edges[1] - edges[0]) * poles
    apart = np.sqrt(middle**2 - edges.prod())
    return np.column_stack([middle + apart, middle - apart])


def _sections(zeros: NDArray[np.complex128], poles: NDArray[np.complex128], flat: complex) -> Sections:
    """Sections of two zeros and two poles each, whose gain is 1 at a point of the unit circle."""
    above, below = (
        np.column_stack([np.ones(len(roots)), -roots.sum(axis=1), roots.prod(axis=1)]).real
        for roots in (zeros, poles)
    )
    at = flat ** -np.arange(3)
    return np.column_stack([above * np.abs(below @ at / (above @ at))[:, None], below])
