"""A recording: stored samples and what they mean, in volts or amperes, seconds and hertz."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import card, rows_card
from spikelens.conversions import RecordingConversions
from spikelens.errors import OutsideRecording, UnknownName
from spikelens.sources import ArraySource, ChosenChannels, Source, Stored
from spikelens.sparklines import trace_picture

Mode = Literal["current-clamp", "voltage-clamp", "cell-attached", "extracellular", "unknown"]
"""How the cell is held and touched; decides polarity, features and wording."""
MODES: tuple[Mode, ...] = ("current-clamp", "voltage-clamp", "cell-attached", "extracellular", "unknown")

Quantity = Literal["voltage", "current", "digital", "other"]
Floats = NDArray[np.float64]
_SHOWN, _MOST_SHOWN = 10.0, 1 << 21
"""A notebook shows the beginning: so many seconds, and no more samples than this."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Channel:
    """One trace: its name, quantity and how stored numbers become SI units.

    ``value = stored * gain + offset``, in V for a voltage and A for a current.
    """

    name: str
    quantity: Quantity = "voltage"
    gain: float = 1.0
    offset: float = 0.0
    stated_unit: str = ""
    """The unit as the file words it, for people: ``"mV"``."""
    index: int | None = None
    """Position among the file's channels, once chosen from them."""

    @property
    def unit(self) -> str:
        """SI unit of the values: ``"V"``, ``"A"`` or empty."""
        return {"voltage": "V", "current": "A"}.get(self.quantity, "")


@dataclass(frozen=True)
class Sweeps:
    """Where sweeps begin and end, counted through the file, and when they truly began.

    Parameters
    ----------
    bounds : int64 array, n_sweeps + 1
        Sweep k is samples ``bounds[k]`` to ``bounds[k + 1]``.
    start_times : float64 array, n_sweeps, s
        From the start of the recording; NaN where the file does not say.
    """

    bounds: Ints
    start_times: Floats

    @classmethod
    def of_lengths(cls, lengths: Iterable[int], start_times: Iterable[float] | None = None) -> Self:
        """Sweeps of the given numbers of samples, with their start times (s) if known."""
        bounds = np.concatenate([[0], np.cumsum(list(lengths))]).astype(np.int64)
        if start_times is None:
            # A single sweep starts the recording; where several start, nobody knows.
            starts = np.full(bounds.size - 1, np.nan if bounds.size > 2 else 0.0)
        else:
            starts = np.asarray(list(start_times), np.float64)
        assert starts.size == bounds.size - 1
        return cls(bounds, starts)

    def __len__(self) -> int:
        return self.bounds.size - 1

    @property
    def n_samples(self) -> int:
        return int(self.bounds[-1])

    def at(self, sample_index: NDArray[Any] | int) -> Ints:
        """The sweep that holds each sample."""
        return np.searchsorted(self.bounds, sample_index, side="right").astype(np.int64) - 1


