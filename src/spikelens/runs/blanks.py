"""Stretches to blank, as people write them: ``ttl:-1ms:5ms``, ``stimulus.csv:0:3ms``, ``excluded.csv``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spikelens.errors import BadParameter, UnknownName, UnreadableFile, UnsupportedInput
from spikelens.recording import Events, Recording
from spikelens.runs.truth import read_times
from spikelens.stretches import event_walls

_SPEC = re.compile(r"(?P<source>.+):(?P<low>[-+\d.e]+(?:ms|s)?):(?P<high>[-+\d.e]+(?:ms|s)?)", re.IGNORECASE)


def blank_events(recording: Recording, specs: Sequence[str]) -> Events:
    """What each ``SOURCE:FROM:TO`` takes out, around the start of the source's events.

    Parameters
    ----------
    recording : Recording
    specs : sequence of str
        SOURCE is a source of the recording's events (``ttl``, ``tag``, ``epoch`` ...),
        with ``@stop`` for the ends of its events, or a CSV with a column ``time`` (s).
        FROM and TO are offsets, in s unless they end in ms. A CSV alone, with columns
        ``start`` and ``stop`` (s), is taken as it is: what `spikelens quality` proposes.

    Returns
    -------
    Events
        With label ``blank``; empty without specs.

    Raises
    ------
    BadParameter
        A spec that cannot be read, or whose TO does not come after its FROM.
    UnknownName
        A source that the recording has no events of.
    """
    blanks = Events.none()
    for spec in specs:
        if _SPEC.fullmatch(spec.strip()) is None and spec.strip().lower().endswith(".csv"):
            listed = read_intervals(Path(spec.strip()))
            blanks = blanks + Events.at(listed.start, listed.stop, label="blank", source=spec.strip())
            continue
        source, low, high = _parsed(spec)
        times = _times(recording, source)
        blanks = blanks + Events.at(times + low, times + high, label="blank", source=source)
    return blanks


def read_intervals(path: Path) -> Events:
    """Stretches from a CSV with columns ``start`` and ``stop`` (s), and ``label`` where there is one.

    Raises
    ------
    UnreadableFile
        No such file or columns, something in them that is no number, or a stop before its start.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as why:
        reason = (isinstance(why, OSError) and why.strerror) or " ".join(str(why).split())
        raise UnreadableFile(f"cannot read {path}: {reason}") from why
    lacking = [name for name in ("start", "stop") if name not in table]
    if lacking:
        named = " and ".join(map(repr, lacking))
        raise UnreadableFile(f"{path} has no column {named}; it has: {', '.join(map(str, table.columns))}")
    start, stop = (pd.to_numeric(table[n], errors="coerce").to_numpy(np.float64) for n in ("start", "stop"))
    if not (stop >= start).all():
        row = int(np.argmin(stop >= start)) + 2
        raise UnreadableFile(
            f"{path}: start and stop in line {row} are no stretch; both are seconds, in order"
        )
    labels = [str(x) for x in table["label"].fillna("")] if "label" in table else ""
    return Events.at(start, stop, label=labels, source=path.name)


def blank_warnings(recording: Recording, blanks: Events) -> list[str]:
    """What to say of stretches that blank nothing, since nothing was recorded then; nothing if none do."""
    walls = event_walls(recording, blanks)
    empty = np.flatnonzero(walls[:, 0] >= walls[:, 1])
    if not empty.size:
        return []
    return [
        f"{empty.size} of {len(blanks)} blanked stretches, the first at {blanks.start[empty[0]]:.6g} s, lie"
        " where nothing was recorded and leave nothing out: their times must be on the recording's clock"
    ]


def _parsed(spec: str) -> tuple[str, float, float]:
    found = _SPEC.fullmatch(spec.strip())
    if found is None:
        raise BadParameter(f"cannot read {spec!r}: write SOURCE:FROM:TO, such as ttl:-1ms:5ms, or a CSV")
    low, high = _seconds(found["low"], spec), _seconds(found["high"], spec)
    if high <= low:
        raise BadParameter(f"{spec!r} blanks nothing: TO must come after FROM")
    return found["source"], low, high


def _seconds(text: str, spec: str) -> float:
    number, factor = (text[:-2], 1e-3) if text.lower().endswith("ms") else (text.rstrip("sS"), 1.0)
    try:
        return float(number) * factor
    except ValueError:
        raise BadParameter(f"cannot read {text!r} in {spec!r} as a time") from None


def _times(recording: Recording, source: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    name, _, edge = source.partition("@")
    if name in recording.events.source:
        events = events_of(recording, name)
        return events.stop if edge == "stop" else events.start
    if Path(source).suffix.lower() == ".csv":
        return np.sort(read_times(Path(source)).time)
    there = sorted(set(recording.events.source))
    raise UnknownName.among("event source", source, there, "the name of a CSV file with a column time")


def events_of(recording: Recording, source: str) -> Events:
    """The recording's own events of one source, on its clock.

    Raises
    ------
    UnsupportedInput
        Its events are on another clock.
    """
    if recording.events.clock != "recording":
        raise UnsupportedInput(
            f"events of {source} are on the {recording.events.clock}'s clock, and {recording.name} does not"
            " say when its sweeps began; give a CSV of times on the recording's clock"
        )
    return recording.events.of_source(source)
