"""From stored samples of many channels to filtered rows, block by block, in buffers that are used again."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spikelens.blocks import Block
from spikelens.filters._notched import AnyFilter
from spikelens.filters._recursive import designed, edge_length
from spikelens.kernels.memory import aligned
from spikelens.kernels.references import less_mean, less_median, weigh
from spikelens.kernels.rows import Cascade, arrange, filter_rows
from spikelens.kernels.scale import scaled
from spikelens.recording import Recording

Reference = Literal["median", "mean", "none"]
Rows = NDArray[Any]
"""Filtered samples, spikes pointing up, (n_samples, n_channels)."""

SHORTEST_BLOCK = 0.5
"""Blocks are at least so long, s."""
MARGINS_PER_BLOCK = 4
"""Blocks are at least so many margins long: filtering costs at most half as much again."""
FORGETFUL = 1500
"""A filter that has forgotten after so many samples is as exact in float32 as stored integers are:
to a thousandth of a step. Slower ones are run in float64."""

_of_thread = threading.local()
_NOTHING_HELD = (None, 0, np.empty(0))


@dataclass(frozen=True)
class Preparation:
    """How the samples of all channels are referenced, filtered and turned over.

    Parameters
    ----------
    recording : Recording
    filter : RecursiveFilter, Notched or None
    reference : "median", "mean" or "none"
        What is taken out of each sample, over the channels that are kept.
    weight : float32 array, (n_channels,)
        1 where spikes point up, -1 where they point down, 0 for a channel left out.
    offset : int32 or float32 array, (n_channels,)
        Each channel's resting value, as stored; taken out before channels are compared.
    """

    recording: Recording
    filter: AnyFilter | None
    reference: Reference
    weight: NDArray[np.float32]
    offset: NDArray[Any]

    @cached_property
    def margin(self) -> int:
        """Samples after which the filter has forgotten."""
        return 0 if self.filter is None else self.filter.margin(self.recording.sampling_rate)

    @property
    def block_samples(self) -> int:
        """Length of a block; from the filter and the sampling rate alone."""
        return max(round(SHORTEST_BLOCK * self.recording.sampling_rate), MARGINS_PER_BLOCK * self.margin, 1)

    @cached_property
    def counts(self) -> bool:
        """Whether rows are in stored counts: 16-bit integers of one gain."""
        dtype, channels = self.recording.source.dtype, self.recording.channels
        alike = len({c.gain for c in channels}) == 1 and channels[0].gain > 0
        return dtype == np.int16 and dtype.isnative and alike

    @property
    def gain(self) -> float:
        """What a row's unit is in V or A."""
        return self.recording.channels[0].gain if self.counts else 1.0

    def rows(self, block: Block) -> Rows:
        """The filtered samples of a block; valid until this thread asks for the next."""
        margin = self.margin
        start = max(block.start - margin, block.stretch.start)
        stop = min(block.stop + margin, block.stretch.stop)
        before, after = self._extensions(stop - start)
        before *= start == block.stretch.start
        after *= stop == block.stretch.stop
        work = _buffer(before + stop - start + after, self.recording.source.shape[1], self._dtype)
        inner = work[before : before + stop - start]
        self._fill(self.stored(start, stop), inner)
        if self.filter is not None:
            _extend(work, before, after)
            filter_rows(work, self._cascade, causal=self.filter.causal)
        return inner[block.start - start : block.stop - start]

    def stored(self, start: int, stop: int) -> NDArray[Any]:
        """Samples as stored; those of the block that this thread asked for last are not read again."""
        source, first, held = getattr(_of_thread, "stored", None) or _NOTHING_HELD
        if source is not self.recording.source or not first <= start <= stop <= first + len(held):
            # Let go of first, so that two blocks are never in memory.
            held = _of_thread.stored = None
            first, held = start, self.recording.stored(start, stop)
            _of_thread.stored = (self.recording.source, first, held)
        return held[start - first : stop - first]

    @cached_property
    def _cascade(self) -> Cascade:
        assert self.filter is not None
        return arrange(*designed(self.filter, self.recording.sampling_rate))

    @property
    def _dtype(self) -> type[np.floating[Any]]:
        return np.float32 if self.margin <= FORGETFUL else np.float64

    def _extensions(self, n: int) -> tuple[int, int]:
        """By how many samples the trace is extended at a wall, as SciPy's ``filtfilt`` does."""
        if self.filter is None or self.filter.causal:
            return 0, 0
        sections, _ = designed(self.filter, self.recording.sampling_rate)
        length = min(edge_length(sections), n - 1)
        return length, length

    def _fill(self, stored: NDArray[Any], out: Rows) -> None:
        """Write referenced, weighed samples into `out`."""
        if self.counts:
            kernel = {"median": less_median, "mean": less_mean, "none": weigh}[self.reference]
            kernel(np.ascontiguousarray(stored), self.offset.astype(np.int16), self.weight, out)
            return
        gain = self.recording.gain
        volts = scaled(stored, gain, -gain * self.offset)
        if self.reference == "none":
            np.multiply(volts, self.weight, out=out)
            return
        np.subtract(volts, self._common(volts), out=out)
        out *= self.weight

    def _common(self, volts: NDArray[np.float32]) -> NDArray[np.float32] | float:
        if not self.weight.any():
            return 0.0
        kept = volts[:, self.weight != 0]
        if self.reference == "median":
            middle: NDArray[np.float32] = np.median(kept, axis=1, keepdims=True)
            return middle
        mean: NDArray[np.float32] = kept.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
        return mean


def _buffer(n_rows: int, n_channels: int, dtype: type[np.floating[Any]]) -> Rows:
    """Memory of this thread, used again for each block: fresh pages cost as much as half the filter."""
    held = getattr(_of_thread, "buffer", None)
    n_bytes = n_rows * n_channels * np.dtype(dtype).itemsize
    if held is None or held.nbytes < n_bytes:
        held = _of_thread.buffer = aligned((n_bytes,), np.uint8)
    return held[:n_bytes].view(dtype).reshape(n_rows, n_channels)


def _extend(work: Rows, before: int, after: int) -> None:
    """Turn the samples about their first and last row, into the rows beyond them."""
    n = work.shape[0]
    first, last = work[before], work[n - 1 - after]
    if before:
        work[:before] = 2 * first - work[2 * before : before : -1]
    if after:
        work[n - after :] = 2 * last - work[n - 2 - after : n - 2 - 2 * after : -1]
