"""Where stimuli come from: a CSV, the recording's own events, its stimulus trace, or CRCNS ac-2."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import BadParameter, MissingFact, UnknownName
from spikelens.recording import Events, Recording
from spikelens.responses.csvfiles import stimuli_in, stimuli_of
from spikelens.responses.stimuli import Floats, Stimuli
from spikelens.runs.blanks import events_of

AC2_TONES, AC2_SAMPLE, AC2_SECONDS, AC2_RATE = 32, 60, 0.025, 4000.0
_AC2 = re.compile(r"ac2(?::(?P<tones>\d+))?")


SENSORY = ("ttl",)
"""Sources of events that tell of stimuli from outside the cell, such as light or tones."""
Given = str | Path | Events | Stimuli | Mapping[str, Any]
"""What stimuli may be given as; see `stimuli_from`."""


def stimuli_from(recording: Recording, events: Given) -> Stimuli:
    """The stimuli that were given during a recording.

    Parameters
    ----------
    recording : Recording
    events : Stimuli, Events, mapping of columns or DataFrame, Path or str
        Columns, or a CSV of them: ``start`` (s on the recording's clock, or from the start of
        the sweep where there is a column ``sweep``), ``stop`` where known, and a column per
        condition; a source of the recording's events, such as ``"ttl"``, ``"tag"`` or
        ``"epoch"``, with ``@stop`` for their ends; ``"stimulus"`` for the onsets in its
        stimulus trace; ``"ac2"`` or ``"ac2:260"`` for one tone per sweep, as in CRCNS ac-2.

    Raises
    ------
    UnknownName
        Nothing of that name.
    UnreadableFile
        The CSV cannot be read, or lacks a column.
    OutsideRecording
        All stimuli lie outside.
    MissingFact, UnsupportedInput
        The recording has no stimulus trace, or its events are on another clock.
    """
    if isinstance(events, Stimuli):
        return events
    if isinstance(events, Events):
        return _from_events(recording, dataclasses.replace(recording, events=events), "events given")
    if not isinstance(events, (str, Path)):
        import pandas as pd

        return stimuli_of(recording, pd.DataFrame(dict(events)), "the table given")
    name = str(events)
    ac2 = _AC2.fullmatch(name)
    if ac2:
        return _from_ac2(recording, ac2["tones"])
    if name == "stimulus":
        return _from_trace(recording)
    source, _, edge = name.partition("@")
    if source in recording.events.source:
        its_own = dataclasses.replace(recording, events=events_of(recording, source))
        return _from_events(recording, its_own, f"the recording's {source} events", edge)
    if Path(name).suffix.lower() == ".csv":
        return stimuli_in(recording, Path(name))
    there = sorted({*recording.events.source, *(["stimulus"] if recording.stimulus else [])})
    raise UnknownName.among(
        "source of stimuli", name, [*there, "ac2"], "the name of a CSV with a column start"
    )


def usual_source(recording: Recording) -> str:
    """The source of stimuli that a recording itself names, the surest first.

    Raises
    ------
    MissingFact
        It names none.
    """
    there = [name for name in SENSORY if name in recording.events.source]
    known = ["ac2"] if recording.header.get("n_tones") else []
    known += there + [name for name in ("epoch",) if name in recording.events.source]
    known += ["stimulus"] if recording.stimulus else []
    if not known:
        raise MissingFact(
            f"{recording.name} does not say when stimuli came: give --events a CSV with a column start (s)"
        )
    return known[0]


def _from_events(recording: Recording, holder: Recording, origin: str, edge: str = "") -> Stimuli:
    found = holder.events
    if found.clock != "recording":
        found = events_of(holder, origin)
    start = found.stop if edge == "stop" else found.start
    stop = np.full(start.size, np.nan) if edge == "stop" else found.stop
    instants = np.where(stop > start, stop, np.nan)
    conditions: dict[str, NDArray[Any]] = {"label": np.array(found.label, np.str_)}
    if np.isfinite(found.value).any():
        conditions["value"] = found.value
    return Stimuli.on_clock(recording, start, instants, conditions=conditions, origin=origin)


def _from_trace(recording: Recording) -> Stimuli:
    """Where the stimulus trace leaves the level each sweep begins with."""
    if recording.stimulus is None:
        raise MissingFact(
            f"{recording.name} holds no stimulus trace; give --events a CSV with a column start, or ac2"
        )
    rows: list[tuple[float, ...]] = []
    for number, (low, high) in enumerate(pairwise(recording.sweeps.bounds.tolist())):
        trace = recording.stimulus.read(low, high).astype(np.float64)
        rows += [(number, *pulse) for pulse in _pulses(trace, recording.sampling_rate)]
    if not rows:
        raise MissingFact(f"the stimulus trace of {recording.name} never changes: it shows no onset")
    sweep, onset, duration, level = np.array(rows, np.float64).T
    channel = recording.stimulus.channel
    found = Stimuli.in_sweeps(
        recording,
        sweep.astype(np.int64),
        onset,
        duration,
        conditions={"amplitude": level},
        origin=f"onsets in the stimulus trace {channel.name}",
    )
    return dataclasses.replace(found, units={"amplitude": channel.unit})


def _pulses(trace: Floats, sampling_rate: float) -> list[tuple[float, float, float]]:
    """Onset and duration (s) of each departure from one sweep's first level, and its median height (V or A).

    A departure is more than a tenth of the sweep's largest, and than six standard
    deviations of its first 64th; what changes its level without a return is one.
    """
    before = trace[: max(1, trace.size // 64)]
    away = np.abs(trace - np.median(before)) if trace.size else trace
    cutoff = max(0.1 * away.max(initial=0.0), 6 * float(before.std()) if trace.size else 0.0)
    if away.max(initial=0.0) <= cutoff:
        return []
    edges = np.diff(np.concatenate([[False], away > cutoff, [False]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    levels = [
        float(f"{np.median(trace[a:b]) - np.median(before):.3g}") for a, b in zip(starts, stops, strict=True)
    ]
    return [
        (a / sampling_rate, (b - a) / sampling_rate, level)
        for a, b, level in zip(starts, stops, levels, strict=True)
    ]


def _from_ac2(recording: Recording, n_tones: str | None) -> Stimuli:
    """A tone in every sweep, numbered by the sweep modulo the number of tones (DeWeese and Zador, ac-2)."""
    stated = recording.header.get("n_tones")
    n = int(n_tones) if n_tones else int(str(stated)) if stated else AC2_TONES
    if n < 1:
        raise BadParameter("ac2 needs one tone at least, such as ac2:32")
    sweep = np.arange(len(recording.sweeps))
    onset = np.full(sweep.size, AC2_SAMPLE / recording.sampling_rate)
    stimuli = Stimuli.in_sweeps(
        recording,
        sweep,
        onset,
        np.full(sweep.size, AC2_SECONDS),
        conditions={"tone": (sweep % n).astype(np.float64)},
        origin=f"CRCNS ac-2: tone = sweep modulo {n}, onset at sample {AC2_SAMPLE}",
    )
    if abs(recording.sampling_rate / AC2_RATE - 1) > 1e-6:
        stimuli = stimuli.with_warnings(
            f"ac-2 is sampled at {AC2_RATE:g} Hz, this recording at {recording.sampling_rate:g} Hz:"
            " check --sampling-rate"
        )
    if n_tones or stated:
        return stimuli
    return stimuli.with_warnings(
        f"{n} tones in turn are assumed; unanaesthetised cells heard 260: then say ac2:260"
    )
