"""Labels by majority of several authors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikelens.errors import MissingFact
from spikelens.labellers import Given, Labeller
from spikelens.labels import NONE, Labels
from spikelens.params import param
from spikelens.windows import Windows


@dataclass(frozen=True, kw_only=True)
class Vote(Labeller):
    """What most authors say; where they are equally many, the window stays without a label."""

    least: float = param(
        0.5, low=0.0, high=1.0, help="Share of the votes that a class must exceed, or reach if it is 1."
    )

    def label(self, windows: Windows, given: Given) -> Labels:
        if len(given.labels) < 2:
            raise MissingFact(
                "the labeller vote needs the labels of several authors: give --labels more than once"
            )
        laid = [labels.laid_on(windows) for labels in given.labels]
        classes = tuple(dict.fromkeys(name for labels in laid for name in labels.classes))
        votes = np.array([sum(labels.names == name for labels in laid) for name in classes])
        cast = votes.sum(axis=0)
        share = votes.max(axis=0) / np.maximum(cast, 1)
        clear = (votes == votes.max(axis=0)).sum(axis=0) == 1
        enough = (share > self.least) | ((share == 1) & (cast > 0))
        codes = np.where(clear & enough, votes.argmax(axis=0), NONE)
        probability = np.where(codes == NONE, np.nan, share)
        return Labels.of(windows, codes, f"vote of {len(laid)}", classes=classes, probability=probability)
