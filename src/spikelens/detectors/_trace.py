"""A chunk's one channel as the kernels take it: stored integers where that is exact."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.passes import Chunk


@dataclass(frozen=True)
class Trace:
    """Values with ``volts = values * gain + offset`` and gain > 0; V stands for A too.

    Small integers stay as they are stored and cutoffs are turned into stored numbers, so
    that the fast path decides exactly as the slow one; all else is float32 in V.
    """

    values: NDArray[Any]
    gain: float = 1.0
    offset: float = 0.0

    @classmethod
    def of(cls, chunk: Chunk) -> Self:
        """The trace of a one-channel chunk."""
        stored, gain = chunk.stored[:, 0], float(chunk.gain[0]) * chunk.sign
        small = stored.dtype.kind in "iu" and stored.dtype.itemsize <= 2
        if small and stored.dtype.isnative and gain > 0:
            return cls(stored, gain, float(chunk.offset[0]) * chunk.sign)
        return cls(chunk.trace)

    def least_above(self, level: float) -> Any:
        """The least value that stands above `level` (V); None if the type has none."""
        kind = self.values.dtype.type
        if self.values.dtype.kind == "f":
            nearest = kind(level)
            return np.nextafter(nearest, kind(np.inf)) if float(nearest) <= level else nearest
        held = np.iinfo(self.values.dtype)
        every = range(held.min, held.max + 1)
        place = bisect_right(every, np.float64(level), key=lambda v: np.float64(self._volts(v)))
        return kind(every[place]) if place < len(every) else None

    def least_step(self, volts: float) -> float:
        """The least difference of values that makes at least `volts`."""
        if self.values.dtype.kind == "f":
            return volts
        steps = int(np.ceil(volts / self.gain))
        return float(steps - 1 if (steps - 1) * self.gain >= volts else steps)

    def volts(self, at: NDArray[np.int64]) -> NDArray[np.float64]:
        """The samples `at`, V, rounded as float32 is."""
        return np.asarray(self._volts(self.values[at].astype(np.float64)), np.float64)

    def _volts(self, value: Any) -> Any:
        # As kernels.scale does: float64, then rounded to float32.
        return np.float32(value * self.gain + self.offset)
