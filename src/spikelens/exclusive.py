"""Detection on many channels: a spike is the largest of its neighbourhood in time and space.

Settings alone; `probesearch` does the work, and imports what it needs for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from spikelens import rooms
from spikelens.params import Method, param

if TYPE_CHECKING:
    from spikelens.detectors.bandpass_mad import BandpassMad
    from spikelens.filters._recursive import RecursiveFilter
    from spikelens.preparing import Reference

ENOUGH_FOR_MEDIAN = 8
"""Of fewer channels a median holds too much of each one's own spikes."""


@dataclass(frozen=True, kw_only=True)
class Exclusive(Method):
    """How many channels are prepared, and which of their peaks are one spike."""

    references: ClassVar[tuple[str, ...]] = ()

    probe: str | None = param(None, help="Geometry of the probe: a JSON file as probeinterface writes it.")
    filter: str | None = param(
        "butterworth",
        choices=("butterworth", "bessel"),
        help="Filter of all channels, with the edges of the method; or none.",
    )
    reference: str | None = param(
        "auto",
        choices=("auto", "median", "mean"),
        help="What is taken out of every channel; auto is the median of 8 channels or more; or none.",
    )
    radius: float = param(
        50.0, unit="um", low=0, help="Of peaks on contacts so near each other the largest stays."
    )
    apart: float = param(
        8e-4, unit="s", low=0, high=0.1, help="Of peaks on near contacts within this time the largest stays."
    )

    def reference_of(self, n_channels: int) -> Reference:
        """The reference for so many channels."""
        if self.reference == "auto":
            return "median" if n_channels >= ENOUGH_FOR_MEDIAN else "none"
        return cast("Reference", self.reference or "none")

    def filter_for(self, detector: BandpassMad, sampling_rate: float) -> RecursiveFilter | None:
        """The filter, with the detector's edges at this rate (Hz)."""
        if self.filter is None:
            return None
        usual, parameters = detector.prefilter(sampling_rate)
        edges = {k: v for k, v in parameters.items() if k in ("low", "high") or self.filter == usual}
        made: RecursiveFilter = rooms.load("filters", self.filter).from_parameters(edges)
        return made
