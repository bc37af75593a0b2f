"""Windows as lists of numbers, with or without their resting level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.classifiers import Classifier
from spikelens.models import Ground
from spikelens.params import param


@dataclass(frozen=True, kw_only=True)
class Waveform(Classifier):
    """The samples themselves, less each window's median, so that the resting level does not matter."""

    centred: bool = param(True, help="Take each window's median away; the 2017 study's raw lists did not.")

    def describe(self, values: NDArray[np.float32], sampling_rate: float, ground: Ground) -> NDArray[Any]:
        if not self.centred:
            return values
        return values - np.median(values, axis=1, keepdims=True)
