"""Filtered recordings in canonical blocks.

Block k of a stretch is a pure function of the recording, the filter's parameters and k:
it is filtered with a margin in which the filter forgets what lies beyond, and cut out.
So it does not matter in which chunks, in what order or by which worker a filtered
recording is read: every sample has the same bytes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikelens.passes import Span, read_chunk
from spikelens.recording import Recording
from spikelens.stretches import Stretch, Stretches

SHORTEST_BLOCK = 0.5
"""Blocks are at least so long, s."""
MARGINS_PER_BLOCK = 4
"""Blocks are at least so many margins long: filtering costs at most half as much again."""
BLOCKS_KEPT = 4
"""Blocks held in memory, so that chunks that overlap do not filter twice."""


class BlockFilter(Protocol):
    """What a filter must offer; see the filters' room."""

    def margin(self, sampling_rate: float) -> int:
        """Samples after which the filter has forgotten."""
        ...

    def apply(
        self, samples: NDArray[np.float32], sampling_rate: float, *, wall_before: bool, wall_after: bool
    ) -> NDArray[np.float32]:
        """The filtered samples, as many as were given."""
        ...


def filtered(recording: Recording, filter_: BlockFilter, stretches: Stretches) -> Recording:
    """A recording whose samples are filtered as they are read.

    Parameters
    ----------
    recording : Recording
    filter_ : BlockFilter
        One of the filters' room, made with its parameters.
    stretches : Stretches
        What to filter; the filter starts anew in each. Other samples read as NaN.

    Returns
    -------
    Recording
        Same channels, sweeps and facts; samples are float32, V or A.

    Raises
    ------
    BadParameter
        The filter cannot exist at the recording's sampling rate.
    """
    source = FilteredSource(recording, filter_, stretches, filter_.margin(recording.sampling_rate))
    channels = tuple(dataclasses.replace(c, gain=1.0, offset=0.0) for c in recording.channels)
    return dataclasses.replace(recording, source=source, channels=channels)


@dataclass(frozen=True)
class FilteredSource:
    """A recording's samples, filtered block by block when read; pickles without blocks."""

    recording: Recording
    filter: BlockFilter
    stretches: Stretches
    margin: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.recording.source.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)

    @property
    def block_samples(self) -> int:
        """Length of a block; from the parameters and the sampling rate alone."""
        shortest = round(SHORTEST_BLOCK * self.recording.sampling_rate)
        return max(shortest, MARGINS_PER_BLOCK * self.margin, 1)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        out = np.full((stop - start, self.shape[1]), np.nan, np.float32)
        length = self.block_samples
        for stretch in self.stretches.overlapping(start, stop):
            low, high = max(start, stretch.start), min(stop, stretch.stop)
            for k in range((low - stretch.start) // length, (high - 1 - stretch.start) // length + 1):
                at = stretch.start + k * length
                a, b = max(low, at), min(high, at + length)
                out[a - start : b - start] = self._block(stretch, k)[a - at : b - at]
        return out

    @cached_property
    def _block(self) -> Callable[[Stretch, int], NDArray[np.float32]]:
        return lru_cache(maxsize=BLOCKS_KEPT)(self._filter_block)

    def _filter_block(self, stretch: Stretch, k: int) -> NDArray[np.float32]:
        low = stretch.start + k * self.block_samples
        high = min(low + self.block_samples, stretch.stop)
        start, stop = max(low - self.margin, stretch.start), min(high + self.margin, stretch.stop)
        chunk = read_chunk(self.recording, Span(stretch, low, high, start, stop))
        done = self.filter.apply(
            chunk.samples,
            chunk.sampling_rate,
            wall_before=start == stretch.start,
            wall_after=stop == stretch.stop,
        )
        # A copy, so that the cache does not hold the margins.
        return done[low - start : high - start].copy()

    def __getstate__(self) -> dict[str, object]:
        return {k: v for k, v in self.__dict__.items() if k != "_block"}
