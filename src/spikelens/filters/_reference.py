"""What common references share: they look at one sample of all channels, and remember nothing."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import BadParameter
from spikelens.filters import Filter


@dataclass(frozen=True, kw_only=True)
class CommonReference(Filter):
    """Takes out of every channel what all channels share."""

    @abstractmethod
    def shared(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the channels share at each sample, (n_samples, 1)."""

    def margin(self, sampling_rate: float) -> int:
        return 0

    def apply(
        self, samples: NDArray[np.float32], sampling_rate: float, *, wall_before: bool, wall_after: bool
    ) -> NDArray[np.float32]:
        if samples.shape[1] < 2:
            raise BadParameter(f"{self.method_name()} needs several channels: of one it leaves nothing")
        return samples - self.shared(samples)
