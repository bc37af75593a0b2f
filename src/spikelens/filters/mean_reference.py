"""Common mean reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.filters._reference import CommonReference


@dataclass(frozen=True, kw_only=True)
class MeanReference(CommonReference):
    """Takes the mean of all channels out of each, at every sample (Ludwig et al. 2009)."""

    def shared(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(samples.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32))
