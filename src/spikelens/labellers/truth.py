"""Labels from known spike times, such as a simulation's."""

from __future__ import annotations

from dataclasses import dataclass

from spikelens.errors import MissingFact
from spikelens.labellers import Given, Labeller
from spikelens.labels import Labels
from spikelens.windows import Windows


@dataclass(frozen=True, kw_only=True)
class Truth(Labeller):
    """Spike where the peak of a true spike lies in the window."""

    def label(self, windows: Windows, given: Given) -> Labels:
        if given.spike_samples is None:
            raise MissingFact("the labeller truth needs spike times: give --truth FILE")
        return Labels.of(windows, windows.hold(given.spike_samples), "truth")
