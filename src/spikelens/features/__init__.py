"""The features' room: numbers per spike, and per train.

A feature that cannot be had is NaN, and the column ``notes`` says why; it is never a
guess. Spikes point up; the caller turns columns back where they point down.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.params import Method
from spikelens.passes import Chunk

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Feature:
    """What a column means: a row of the manual's table."""

    name: str
    unit: str
    """SI: V, A, s, V/s, or empty."""
    meaning: str
    """One sentence with the definition."""
    ipfx: str = ""
    """The name in IPFX, if it has it."""
    efel: str = ""
    """The name in eFEL, if it has it."""
    formula: str = ""
    """The definition as a formula in plain text, where words alone leave a doubt."""


@dataclass(frozen=True, kw_only=True)
class SpikeRule(Method):
    """A set of definitions of per-spike features."""

    features: ClassVar[tuple[Feature, ...]] = ()

    def margin(self, sampling_rate: float) -> int | None:
        """Samples to either side of a peak that its numbers depend on; None: the whole stretch."""
        return None

    @abstractmethod
    def measure(self, chunk: Chunk, peaks: NDArray[np.int64]) -> Columns:
        """Measure spikes of a one-channel chunk.

        Parameters
        ----------
        chunk : Chunk
            With `margin` around each peak it answers for, as far as walls allow.
        peaks : int64 array, sorted
            Peak samples counted within the chunk, of all spikes in it: neighbours too.

        Returns
        -------
        dict of arrays, one entry per peak
            One column per `Feature`; columns ending in ``_time`` are fractional samples
            within the chunk (the caller makes them seconds); and ``notes`` (str).
        """


@dataclass(frozen=True, kw_only=True)
class TrainRule(Method):
    """A set of definitions for trains of spikes."""

    features: ClassVar[tuple[Feature, ...]] = ()

    @abstractmethod
    def measure(
        self, times: NDArray[np.float64], stretch: NDArray[np.int64], exposure: float, origin: float
    ) -> Mapping[str, float]:
        """Measure one train.

        Parameters
        ----------
        times : float64 array, (n_spikes,), s, sorted
        stretch : int64 array, (n_spikes,)
            The stretch of each spike; an interval that crosses a wall is none.
        exposure : float, s
            Observed time.
        origin : float, s
            What latency counts from: the stimulus' start, or the sweep's.
        """