@dataclass(frozen=True)
class Events:
    """Things that happen at known times: stimuli, tags, epochs, blanked and excluded stretches.

    All columns have one entry per event; `start` and `stop` are in seconds on `clock`,
    which is ``"recording"`` for the recording's own.
    """

    start: Floats
    stop: Floats
    label: tuple[str, ...]
    value: Floats
    source: tuple[str, ...]
    clock: str = "recording"

    @classmethod
    def none(cls) -> Self:
        """No events."""
        return cls.at([])

    @classmethod
    def at(
        cls,
        start: Sequence[float] | Floats,
        stop: Sequence[float] | Floats | None = None,
        *,
        label: str | Sequence[str] = "",
        value: float | Sequence[float] = float("nan"),
        source: str | Sequence[str] = "",
    ) -> Self:
        """Events at `start` (s), lasting to `stop` (s, default: instants)."""
        starts = np.asarray(start, np.float64)
        n = starts.size
        stops = starts.copy() if stop is None else np.asarray(stop, np.float64)
        labels = (label,) * n if isinstance(label, str) else tuple(label)
        sources = (source,) * n if isinstance(source, str) else tuple(source)
        values = np.broadcast_to(np.asarray(value, np.float64), n).copy()
        assert stops.size == len(labels) == len(sources) == n
        return cls(starts, stops, labels, values, sources)

    def __len__(self) -> int:
        return self.start.size

    def _repr_html_(self) -> str:
        columns = (self.start.tolist(), self.stop.tolist(), self.label, self.value.tolist(), self.source)
        names = ("start", "stop", "label", "value", "source")
        return rows_card(
            "Events, s", [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        )

    def where(self, keep: NDArray[np.bool_]) -> Self:
        """The events that `keep` (bool, one per event) marks."""
        chosen = np.flatnonzero(keep)
        return dataclasses.replace(
            self,
            start=self.start[chosen],
            stop=self.stop[chosen],
            value=self.value[chosen],
            label=tuple(self.label[i] for i in chosen),
            source=tuple(self.source[i] for i in chosen),
        )

    def of_source(self, source: str) -> Self:
        """The events of one source, such as ``"tag"``."""
        return self.where(np.array([s == source for s in self.source], bool))

    def __add__(self, other: Events) -> Events:
        assert self.clock == other.clock
        return Events(
            np.concatenate([self.start, other.start]),
            np.concatenate([self.stop, other.stop]),
            self.label + other.label,
            np.concatenate([self.value, other.value]),
            self.source + other.source,
            self.clock,
        )


@dataclass(frozen=True)
class Stimulus:
    """What was sent into the cell, sample by sample beside the recording."""

    source: Source
    channel: Channel
    origin: Literal["recorded", "reconstructed", "unknown"]
    """Measured or stored as a trace, or rebuilt from the protocol in the header."""

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """The stimulus, V or A, at samples `start` to `stop` of the recording."""
        stored = self.source.read(start, stop)[:, 0]
        return (stored * self.channel.gain + self.channel.offset).astype(np.float32)


@dataclass(frozen=True)
class Recording(RecordingConversions):
    """A lazy recording: nothing is read before `read`, and nothing changes it.

    Built by a reader, or from an array by `from_array`. Sweeps are chained: sample
    indices count through the file.
    """

    source: Source = field(repr=False)
    sampling_rate: float
    """Hz."""
    channels: tuple[Channel, ...]
    sweeps: Sweeps = field(repr=False)
    mode: Mode = "unknown"
    stimulus: Stimulus | None = None
    events: Events = field(default_factory=Events.none, repr=False)
    header: Mapping[str, object] = field(default_factory=dict, repr=False)
    """Facts of the file: protocol, holding, filter, date, comment, as far as it holds them."""
    name: str = "recording"
    path: Path | None = None
    fingerprint: str = ""
    reader: str = ""
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.source.shape == (self.sweeps.n_samples, len(self.channels))

    @classmethod
    def from_array(
        cls,
        samples: Stored,
        sampling_rate: float,
        *,
        quantity: Quantity = "voltage",
        mode: Mode = "current-clamp",
        gain: float = 1.0,
        sweep_lengths: Sequence[int] | None = None,
        name: str = "array",
    ) -> Self:
        """A recording of samples in memory.

        Parameters
        ----------
        samples : array, (n_samples,) or (n_samples, n_channels)
            In V or A after multiplication by `gain`.
        sampling_rate : float, Hz
        sweep_lengths : sequence of int, optional
            Samples per sweep; one sweep by default.

        Examples
        --------
        >>> Recording.from_array(np.zeros(100), 1000.0).duration
        0.1
        """
        stored = np.asarray(samples)
        stored = stored[:, None] if stored.ndim == 1 else stored
        names = ["trace"] if stored.shape[1] == 1 else [f"ch{k}" for k in range(stored.shape[1])]
        lengths = [stored.shape[0]] if sweep_lengths is None else sweep_lengths
        return cls(
            source=ArraySource(stored),
            sampling_rate=float(sampling_rate),
            channels=tuple(Channel(n, quantity, gain) for n in names),
            sweeps=Sweeps.of_lengths(lengths),
            mode=mode,
            name=name,
        )

    @property
    def n_samples(self) -> int:
        return self.source.shape[0]

    @property
    def gain(self) -> Floats:
        """Of each channel, shape (n_channels,)."""
        return np.array([c.gain for c in self.channels], np.float64)

    @property
    def offset(self) -> Floats:
        """Of each channel, shape (n_channels,), V or A."""
        return np.array([c.offset for c in self.channels], np.float64)

    @property
    def duration(self) -> float:
        """Recorded seconds, gaps between sweeps left out."""
        return self.n_samples / self.sampling_rate

    @cached_property
    def time_base(self) -> Literal["recorded", "chained"]:
        """Whose clock `time_of` uses: the file's sweep starts, or sweeps laid end to end."""
        starts, lengths = self.sweeps.start_times, np.diff(self.sweeps.bounds)
        ends = starts + lengths / self.sampling_rate
        apart = starts[1:] >= ends[:-1] - 0.5 / self.sampling_rate
        return "recorded" if np.isfinite(starts).all() and apart.all() else "chained"

    @cached_property
    def _sweep_starts(self) -> Floats:
        if self.time_base == "recorded":
            return self.sweeps.start_times
        return self.sweeps.bounds[:-1] / self.sampling_rate

    def time_of(self, sample_index: NDArray[Any] | int) -> Floats:
        """Seconds on the recording's clock (`time_base`) of samples, which may be fractional."""
        at = np.asarray(sample_index)
        sweep = np.clip(self.sweeps.at(np.floor(at)), 0, len(self.sweeps) - 1)
        inside = (at - self.sweeps.bounds[sweep]) / self.sampling_rate
        return np.asarray(self._sweep_starts[sweep] + inside, np.float64)

    def sample_at(self, time: Sequence[float] | Floats | float) -> Ints:
        """The samples nearest to times (s, recording's clock); a gap's times go to its end."""
        at = np.atleast_1d(np.asarray(time, np.float64))
        sweep = np.clip(np.searchsorted(self._sweep_starts, at, "right") - 1, 0, len(self.sweeps) - 1)
        inside = np.rint((at - self._sweep_starts[sweep]) * self.sampling_rate).astype(np.int64)
        low, high = self.sweeps.bounds[sweep], self.sweeps.bounds[sweep + 1]
        return np.asarray(np.clip(low + inside, low, high), np.int64)

    def is_recorded(self, time: Sequence[float] | Floats | float) -> NDArray[np.bool_]:
        """Whether a sample lies within half a sampling interval of times (s, recording's clock).

        Not so before the recording, after it, and in gaps between sweeps.
        """
        at = np.atleast_1d(np.asarray(time, np.float64))
        if not self.n_samples:
            return np.zeros(at.shape, np.bool_)
        nearest = np.clip(np.stack([self.sample_at(at) - 1, self.sample_at(at)]), 0, self.n_samples - 1)
        gap = np.abs(self.time_of(nearest) - at).min(axis=0)
        # Times come from files with seven decimals, and from sums.
        return np.asarray(gap <= 0.5 / self.sampling_rate + 1e-7, np.bool_)

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[np.float32]:
        """Samples in V or A.

        Returns
        -------
        float32 array, (stop - start, n_channels)

        Raises
        ------
        OutsideRecording
            Not 0 <= start <= stop <= n_samples.
        """
        stored = self.stored(start, stop)
        return np.asarray(stored * self.gain + self.offset, np.float32)

    def stored(self, start: int = 0, stop: int | None = None) -> Stored:
        """Samples as stored, usually integers, shape (stop - start, n_channels), read-only."""
        stop = self.n_samples if stop is None else stop
        if not 0 <= start <= stop <= self.n_samples:
            raise OutsideRecording(
                f"samples {start} to {stop} are not within the recording's 0 to {self.n_samples}"
            )
        stored = self.source.read(start, stop).view(np.ndarray)
        stored.flags.writeable = False
        return stored

    def read_sweep(self, sweep: int) -> NDArray[np.float32]:
        """One sweep in V or A, shape (n_samples, n_channels)."""
        if not 0 <= sweep < len(self.sweeps):
            raise OutsideRecording(f"no sweep {sweep}; there are 0 to {len(self.sweeps) - 1}")
        return self.read(int(self.sweeps.bounds[sweep]), int(self.sweeps.bounds[sweep + 1]))

    def select(self, channel: int | str) -> Self:
        """The recording of one channel, named or counted from 0.

        Raises
        ------
        UnknownName
            The message lists the channels there are.
        """
        k = self.index_of(channel)
        if len(self.channels) == 1:
            return self
        kept = dataclasses.replace(self.channels[k], index=k)
        return dataclasses.replace(self, source=ChosenChannels(self.source, (k,)), channels=(kept,))

    def index_of(self, channel: int | str) -> int:
        """Where a channel, named or counted from 0, stands among the channels."""
        names = [c.name for c in self.channels]
        if isinstance(channel, str) and channel in names:
            return names.index(channel)
        if str(channel).isdecimal() and int(channel) < len(names):
            return int(channel)
        raise UnknownName.among("channel", channel, (f"{k} ({n})" for k, n in enumerate(names)))

    def with_warnings(self, *warnings: str) -> Self:
        """The same recording, with more said about it."""
        return dataclasses.replace(self, warnings=(*self.warnings, *warnings))

    def _repr_html_(self) -> str:
        return card(self.name, self.facts()) + self._preview()

    def _preview(self) -> str:
        """The beginning of the first channel, sweeps end to end; so much as is quickly read."""
        stop = min(self.n_samples, round(_SHOWN * self.sampling_rate), _MOST_SHOWN)
        if not stop:
            return ""
        values = self.read(0, stop)[:, 0]
        known = values[np.isfinite(values)]
        ends = f"{known.min():.4g} to {known.max():.4g}" if known.size else "no number"
        unit = f" {self.channels[0].unit}" if self.channels[0].unit else ""
        told = f"{self.channels[0].name}, first {stop / self.sampling_rate:.4g} s: {ends}{unit}"
        return trace_picture(values, told)

    def facts(self) -> dict[str, str]:
        """What a person wants to know first, in words."""
        channels = ", ".join(f"{c.name} ({c.stated_unit or c.unit or c.quantity})" for c in self.channels)
        sweeps = "1 sweep" if len(self.sweeps) == 1 else f"{len(self.sweeps):,} sweeps"
        facts = {
            "channels": channels,
            "sampling rate": f"{self.sampling_rate:,.6g} Hz",
            "duration": f"{self.duration:,.6g} s in {sweeps}, {self.time_base} clock",
            "mode": self.mode,
            "stimulus": f"{self.stimulus.channel.name} ({self.stimulus.origin})"
            if self.stimulus
            else "not known",
            "events": str(len(self.events)),
        }
        return facts | {f"warning {k}": text for k, text in enumerate(self.warnings, 1)}
