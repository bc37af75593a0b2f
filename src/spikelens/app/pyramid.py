"""A pyramid of minima and maxima over one channel, built chunk by chunk and usable meanwhile.

Level L has columns of ``2 ** L`` samples. Levels below `BASE` are made from the samples
when they are asked for; the others are kept, in memory while they are built and then in
a file of the user's cache, mapped, which is found again by the recording's fingerprint.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import OutputError
from spikelens.files import write_atomically
from spikelens.folders import user_cache
from spikelens.kernels.pyramid import columns, halved
from spikelens.kernels.scale import scaled
from spikelens.recording import Recording
from spikelens.sources import reopened

COLUMNS = 2048
"""Columns of a tile."""
BASE = 8
"""The lowest level that is kept."""
_CHUNK = 1 << 22
_REOPEN = 1 << 25
"""Samples after which a mapped file's pages are let go."""


class Pyramid:
    """The levels of one channel.

    Parameters
    ----------
    recording : Recording
        Of one channel; a filtered one has a pyramid of its own.
    name : str
        Tells this channel, and its filter, from others of the same file.
    cache : Path, optional
        Folder to keep it in; kept in memory alone without one.
    """

    def __init__(self, recording: Recording, *, name: str = "", cache: Path | None = None) -> None:
        assert len(recording.channels) == 1
        self.recording = recording
        self.ready_samples = 0
        self.ended = threading.Event()
        """Whether its building has come to an end, good or bad."""
        self.called_off = threading.Event()
        """Nobody looks at it any more: its building stops."""
        self._sizes = _sizes(recording.n_samples)
        self._kept: NDArray[Any] = np.empty((0, 2), np.float32)
        self._starts = np.concatenate([[0], np.cumsum(self._sizes)]).astype(np.int64)
        dtype = recording.source.dtype
        self._as_stored = dtype.kind in "iu" and dtype.itemsize <= 2
        self._dtype = dtype.newbyteorder("=") if self._as_stored else np.dtype(np.float32)
        self._file = self._place(name, cache)

    @property
    def done(self) -> bool:
        """Whether all levels are there."""
        return self.ready_samples == self.recording.n_samples

    @property
    def top_level(self) -> int:
        """The level whose columns fit into one tile."""
        return BASE + len(self._sizes) - 1

    def document(self) -> dict[str, Any]:
        """How far it is, and how it is cut, as pages see it."""
        names = ("done", "ready_samples", "top_level")
        return {name: getattr(self, name) for name in names} | {"columns": COLUMNS}

    def build(self) -> None:
        """Make all kept levels, or find them in the cache; another thread may read meanwhile."""
        try:
            self._build()
        finally:
            self.ended.set()

    def _build(self) -> None:
        found = self._cached()
        if found is not None:
            self._kept, self.ready_samples = found, self.recording.n_samples
            return
        self._kept = np.empty((int(self._starts[-1]), 2), self._dtype)
        filled = [0] * len(self._sizes)
        recording = self.recording
        for start in range(0, recording.n_samples, _CHUNK):
            if self.called_off.is_set():
                return
            if start % _REOPEN == 0:
                recording = dataclasses.replace(recording, source=reopened(recording.source))
            stop = min(start + _CHUNK, recording.n_samples)
            filled[0] = self._put(0, filled[0], columns(self._values(recording, start, stop), BASE))
            self._raise_levels(filled, is_last=stop == recording.n_samples)
            self.ready_samples = stop
        self._keep()

    def extremes(self, level: int, start: int, stop: int) -> NDArray[np.float32] | None:
        """Extremes (V or A) of the columns of `level` > 0 over samples `start` to `stop`.

        Returns
        -------
        float32 array, (n_columns, 2), or None
            None while the pyramid has not come that far; NaN for columns without a number.
        """
        if level < BASE:
            return self._si(columns(self._values(self.recording, start, stop), level))
        if stop > self.ready_samples or level > self.top_level:
            return None
        low, high = start >> level, (stop + (1 << level) - 1) >> level
        at = int(self._starts[level - BASE])
        return self._si(self._kept[at + low : at + high])

    def raw(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples `start` to `stop`, V or A."""
        return self.recording.read(start, stop)[:, 0]

    def _values(self, recording: Recording, start: int, stop: int) -> NDArray[Any]:
        stored = recording.stored(start, stop)
        if self._as_stored:
            return stored[:, 0].astype(self._dtype, copy=False)
        channel = recording.channels[0]
        return scaled(stored, np.array([channel.gain]), np.array([channel.offset]))[:, 0]

    def _si(self, extremes: NDArray[Any]) -> NDArray[np.float32]:
        if not self._as_stored:
            return np.where(np.isfinite(extremes), extremes, np.float32(np.nan))
        channel = self.recording.channels[0]
        values = np.asarray(extremes * channel.gain + channel.offset, np.float32)
        return values if channel.gain > 0 else values[:, ::-1]

    def _raise_levels(self, filled: list[int], *, is_last: bool) -> None:
        """Carry what is new on each level to the next; an odd column waits, unless it is the last."""
        for level in range(1, len(filled)):
            below, at = filled[level - 1], int(self._starts[level - 1])
            until = below if is_last else below & ~1
            new = self._kept[at + 2 * filled[level] : at + until]
            filled[level] = self._put(level, filled[level], halved(new))

    def _put(self, level: int, place: int, new: NDArray[Any]) -> int:
        at = int(self._starts[level]) + place
        self._kept[at : at + len(new)] = new
        return place + len(new)

    def _place(self, name: str, cache: Path | None) -> Path | None:
        if cache is None or not self.recording.fingerprint:
            return None
        told = f"{self.recording.fingerprint}:{name}:{BASE}:{self._dtype.str}"
        return cache / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.npy"

    def _cached(self) -> NDArray[Any] | None:
        if self._file is None:
            return None
        try:
            found: NDArray[Any] = np.load(self._file, mmap_mode="r", allow_pickle=False)
            os.utime(self._file)
        except (OSError, ValueError, EOFError):
            return None
        fits = found.shape == (int(self._starts[-1]), 2) and found.dtype == self._dtype
        return found if fits else None

    def _keep(self) -> None:
        """Put the levels into the cache and map them; without room there they stay in memory."""
        if self._file is None or self.recording.n_samples <= _CHUNK:
            return
        with suppress(OutputError):
            write_atomically(self._file, lambda out: np.save(out, self._kept))
            found = self._cached()
            self._kept = self._kept if found is None else found


def warm_up() -> None:
    """Load the compiled kernels for the common ways of storing samples."""
    for kind in (np.int16, np.float32):
        halved(columns(np.zeros((2, 1), kind)[:, 0], 1))


def _sizes(n_samples: int) -> list[int]:
    """Columns of each kept level, the lowest first."""
    sizes = [max(1, -(-n_samples // (1 << BASE)))]
    while sizes[-1] > COLUMNS:
        sizes.append(-(-sizes[-1] // 2))
    return sizes


def cache_folder() -> Path:
    """Where this user's programs keep what can be made again."""
    if named := os.environ.get("SPIKELENS_CACHE"):
        return Path(named)
    return user_cache() / "pyramids"
