"""Common median reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.filters._reference import CommonReference


@dataclass(frozen=True, kw_only=True)
class MedianReference(CommonReference):
    """Takes the median of all channels out of each, at every sample; a spike on few channels stays."""

    def shared(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(np.median(samples, axis=1, keepdims=True), np.float32)
