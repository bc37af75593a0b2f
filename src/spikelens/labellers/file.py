"""Labels from a file, such as those given by hand."""

from __future__ import annotations

from dataclasses import dataclass

from spikelens.errors import BadParameter, MissingFact
from spikelens.labellers import Given, Labeller
from spikelens.labels import Labels
from spikelens.windows import Windows


@dataclass(frozen=True, kw_only=True)
class File(Labeller):
    """What a file says; windows it does not name stay without a label."""

    def label(self, windows: Windows, given: Given) -> Labels:
        if not given.labels:
            raise MissingFact("the labeller file needs labels: give --labels FILE")
        if len(given.labels) > 1:
            raise BadParameter("the labeller file takes one --labels; the labeller vote takes several")
        return given.labels[0].laid_on(windows)
