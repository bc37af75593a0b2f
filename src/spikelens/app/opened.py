"""A recording that pages look at: its facts, its pyramids and its desk."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from spikelens import api, rooms
from spikelens.app.desk import Desk
from spikelens.app.detection import GIVEN
from spikelens.app.jobs import Job
from spikelens.app.newest import Newest
from spikelens.app.pyramid import Pyramid
from spikelens.app.told import observed
from spikelens.canonical import filtered
from spikelens.errors import UnknownName, UnreadableFile
from spikelens.filters import Filter
from spikelens.filters._reference import CommonReference
from spikelens.recording import Recording
from spikelens.sources import ChosenChannels

_MOST_EVENTS = 20_000
_MOST_FILTERED = 4
"""Filters whose pyramids are kept while somebody tries their parameters."""


class Opened:
    """An open recording.

    Parameters
    ----------
    recording : Recording
        With all channels.
    desk : Desk
    builder : Executor
        Builds pyramids, one after the other.
    cache : Path, optional
        Where pyramids are kept.
    tell : callable
        Called with an event's name and data once a pyramid is there.
    """

    def __init__(
        self,
        recording: Recording,
        desk: Desk,
        builder: Executor,
        *,
        cache: Path | None = None,
        tell: Callable[[str, dict[str, Any]], None] = lambda event, data: None,
    ) -> None:
        self.recording, self.desk, self._tell = recording, desk, tell
        self.job: Job | None = None
        """The latest detection."""
        self.trials = Newest()
        """Settings that are tried while somebody turns a knob."""
        self._builder, self._cache = builder, cache
        self._pyramids: dict[str, Pyramid] = {}
        self._lately: list[str] = []
        """Filters that were looked through, the latest last."""
        self._lock = threading.Lock()
        self._stamp = _stamp(recording.path)

    def check_still_there(self) -> None:
        """Raise `UnreadableFile` if the file went away or was written to since it was opened."""
        path = self.recording.path
        if path is not None and _stamp(path) != self._stamp:
            happened = "has changed on disk" if path.exists() else "has disappeared"
            raise UnreadableFile(f"{path.name} {happened} since it was opened; your edits are kept")

    def pyramid(
        self, channel: str, filter_: str = "", parameters: Mapping[str, str] | None = None
    ) -> Pyramid:
        """The pyramid of a channel, or of the stimulus, filtered or not; its building has begun."""
        made = None if not filter_ else rooms.load("filters", filter_).from_parameters(dict(parameters or {}))
        name = f"{self._channel_name(channel)}|{'' if made is None else made}"
        with self._lock:
            if name not in self._pyramids:
                shown = self._trace(channel) if made is None else self._filtered(channel, made)
                self._pyramids[name] = Pyramid(shown, name=name, cache=self._cache)
                self._builder.submit(self._build, self._pyramids[name], channel, filter_)
            if made is not None:
                self._use(str(made))
            return self._pyramids[name]

    def _filtered(self, channel: str, made: Filter) -> Recording:
        if channel == "stimulus" or not isinstance(made, CommonReference):
            one = self._trace(channel)
            return filtered(one, made, observed(one))
        # What channels share is known from all of them: those of the same quantity.
        index = self.recording.index_of(channel)
        told = self.recording.channels
        alike = [k for k, c in enumerate(told) if c.quantity == told[index].quantity]
        channels = tuple(dataclasses.replace(told[k], index=k) for k in alike)
        source = ChosenChannels(self.recording.source, tuple(alike))
        some = dataclasses.replace(self.recording, source=source, channels=channels)
        return filtered(some, made, observed(some)).select(alike.index(index))

    def _use(self, made: str) -> None:
        """Keep the pyramids of the filters that were looked through last, and stop building others."""
        lately = [*(f for f in self._lately if f != made), made]
        self._lately = lately[-_MOST_FILTERED:]
        for gone in lately[:-_MOST_FILTERED]:
            for name in [name for name in self._pyramids if name.endswith(f"|{gone}")]:
                self._pyramids.pop(name).called_off.set()

    def _build(self, pyramid: Pyramid, channel: str, filter_: str) -> None:
        pyramid.build()
        told = {"channel": channel, "filter": filter_, "done": pyramid.done}
        self._tell("pyramid", told | {"ready_samples": pyramid.ready_samples})

    def overview(self) -> Pyramid:
        """The pyramid of the channel that is looked at."""
        return self.pyramid(str(self._shown().channels[0].index or 0))

    def facts(self) -> dict[str, Any]:
        """What a page wants to know first; see docs/viewer.md for the names."""
        whole, shown = self.recording, self._shown()
        pyramid = self.overview()
        return {
            "n_samples": whole.n_samples,
            "sampling_rate": whole.sampling_rate,
            "duration": whole.duration,
            "time_base": whole.time_base,
            "mode": shown.mode,
            "default_method": api.default_method(shown.mode, whole.sampling_rate),
            "polarity": self._polarity(),
            "channel": shown.channels[0].index or 0,
            "channels": self._channels(),
            "sweeps": self._sweeps(),
            "stimulus": self._stimulus(),
            "events": self._events(),
            "excluded": self.excluded(),
            "warnings": list(shown.warnings),
            "facts": whole.facts(),
            "fingerprint": whole.fingerprint,
            "pyramid": pyramid.document(),
            "session": self.desk.summary(),
            "given": self._given(),
            "job": None if self.job is None else self.job.id,
            "error": self.desk.error,
        }

    def _given(self) -> dict[str, Any] | None:
        """The table that was there before, and whether it is the one that is seen."""
        given = self.desk.brought.spikes
        return None if given is None else {"name": given.name, "is_shown": self.desk.settings.method == GIVEN}

    def _channels(self) -> list[dict[str, Any]]:
        names = ("name", "quantity", "unit", "stated_unit")
        rows = enumerate(self.recording.channels)
        return [{"index": k, **{name: getattr(c, name) for name in names}} for k, c in rows]

    def _sweeps(self) -> dict[str, Any]:
        starts = self.recording.sweeps.start_times.tolist()
        known = [t if t == t else None for t in starts]
        return {"bounds": self.recording.sweeps.bounds.tolist(), "start_times": known}

    def excluded(self) -> list[dict[str, Any]]:
        """Stretches the person left out, in samples."""
        _, review = self.desk.seen()
        return [] if review is None else [dataclasses.asdict(e) for e in review.state.excluded]

    def _shown(self) -> Recording:
        """The channel that is looked at, as far as that can be settled."""
        _, review = self.desk.seen()
        if review is not None:
            return review.detected.chosen.recording
        voltages = [k for k, c in enumerate(self.recording.channels) if c.quantity == "voltage"]
        chosen = self.desk.settings.channel
        return self.recording.select(chosen if chosen is not None else (voltages or [0])[0])

    def _polarity(self) -> int:
        _, review = self.desk.seen()
        return 1 if review is None else review.detected.spikes.provenance.polarity

    def _channel_name(self, channel: str) -> str:
        return channel if channel == "stimulus" else str(self.recording.index_of(channel))

    def _trace(self, channel: str) -> Recording:
        if channel != "stimulus":
            return self.recording.select(channel)
        stimulus = self.recording.stimulus
        if stimulus is None:
            raise UnknownName(f"{self.recording.name} holds no stimulus")
        return dataclasses.replace(self.recording, source=stimulus.source, channels=(stimulus.channel,))

    def _stimulus(self) -> dict[str, Any] | None:
        stimulus = self.recording.stimulus
        if stimulus is None:
            return None
        return {"name": stimulus.channel.name, "unit": stimulus.channel.unit, "origin": stimulus.origin}

    def _events(self) -> list[dict[str, Any]]:
        events, recording = self.recording.events, self.recording
        if events.clock != "recording":
            return []
        starts, stops = (recording.sample_at(t)[:_MOST_EVENTS].tolist() for t in (events.start, events.stop))
        rows = zip(starts, stops, events.label, events.value.tolist(), events.source, strict=False)
        return [
            {
                "start": a,
                "stop": b,
                "label": label,
                "value": value if math.isfinite(value) else None,
                "source": source,
            }
            for a, b, label, value, source in rows
        ]


def _stamp(path: Path | None) -> tuple[int, int] | None:
    if path is None or not path.is_file():
        return None
    found = path.stat()
    return found.st_size, found.st_mtime_ns
