"""Detection on many channels: a spike is the largest of its neighbourhood in time and space.

Settings alone; `probesearch` does the work, and imports what it needs for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from spikelens import rooms
from spikelens.errors import BadParameter
from spikelens.params import Method, param

if TYPE_CHECKING:
    from spikelens.detectors.bandpass_mad import BandpassMad
    from spikelens.filters._notched import AnyFilter
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
    order: int | None = param(
        None, low=1, high=20, help="Order of the filter; by default 3 of butterworth, 4 of bessel."
    )
    causal: bool = param(
        False, help="Filter once, forward in time, and delay spikes, instead of twice with zero phase."
    )
    notch: float | None = param(
        None, unit="Hz", low=1, help="Mains frequency to take out as well, 20 Hz wide; by default none is."
    )
    harmonics: int = param(1, low=1, high=50, help="How many multiples of it, itself included.")
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

    def filter_for(self, detector: BandpassMad, sampling_rate: float) -> AnyFilter | None:
        """The filter, with the detector's edges at this rate (Hz).

        Raises
        ------
        BadParameter
            An order or harmonics without the filter that they are of.
        """
        self._check()
        made = self._band(detector, sampling_rate)
        if self.notch is None:
            return made
        from spikelens.filters._notched import with_notch

        return with_notch(made, frequency=self.notch, harmonics=self.harmonics, causal=self.causal)

    def _band(self, detector: BandpassMad, sampling_rate: float) -> RecursiveFilter | None:
        if self.filter is None:
            return None
        usual, parameters = detector.prefilter(sampling_rate)
        own = {k: v for k, v in parameters.items() if k in ("low", "high") or self.filter == usual}
        own |= {"causal": self.causal} | ({} if self.order is None else {"order": self.order})
        made: RecursiveFilter = rooms.load("filters", self.filter).from_parameters(own)
        return made

    def _check(self) -> None:
        if self.filter is None and self.order is not None:
            raise BadParameter("--order is of a filter, and --filter none was asked for")
        if self.notch is None and self.harmonics > 1:
            raise BadParameter("--harmonics are multiples of what --notch takes out: give --notch too")
