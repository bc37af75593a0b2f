"""A filter with mains hum taken out as well, in one run through the samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikelens.filters._recursive import RecursiveFilter, Sections, designed, memory
from spikelens.filters.notch import Notch

WIDTH = 20.0
"""Hz that a notch beside a filter of many channels is wide at -3 dB. It has forgotten within 0.3 s; one of a
few Hz would need seconds of all channels in memory."""


@dataclass(frozen=True)
class Notched:
    """A filter and a notch as one; both run once or both twice."""

    filter: RecursiveFilter
    notch: Notch

    @property
    def causal(self) -> bool:
        """Whether they are run once, forward in time."""
        return self.filter.causal

    def sections(self, sampling_rate: float) -> Sections:
        """Those of both, as second-order sections."""
        return np.concatenate([f.sections(sampling_rate) for f in (self.notch, self.filter)])

    def margin(self, sampling_rate: float) -> int:
        """Samples after which the slower of both has forgotten."""
        return memory(designed(self, sampling_rate)[0], sampling_rate, "notch")

    def facts(self) -> dict[str, object]:
        """What results tell of it: the filter's name and parameters, then the notch's."""
        told = {"notch": self.notch.frequency, "harmonics": self.notch.harmonics}
        return {**facts_of(self.filter), **told}


AnyFilter = RecursiveFilter | Notched


def facts_of(filter_: AnyFilter) -> dict[str, object]:
    """What results tell of a filter: its name and parameters."""
    if isinstance(filter_, Notched):
        return filter_.facts()
    return {"name": filter_.method_name(), **filter_.parameters()}


def with_notch(
    filter_: RecursiveFilter | None, *, frequency: float, harmonics: int, causal: bool
) -> AnyFilter:
    """A filter, if there is one, and beside it a notch of `WIDTH` at a frequency (Hz) and its harmonics."""
    notch = Notch(frequency=frequency, quality=frequency / WIDTH, harmonics=harmonics, causal=causal)
    return notch if filter_ is None else Notched(filter_, notch)
