"""From Neo's objects to ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikelens.errors import UnsupportedInput
from spikelens.recording import Channel, Events, Mode, Recording, Stimulus, Sweeps
from spikelens.sources import ArraySource, ChainedSource, ChosenChannels
from spikelens.spikes import Spikes
from spikelens.trains import Columns, spikes_of_columns
from spikelens.units import parse_unit


def recording_of(given: Any) -> Recording:
    """A recording from a Block, its segments, one Segment, or one AnalogSignal.

    Segments are sweeps. Their signals of the first voltage's sampling rate and length
    are the channels; one that is annotated ``is_stimulus`` is the stimulus.

    Raises
    ------
    UnsupportedInput
        No signal of voltage or current, or segments whose signals differ.
    """
    segments = _segments(given)
    per_sweep = [_alike(_loaded(segment)) for segment in segments]
    first = per_sweep[0]
    layouts = {tuple(str(s.dimensionality) for s in signals) for signals in per_sweep}
    if len(layouts) > 1:
        raise UnsupportedInput("the segments hold different signals; give those of one kind")
    parts = [ArraySource(np.hstack([np.asarray(s.magnitude) for s in signals])) for signals in per_sweep]
    whole = ChainedSource(parts)
    channels, sent = _channels(first)
    kept = tuple(k for k in range(len(channels)) if k != sent)
    starts = [float(signals[0].t_start.rescale("s")) for signals in per_sweep]
    stimulus = None
    if sent is not None:
        origin = first[-1].annotations.get("origin", "unknown")
        stimulus = Stimulus(ChosenChannels(whole, (sent,)), channels[sent], origin)
    named = given if hasattr(given, "annotations") else segments[0]
    return Recording(
        source=ChosenChannels(whole, kept),
        sampling_rate=float(first[0].sampling_rate.rescale("Hz")),
        channels=tuple(channels[k] for k in kept),
        sweeps=Sweeps.of_lengths([p.shape[0] for p in parts], starts),
        mode=_mode(named),
        stimulus=stimulus,
        events=_events(segments),
        name=named.name or "neo",
        reader="neo",
    )


def spikes_of(given: Any, recording: Recording) -> Spikes:
    """A table from one SpikeTrain or several; array annotations become columns.

    Trains that are annotated with the same ``unit`` are one; else each is a unit.
    """
    import neo

    trains = [given] if isinstance(given, neo.SpikeTrain) else list(given)
    if not trains:
        return spikes_of_columns(recording, {"time": np.empty(0)}, made_by="neo")
    units = [int(t.annotations.get("unit", k)) for k, t in enumerate(trains)]
    times = [np.asarray(t.rescale("s").magnitude, np.float64) for t in trains]
    sizes = [t.size for t in times]
    columns: Columns = {"time": np.concatenate(times)}
    shared = set.intersection(*(set(t.array_annotations) for t in trains))
    for name in (n for n in trains[0].array_annotations if n in shared):
        columns[name] = np.concatenate([np.asarray(t.array_annotations[name]) for t in trains])
    if len(set(units)) > 1 and "channel_index" not in columns:
        columns.setdefault("unit_id", np.repeat(units, sizes).astype(np.int32))
    return spikes_of_columns(recording, columns, made_by="neo")


def _segments(given: Any) -> list[Any]:
    import neo

    if isinstance(given, neo.Block):
        return list(given.segments)
    if isinstance(given, neo.AnalogSignal):
        segment = neo.Segment(name=given.name)
        segment.analogsignals.append(given)
        return [segment]
    return [given] if isinstance(given, neo.Segment) else list(given)


def _loaded(segment: Any) -> list[Any]:
    return [s.load() if hasattr(s, "load") else s for s in segment.analogsignals]


def _alike(signals: list[Any]) -> list[Any]:
    """The signals that share the first voltage's (or current's) rate and length, the stimulus last."""
    known = [s for s in signals if parse_unit(s.units.dimensionality.string) is not None]
    if not known:
        raise UnsupportedInput("no signal of voltage or current among those of the segment")
    first = next((s for s in known if _quantity(s) == "voltage" and not _is_sent(s)), known[0])
    alike = [s for s in known if s.shape[0] == first.shape[0] and s.sampling_rate == first.sampling_rate]
    return sorted(alike, key=_is_sent)


def _is_sent(signal: Any) -> bool:
    return bool(signal.annotations.get("is_stimulus"))


def _quantity(signal: Any) -> str:
    unit = parse_unit(signal.units.dimensionality.string)
    return unit.quantity if unit else "other"


def _channels(signals: list[Any]) -> tuple[list[Channel], int | None]:
    """A channel per column of all signals, and which of them is the stimulus."""
    channels: list[Channel] = []
    sent = None
    for signal in signals:
        stated = signal.units.dimensionality.string
        unit = parse_unit(stated)
        assert unit is not None
        names = signal.array_annotations.get("channel_names", [])
        if _is_sent(signal):
            sent = len(channels)
        for k in range(signal.shape[1]):
            name = names[k] if k < len(names) else signal.name or f"ch{len(channels)}"
            channels.append(Channel(str(name), unit.quantity, unit.factor, stated_unit=stated))
    return channels, sent


def _mode(given: Any) -> Mode:
    mode: Mode = given.annotations.get("mode", "unknown")
    return mode


def _events(segments: list[Any]) -> Events:
    found = Events.none()
    for segment in segments:
        for event in [*segment.events, *segment.epochs]:
            start = event.times.rescale("s").magnitude
            lasting = event.durations.rescale("s").magnitude if hasattr(event, "durations") else 0.0
            told = event.array_annotations
            found += Events.at(
                start,
                start + lasting,
                label=[str(text) for text in event.labels],
                value=[float(v) for v in told.get("value", np.full(start.size, np.nan))],
                source=[str(s) for s in told.get("source", ["neo"] * start.size)],
            )
    return found
