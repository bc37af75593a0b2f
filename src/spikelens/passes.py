"""Passes over a recording: which chunks there are, how one is read, which blocks are surveyed.

A chunk answers for its core; the margin around it lets a local rule look left and right,
so that the joined answer does not depend on where chunks were cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.scale import scaled
from spikelens.recording import Recording
from spikelens.stretches import Stretch, Stretches

SURVEY_BLOCK = 0.5
"""Length of a survey block, s."""
SURVEY_BLOCKS = 64
"""At most so many blocks are surveyed, whatever the length of the recording."""


@dataclass(frozen=True)
class Span:
    """Which samples a chunk answers for, and which it is given."""

    stretch: Stretch
    core_start: int
    core_stop: int
    start: int
    stop: int


@dataclass(frozen=True)
class Chunk:
    """Samples of one stretch: a core to answer for, with a margin as far as walls allow.

    Parameters
    ----------
    stored : array, (n_samples, n_channels)
        As stored; ``samples`` has them in V or A.
    gain, offset : float64 array, (n_channels,)
    sign : int
        -1 if the trace is turned over, so that spikes always point up.
    span : Span
    sampling_rate : float, Hz
    """

    stored: NDArray[Any]
    gain: NDArray[np.float64]
    offset: NDArray[np.float64]
    sign: int
    span: Span
    sampling_rate: float

    @property
    def start(self) -> int:
        """Index in the recording of the first sample."""
        return self.span.start

    @property
    def core(self) -> tuple[int, int]:
        """First and last-plus-one sample of the core, counted within the chunk."""
        return self.span.core_start - self.span.start, self.span.core_stop - self.span.start

    @cached_property
    def samples(self) -> NDArray[np.float32]:
        """The samples in V or A, spikes pointing up, shape (n_samples, n_channels)."""
        return _sealed(scaled(self.stored, self.gain * self.sign, self.offset * self.sign))

    @cached_property
    def trace(self) -> NDArray[np.float32]:
        """The samples of a one-channel chunk, shape (n_samples,), read-only and contiguous."""
        assert self.samples.shape[1] == 1
        return _sealed(np.ascontiguousarray(self.samples[:, 0]))


def _sealed(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same samples, read-only.

    A kernel is compiled once more for each kind of array: memory-mapped files are
    read-only, so chunks of all files are.
    """
    sealed = samples.view(np.ndarray)
    sealed.flags.writeable = False
    return sealed


def spans(stretches: Stretches, chunk_samples: int, margin: int) -> Iterator[Span]:
    """Cut stretches into cores of at most `chunk_samples`, each with its margin.

    Cores lie on a grid counted from the start of each stretch; together they cover
    every stretch exactly once.
    """
    assert chunk_samples > 0 and margin >= 0
    for stretch in stretches:
        for low in range(stretch.start, stretch.stop, chunk_samples):
            high = min(low + chunk_samples, stretch.stop)
            start, stop = max(low - margin, stretch.start), min(high + margin, stretch.stop)
            yield Span(stretch, low, high, start, stop)


def read_chunk(recording: Recording, span: Span, sign: int = 1) -> Chunk:
    """The chunk of a span."""
    return Chunk(
        stored=recording.stored(span.start, span.stop),
        gain=recording.gain,
        offset=recording.offset,
        sign=sign,
        span=span,
        sampling_rate=recording.sampling_rate,
    )


def survey_spans(recording: Recording, stretches: Stretches, seed: int = 0) -> list[Span]:
    """At most `SURVEY_BLOCKS` blocks, spread over the stretches; the same for every run.

    Short recordings are surveyed whole; of long ones one block is drawn from each of
    `SURVEY_BLOCKS` equal parts, so that slow changes are seen.
    """
    length = max(1, round(SURVEY_BLOCK * recording.sampling_rate))
    in_each = -(-(stretches.stop - stretches.start) // length)
    n_blocks = int(in_each.sum())
    if n_blocks <= SURVEY_BLOCKS:
        return list(spans(stretches, length, 0))
    edges = np.linspace(0, n_blocks, SURVEY_BLOCKS + 1).astype(int)
    drawn = np.random.default_rng(seed).integers(edges[:-1], edges[1:])
    ends = np.cumsum(in_each)
    where = np.searchsorted(ends, drawn, "right")
    low = stretches.start[where] + (drawn - (ends - in_each)[where]) * length
    high = np.minimum(low + length, stretches.stop[where])
    every = list(stretches)
    return [
        Span(every[k], a, b, a, b)
        for k, a, b in zip(where.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
