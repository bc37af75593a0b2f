"""Where stored numbers come from: anything that can be sliced in time, and pickled.

A source hands out samples as stored, usually integers; the recording's channels say
what they mean in volts or amperes. Sources stay small when pickled: a mapped file is
its path, not its contents.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnreadableFile

Stored = NDArray[Any]
"""Samples as stored, shape (n_samples, n_channels)."""


class Source(Protocol):
    """What a recording needs of its samples."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n_samples, n_channels), sweeps chained."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the stored numbers."""
        ...

    def read(self, start: int, stop: int) -> Stored:
        """Samples `start` to `stop`, 0 <= start <= stop <= n_samples, all channels."""
        ...


@dataclass(frozen=True)
class ArraySource:
    """Samples already in memory."""

    array: Stored

    @property
    def shape(self) -> tuple[int, int]:
        return self.array.shape[0], self.array.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

    def read(self, start: int, stop: int) -> Stored:
        return self.array[start:stop]


@dataclass(frozen=True)
class MappedSource:
    """A stretch of a file, mapped into memory when first read.

    Parameters
    ----------
    path : Path
    stored : str
        NumPy's name of the stored type, with its byte order: ``"<i2"``.
    n_samples, n_channels : int
    offset : int, bytes
        Where the first sample stands in the file.
    channels_first : bool
        The file holds one channel after the other instead of one sample after the other.
    """

    path: Path
    stored: str
    n_samples: int
    n_channels: int
    offset: int = 0
    channels_first: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_samples, self.n_channels

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.stored)

    @cached_property
    def _mapped(self) -> Stored:
        shape = self.shape[::-1] if self.channels_first else self.shape
        mapped = np.memmap(self.path, self.dtype, mode="r", offset=self.offset, shape=shape)
        return mapped.T if self.channels_first else mapped

    def read(self, start: int, stop: int) -> Stored:
        mapped = self._mapped
        # To touch pages of a mapping that its file has lost would end the process.
        if _size(self.path) < self.offset + mapped.nbytes:
            raise self._truncated
        return np.asarray(mapped[start:stop])

    @property
    def _truncated(self) -> UnreadableFile:
        return UnreadableFile(
            f"{self.path} was truncated or replaced while it was read; run again once it is whole"
        )

    def __getstate__(self) -> dict[str, object]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_mapped", "_opened")}


@dataclass(frozen=True)
class CalledSource(MappedSource):
    """The same stretch, one sample after the other, read by calls of the system.

    Where a disk fails, or another thread's file shrinks, a call returns an error; to touch
    a page of a mapping then ends the process. Each read is a copy.
    """

    def read(self, start: int, stop: int) -> Stored:
        out = np.empty((stop - start, self.n_channels), self.dtype)
        rest = out.reshape(-1).view(np.uint8).data
        at = self.offset + start * self.n_channels * self.dtype.itemsize
        try:
            while rest.nbytes:
                n_read = os.preadv(self._opened.number, [rest], at)
                if not n_read:
                    raise self._truncated
                rest, at = rest[n_read:], at + n_read
        except OSError as why:
            raise UnreadableFile(f"cannot read {self.path}: {why.strerror or why}") from why
        return out

    @cached_property
    def _opened(self) -> _Descriptor:
        # Held, so that a file put in its place is not taken for it half-way.
        return _Descriptor(os.open(self.path, os.O_RDONLY))


class _Descriptor:
    """An open file, closed with the last who holds it."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.close(self.number)


def _size(path: Path) -> float:
    """Bytes of a file; of one that is gone as many as one likes, since its mapping lives on."""
    try:
        return path.stat().st_size
    except OSError:
        return math.inf


class Segmented(Protocol):
    """A recording of segments whose traces are asked for, as SpikeInterface's are."""

    def get_traces(self, *, segment_index: int, start_frame: int, end_frame: int) -> Stored:
        """Samples of one segment as stored, all channels."""
        ...

    def get_dtype(self) -> Any:
        """Type of the stored numbers."""
        ...


@dataclass(frozen=True)
class SegmentSource:
    """One segment of another library's lazy recording."""

    recording: Segmented
    segment: int
    shape: tuple[int, int]

    @property
    def dtype(self) -> np.dtype[Any]:
        stored: np.dtype[Any] = np.dtype(self.recording.get_dtype())
        return stored

    def read(self, start: int, stop: int) -> Stored:
        return self.recording.get_traces(segment_index=self.segment, start_frame=start, end_frame=stop)


@dataclass(frozen=True)
class ChosenChannels:
    """Some channels of another source."""

    source: Source
    channels: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        return self.source.shape[0], len(self.channels)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.source.dtype

    def read(self, start: int, stop: int) -> Stored:
        return self.source.read(start, stop)[:, list(self.channels)]


@dataclass(frozen=True)
class ChainedSource:
    """Several sources of the same channels, one after the other, such as sweeps."""

    parts: Sequence[Source]

    @property
    def shape(self) -> tuple[int, int]:
        return int(self._starts[-1]), self.parts[0].shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(*{part.dtype for part in self.parts})

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum([p.shape[0] for p in self.parts])]).astype(np.int64)

    def read(self, start: int, stop: int) -> Stored:
        first = int(np.searchsorted(self._starts, start, "right")) - 1
        read = []
        for part, at in zip(self.parts[first:], self._starts[first:], strict=False):
            if at >= stop:
                break
            read.append(part.read(max(start - int(at), 0), min(stop - int(at), part.shape[0])))
        if len(read) == 1:
            return read[0]
        return np.concatenate(read) if read else np.empty((0, self.shape[1]), self.dtype)


def by_calls(source: Source) -> Source:
    """The same samples, read by calls where their file holds them so and the system can."""
    if isinstance(source, ChosenChannels):
        return dataclasses.replace(source, source=by_calls(source.source))
    if not isinstance(source, MappedSource) or source.channels_first or not hasattr(os, "preadv"):
        return source
    return CalledSource(*(getattr(source, field.name) for field in dataclasses.fields(source)))


def reopened(source: Source) -> Source:
    """The same samples behind a mapping of its own, so that pages read so far can be let go.

    Pages of a mapped file count as this process's memory for as long as the mapping lives.
    Sources that are not mapped are handed on as they are.
    """
    if isinstance(source, ChosenChannels):
        return dataclasses.replace(source, source=reopened(source.source))
    return copy.copy(source) if isinstance(source, MappedSource) else source
