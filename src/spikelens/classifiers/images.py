"""The 2017 study's classifier: it looks at pictures of the windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.classifiers import Classifier
from spikelens.kernels.pictures import pictures
from spikelens.models import Ground
from spikelens.params import param
from spikelens.windows import Windows, value_range


@dataclass(frozen=True, kw_only=True)
class Images(Classifier):
    """Windows as small grey pictures, pixel by pixel, with one y-range for the whole recording."""

    size: str = param("32", choices=("32", "64"), help="Width and height of the pictures, pixels.")
    y_range: str = param(
        "recording",
        choices=("recording", "window"),
        help="What a picture's height stands for: the recording's range, or each window's own.",
    )

    def ground(self, windows: Windows) -> dict[str, NDArray[Any]]:
        return {"y_range": np.array(value_range(windows.recording))}

    def draw(self, values: NDArray[np.float32], ground: Ground) -> NDArray[np.uint8]:
        """The pictures, uint8 (n_windows, size, size)."""
        low, high = (np.float64(y) for y in ground["y_range"])
        if self.y_range == "window":
            return pictures(values, values.min(axis=1), values.max(axis=1), int(self.size))
        return pictures(values, low, high, int(self.size))

    def describe(self, values: NDArray[np.float32], sampling_rate: float, ground: Ground) -> NDArray[Any]:
        return self.draw(values, ground).reshape(len(values), -1)
