"""Windows: equal stretches of one trace, on a grid or around spikes; nothing is read before `read`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import card
from spikelens.errors import BadParameter, OutsideRecording
from spikelens.recording import Recording
from spikelens.sparklines import waveforms_picture
from spikelens.stretches import Stretches

if TYPE_CHECKING:
    from typing import Any

    from spikelens.spikes import Spikes

Ints = NDArray[np.int64]
_SHOWN = 50
"""Windows that a notebook shows."""
_PIECE = 1 << 20
"""Samples read at once; windows that lie close together share a piece."""


@dataclass(frozen=True)
class Windows:
    """Windows of one length over a recording of one channel.

    Parameters
    ----------
    recording : Recording
        Of one channel.
    start : int64 array, (n_windows,)
        First samples, counted through the file.
    n_samples : int, > 0
        Length of each window.
    number : int64 array, (n_windows,)
        What people call each window: its place in the whole grid, counted from 1.
    """

    recording: Recording = field(repr=False)
    start: Ints = field(repr=False)
    n_samples: int
    number: Ints = field(repr=False)

    @classmethod
    def grid(
        cls, recording: Recording, length: int, *, overlap: int = 0, stretches: Stretches | None = None
    ) -> Windows:
        """Cut a recording into windows laid end to end, as the 2017 study did.

        Each sweep starts anew, and so does the trace behind a wall; an incomplete tail
        is dropped.

        Parameters
        ----------
        recording : Recording
            Of one channel.
        length : int, samples, >= 2
        overlap : int, samples, 0 <= overlap < length
            Samples that a window shares with the next.
        stretches : Stretches, optional
            What lies between walls; whole sweeps by default.

        Raises
        ------
        BadParameter
            A length or overlap that is out of bounds.
        OutsideRecording
            No window of this length fits.

        >>> Windows.grid(Recording.from_array(np.zeros(1050), 1000.0), 100).start[-1]
        np.int64(900)
        """
        if length < 2:
            raise BadParameter(f"a window needs at least 2 samples, not {length}")
        if not 0 <= overlap < length:
            raise BadParameter(f"windows of {length} samples can overlap by 0 to {length - 1}, not {overlap}")
        where = _sweeps_of(recording) if stretches is None else stretches
        step = length - overlap
        starts = [np.arange(s.start, s.stop - length + 1, step, dtype=np.int64) for s in where]
        start = np.concatenate(starts) if starts else np.empty(0, np.int64)
        if not start.size:
            raise OutsideRecording(
                f"no window of {length} samples fits into {recording.name}; give a shorter --window"
            )
        return cls(_single(recording), start, length, np.arange(1, start.size + 1))

    @classmethod
    def around(
        cls, recording: Recording, spikes: Spikes, *, before: float = 1e-3, after: float = 2e-3
    ) -> Windows:
        """Cut a window around each spike.

        Parameters
        ----------
        recording : Recording
            Of one channel.
        spikes : Spikes
            Their stretches are the walls.
        before, after : float, s, > 0
            Rounded to whole samples; the peak is sample ``round(before * rate)``.

        Raises
        ------
        OutsideRecording
            A spike lies closer to an edge or a wall than `before` or `after`; the
            message names the first.
        """
        left, right = (round(t * recording.sampling_rate) for t in (before, after))
        if left < 0 or right < 1 or left + right < 2:
            raise BadParameter(
                f"windows from {before:g} s before to {after:g} s after are shorter than 2 samples"
            )
        start = spikes.sample_index.astype(np.int64) - left
        held = spikes.stretches.at(spikes.sample_index)
        outside = (held < 0) | (start < spikes.stretches.start[held])
        outside |= start + left + right > spikes.stretches.stop[held]
        if outside.any():
            first = float(spikes.time[np.flatnonzero(outside)[0]])
            raise OutsideRecording(
                f"the spike at {first:.4f} s lies too close to an edge for a window of"
                f" {before:g} s before and {after:g} s after"
            )
        return cls(_single(recording), start, left + right, np.arange(1, start.size + 1))

    def __len__(self) -> int:
        return self.start.size

    @property
    def sweep(self) -> Ints:
        """The sweep of each window."""
        return self.recording.sweeps.at(self.start)

    def take(self, chosen: NDArray[Any]) -> Windows:
        """Some windows, by mask or by index; they keep their numbers."""
        return dataclasses.replace(self, start=self.start[chosen], number=self.number[chosen])

    def between(self, first: int, last: int) -> Windows:
        """Windows `first` to `last`, counted from 1, both included.

        Raises
        ------
        OutsideRecording
            The range is empty, or there are no such windows.
        """
        if first > last:
            raise OutsideRecording(
                f"windows {first}:{last} are an empty range; the first number is the lower"
            )
        low, high = int(self.number.min()), int(self.number.max())
        if first < low or last > high:
            raise OutsideRecording(f"windows {first}:{last} are not all there; there are {low}:{high}")
        return self.take((self.number >= first) & (self.number <= last))

    def hold(self, samples: Ints) -> NDArray[np.bool_]:
        """Whether each window holds any of `samples`, counted through the file."""
        ordered = np.sort(samples)
        first = np.searchsorted(ordered, self.start)
        return np.asarray(np.searchsorted(ordered, self.start + self.n_samples) > first)

    def on(self, recording: Recording) -> Windows:
        """The same windows over another recording of the same shape, such as a shifted one."""
        assert recording.n_samples == self.recording.n_samples
        return dataclasses.replace(self, recording=_single(recording))

    def read(self) -> NDArray[np.float32]:
        """The samples, float32 (n_windows, n_samples), V or A."""
        out = np.empty((len(self), self.n_samples), np.float32)
        order = np.argsort(self.start, kind="stable")
        starts = self.start[order]
        at = 0
        while at < starts.size:
            until = int(np.searchsorted(starts, starts[at] + _PIECE))
            low, high = int(starts[at]), int(starts[until - 1]) + self.n_samples
            trace = self.recording.read(low, high)[:, 0]
            views = np.lib.stride_tricks.sliding_window_view(trace, self.n_samples)
            out[order[at:until]] = views[starts[at:until] - low]
            at = until
        return out

    def _repr_html_(self) -> str:
        seconds = self.n_samples / self.recording.sampling_rate
        facts = {"windows": len(self), "samples each": f"{self.n_samples} ({seconds:g} s)"}
        some = np.linspace(0, len(self) - 1, min(len(self), _SHOWN)).astype(np.int64)
        told = f"{some.size} of {len(self)} windows laid over each other, and their mean"
        return card("Windows", facts) + waveforms_picture(self.take(some).read(), told)


def value_range(recording: Recording) -> tuple[float, float]:
    """Lowest and highest finite value of a one-channel recording, V or A; (0, 0) if there is none."""
    lows, highs = [], []
    for at in range(0, recording.n_samples, _PIECE):
        trace = recording.read(at, min(at + _PIECE, recording.n_samples))
        finite = trace[np.isfinite(trace)]
        if finite.size:
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    return min(lows, default=0.0), max(highs, default=0.0)


def _sweeps_of(recording: Recording) -> Stretches:
    return Stretches.between_walls(recording, np.empty((0, 2), np.int64))


def _single(recording: Recording) -> Recording:
    assert len(recording.channels) == 1, "windows are cut from one channel; choose it first"
    return recording
