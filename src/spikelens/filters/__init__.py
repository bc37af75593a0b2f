"""The filters' room: samples in, samples out.

Filters are applied in canonical blocks: block k of a filtered recording is a pure
function of the recording, the parameters and k, whatever the chunk size.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.params import Method


@dataclass(frozen=True, kw_only=True)
class Filter(Method):
    """A linear filter in time, or a reference across channels."""

    @abstractmethod
    def margin(self, sampling_rate: float) -> int:
        """Samples to either side after which the filter has forgotten what lies beyond.

        Raises
        ------
        BadParameter
            The filter cannot exist at this sampling rate.
        """

    @abstractmethod
    def apply(
        self, samples: NDArray[np.float32], sampling_rate: float, *, wall_before: bool, wall_after: bool
    ) -> NDArray[np.float32]:
        """Filter samples, shape (n_samples, n_channels), and return as many.

        Parameters
        ----------
        wall_before, wall_after : bool
            Whether the first or last sample stands at a wall, where the trace is extended
            as SciPy's ``filtfilt`` does; elsewhere the caller cuts the margin off.
        """
