"""The command of an Axon protocol, rebuilt from its table of epochs.

Each sweep is held for its first 64th, then the epochs follow one another, then the
holding level returns (or the last level stays, where the protocol says so). Facts after
pCLAMP's manual; checked against pyABF in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.readers._abf_header import AbfHeader, DigitalOutputs, Epoch, Output
from spikelens.recording import Events, Ints, Recording
from spikelens.sources import Stored

_OFF = 0
_KINDS = {1: "step", 2: "ramp", 3: "pulses", 4: "triangles", 5: "cosine", 7: "biphasic"}


@dataclass(frozen=True)
class Piece:
    """An epoch within one sweep: samples `start` to `stop`, counted from the sweep's start."""

    epoch: Epoch
    start: int
    stop: int
    before: float
    """Level of the epoch before."""
    level: float


def is_known(output: Output) -> bool:
    """Whether the waveform of an output can be rebuilt from its epochs."""
    kinds = {epoch.kind for epoch in output.epochs} - {_OFF}
    return output.waveform_source == 1 and kinds <= set(_KINDS)


@dataclass(frozen=True)
class CommandSource:
    """The command beside a recording, in the output's own unit, computed sweep by sweep.

    Parameters
    ----------
    output : Output
    bounds : int64 array, n_sweeps + 1
    turn : int or None
        Only sweeps of this parity get the waveform, where outputs take turns.
    """

    output: Output
    bounds: Ints
    turn: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.bounds[-1]), 1

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float64)

    def read(self, start: int, stop: int) -> Stored:
        read = np.empty((stop - start, 1))
        first = int(np.searchsorted(self.bounds, start, "right")) - 1
        for sweep in range(first, self.bounds.size - 1):
            low, high = int(self.bounds[sweep]), int(self.bounds[sweep + 1])
            if low >= stop:
                break
            a, b = max(start, low), min(stop, high)
            read[a - start : b - start, 0] = self.sweep(sweep)[a - low : b - low]
        return read

    def sweep(self, sweep: int) -> NDArray[np.float64]:
        """The command of one sweep, shape (n_samples,)."""
        length = int(self.bounds[sweep + 1] - self.bounds[sweep])
        wave = np.full(length, self._level_between(sweep))
        last = None
        for last in self.pieces(sweep):
            wave[last.start : last.stop] = _shape_of(last)[: max(0, length - last.start)]
        if last is not None:
            wave[last.stop :] = self._level_between(sweep + 1)
        return wave

    def pieces(self, sweep: int) -> Iterator[Piece]:
        """The epochs of one sweep, in order; none in another output's turn."""
        length = int(self.bounds[sweep + 1] - self.bounds[sweep])
        if self.turn is not None and sweep % 2 != self.turn:
            return
        at, before = max(1, length // 64), self._level_between(sweep)
        for epoch in self.output.epochs:
            if epoch.kind == _OFF:
                continue
            level = epoch.level + epoch.level_step * sweep
            duration = max(0, epoch.duration + epoch.duration_step * sweep)
            yield Piece(epoch, at, at + duration, before, level)
            at, before = at + duration, level

    def _level_between(self, sweep: int) -> float:
        """The level before the epochs of a sweep."""
        active = [epoch for epoch in self.output.epochs if epoch.kind != _OFF]
        if sweep == 0 or not self.output.keeps_last_level or not active:
            return self.output.holding
        return active[-1].level + active[-1].level_step * (sweep - 1)


def epoch_events(source: CommandSource, recording: Recording, factor: float) -> Events:
    """The epochs as events: label such as ``"B step"``, value in V or A."""
    found = Events.none()
    for sweep, low in enumerate(recording.sweeps.bounds[:-1]):
        pieces = [p for p in source.pieces(sweep) if p.stop > p.start]
        spans = np.array([(p.start, p.stop) for p in pieces], np.int64).reshape(-1, 2)
        labels = [f"{chr(65 + p.epoch.number)} {_KINDS[p.epoch.kind]}" for p in pieces]
        values = [p.level * factor for p in pieces]
        found += _events(recording, int(low), spans, label=labels, value=values, source="epoch")
    return found


def digital_events(source: CommandSource, digital: DigitalOutputs, recording: Recording) -> Events:
    """Each time a digital output is high, as an event ``"digital 4"``."""
    found = Events.none()
    used = _bits({**digital.steady, **{-1 - k: v for k, v in digital.train.items()}})
    for sweep, low in enumerate(recording.sweeps.bounds[:-1]):
        for bit in used:
            spans = _high(list(source.pieces(sweep)), digital, bit)
            found += _events(recording, int(low), spans, label=f"digital {bit}", value=1.0, source="ttl")
    return found


def active_output(header: AbfHeader) -> Output | None:
    """The output that commands: the protocol's active one, else the first with a waveform."""
    by_number = {output.number: output for output in header.outputs}
    enabled = [output for output in header.outputs if output.is_enabled]
    active = by_number.get(header.active_output)
    if active is not None and (active.is_enabled or not enabled):
        return active
    return enabled[0] if enabled else None


def _bits(patterns: dict[int, int]) -> list[int]:
    used = 0
    for pattern in patterns.values():
        used |= pattern & 0xFFFF
    return [bit for bit in range(16) if used >> bit & 1]


def _high(pieces: list[Piece], digital: DigitalOutputs, bit: int) -> Ints:
    """Where one bit is high within a sweep, spans (n, 2); touching epochs are one span."""
    spans: list[list[int]] = []
    for piece in pieces:
        for start, stop in _high_within(piece, digital, bit):
            if spans and spans[-1][1] == start:
                spans[-1][1] = stop
            elif stop > start:
                spans.append([start, stop])
    return np.array(spans, np.int64).reshape(-1, 2)


def _high_within(piece: Piece, digital: DigitalOutputs, bit: int) -> Iterator[tuple[int, int]]:
    epoch = piece.epoch
    if digital.steady.get(epoch.number, 0) >> bit & 1:
        yield piece.start, piece.stop
    elif digital.train.get(epoch.number, 0) >> bit & 1 and epoch.period > 0:
        for at in range(piece.start, piece.stop - epoch.period + 1, epoch.period):
            yield at, at + epoch.width


def _events(recording: Recording, low: int, spans: Ints, **columns: Any) -> Events:
    # The stop of a span may be the next sweep's first sample, so time goes on from the start.
    start = np.asarray(recording.time_of(low + spans[:, 0]), np.float64)
    stop = start + (spans[:, 1] - spans[:, 0]) / recording.sampling_rate
    return Events.at(start, stop, **columns)


def _shape_of(piece: Piece) -> NDArray[np.float64]:
    """The waveform of one epoch."""
    n = piece.stop - piece.start
    if piece.epoch.kind == 1:
        return np.full(n, piece.level)
    if piece.epoch.kind == 2:
        return np.linspace(piece.before, piece.level, n)
    if piece.epoch.kind == 5:
        n_pulses = n // piece.epoch.period if piece.epoch.period > 0 else 0
        phase = np.linspace(0, 2 * np.pi * n_pulses, n)
        return np.asarray(piece.before + (piece.level - piece.before) * (1 - np.cos(phase)) / 2, np.float64)
    return _train(piece, _PULSES[piece.epoch.kind])


def _train(piece: Piece, pulse: Callable[[int, int], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Whole periods of a pulse (0: level before, 1: the epoch's), the rest at the level before."""
    shape, period = np.zeros(piece.stop - piece.start), piece.epoch.period
    n_pulses = shape.size // period if period > 0 else 0
    if n_pulses:
        shape[: n_pulses * period] = np.tile(pulse(period, min(piece.epoch.width, period)), n_pulses)
    return piece.before + (piece.level - piece.before) * shape


def _square(period: int, width: int) -> NDArray[np.float64]:
    return (np.arange(period) < width).astype(np.float64)


def _triangle(period: int, width: int) -> NDArray[np.float64]:
    return np.concatenate([np.linspace(0, 1, width), np.linspace(1, 0, period - width)])


def _biphasic(period: int, width: int) -> NDArray[np.float64]:
    return _square(period, width // 2) * 2 - _square(period, width)


_PULSES = {3: _square, 4: _triangle, 7: _biphasic}
