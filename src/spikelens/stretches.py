"""Stretches: the parts of a recording between walls.

Walls are the edges of sweeps, blanked and excluded time, runs of missing samples, and
the bounds of what was asked for. Filters, windows, candidates and interspike intervals
never cross one, and only time inside stretches counts as observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import OutsideRecording
from spikelens.recording import Events, Recording

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Stretch:
    """Samples `start` to `stop` of one sweep, between two walls."""

    sweep: int
    start: int
    stop: int
    sweep_start: int = 0
    """First sample of the sweep, from which grids are counted."""

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Stretches:
    """All stretches of a recording, in order; columns of equal length."""

    sweep: Ints
    start: Ints
    stop: Ints
    sweep_start: Ints | None = None
    """First sample of each stretch's sweep; None if every stretch starts its sweep."""

    @classmethod
    def between_walls(cls, recording: Recording, walls: Ints) -> Stretches:
        """What is left of a recording's sweeps once `walls` are taken out.

        Parameters
        ----------
        walls : int64 array, (n_walls, 2)
            Samples ``walls[k, 0]`` to ``walls[k, 1]`` are not to be used; they may
            overlap and come in any order. One that holds no sample is none.
        """
        bounds = recording.sweeps.bounds
        walls = walls[walls[:, 0] < walls[:, 1]]
        walls = walls[np.argsort(walls[:, 0], kind="stable")]
        rows = [
            (sweep, start, stop)
            for sweep in range(len(recording.sweeps))
            for start, stop in _free(int(bounds[sweep]), int(bounds[sweep + 1]), walls)
        ]
        table = np.array(rows, np.int64).reshape(-1, 3)
        return cls(table[:, 0], table[:, 1], table[:, 2], bounds[table[:, 0]])

    def none(self) -> Stretches:
        """No stretch at all."""
        return Stretches(self.sweep[:0], self.start[:0], self.stop[:0])

    def __len__(self) -> int:
        return self.start.size

    def __iter__(self) -> Iterator[Stretch]:
        origins = self.start if self.sweep_start is None else self.sweep_start
        for row in zip(self.sweep, self.start, self.stop, origins, strict=True):
            yield Stretch(*map(int, row))

    def overlapping(self, start: int, stop: int) -> Stretches:
        """The stretches that hold some of the samples `start` to `stop` (> `start`), whole."""
        some = slice(int(np.searchsorted(self.stop, start, "right")), int(np.searchsorted(self.start, stop)))
        origins = None if self.sweep_start is None else self.sweep_start[some]
        return Stretches(self.sweep[some], self.start[some], self.stop[some], origins)

    def within(self, spans: Ints) -> Stretches:
        """The parts of the stretches that lie in `spans`, (n_spans, 2) samples, apart and in order."""
        low = np.maximum(self.start[:, None], spans[None, :, 0])
        high = np.minimum(self.stop[:, None], spans[None, :, 1])
        which, span = np.nonzero(low < high)
        origins = (self.start if self.sweep_start is None else self.sweep_start)[which]
        return Stretches(self.sweep[which], low[which, span], high[which, span], origins)

    def n_samples(self, sweep: int | None = None) -> int:
        """Observed samples, of one sweep or of all."""
        lengths = self.stop - self.start
        return int(lengths.sum() if sweep is None else lengths[self.sweep == sweep].sum())

    def at(self, sample_index: NDArray[np.int64]) -> Ints:
        """The stretch that holds each sample; -1 where none does."""
        if not len(self):
            return np.full(np.shape(sample_index), -1, np.int64)
        found = np.searchsorted(self.start, sample_index, "right") - 1
        inside = (found >= 0) & (sample_index < self.stop[np.maximum(found, 0)])
        return np.where(inside, found, -1).astype(np.int64)


def _free(start: int, stop: int, walls: Ints) -> Iterator[tuple[int, int]]:
    """The gaps that sorted walls leave between `start` and `stop`."""
    for low, high in walls:
        if high <= start or low >= stop:
            continue
        if low > start:
            yield start, int(low)
        start = max(start, int(high))
    if start < stop:
        yield start, stop


def event_walls(recording: Recording, events: Events) -> Ints:
    """Samples covered by events (recording's clock), as walls (n_events, 2)."""
    low = recording.sample_at(events.start)
    high = recording.sample_at(events.stop)
    return np.column_stack([low, high]).astype(np.int64)


def outside_walls(recording: Recording, start: float | None, stop: float | None) -> Ints:
    """Walls that leave only `start` to `stop` (s, recording's clock).

    Raises
    ------
    OutsideRecording
        Nothing of the recording lies between them, or it holds nothing at all.
    """
    if not recording.n_samples:
        raise OutsideRecording(f"{recording.name} holds no samples: check that it was saved")
    low = 0 if start is None else int(recording.sample_at(start)[0])
    high = recording.n_samples if stop is None else int(recording.sample_at(stop)[0])
    if low >= high:
        ends = f"{recording.time_of(0):g} to {recording.time_of(recording.n_samples - 1):g} s"
        first = "the start" if start is None else f"{start:g} s"
        last = "the end" if stop is None else f"{stop:g} s"
        raise OutsideRecording(f"nothing lies between {first} and {last}; the recording has {ends}")
    return np.array([[0, low], [high, recording.n_samples]], np.int64)
