"""The labellers' room: from windows to labels.

A labeller is weak or strong: a rule on the samples, the truth of a simulation, a
person's file, or a vote. It says who it is in every label's author.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.labels import Labels
from spikelens.params import Method
from spikelens.windows import Windows


@dataclass(frozen=True)
class Given:
    """What a labeller may be given besides the windows."""

    spike_samples: NDArray[np.int64] | None = None
    """Peaks of true spikes, counted through the file."""
    labels: tuple[Labels, ...] = ()
    """What others have said."""


@dataclass(frozen=True, kw_only=True)
class Labeller(Method):
    """A way to label windows."""

    @abstractmethod
    def label(self, windows: Windows, given: Given) -> Labels:
        """Label each window.

        Raises
        ------
        MissingFact
            It needs something that was not given; the message names the flag.
        """
