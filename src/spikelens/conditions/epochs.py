"""Epochs: which part of a recording was made under which condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spikelens.errors import BadParameter, OutsideRecording, UnknownName, UnreadableFile, UnsupportedInput
from spikelens.recording import Events, Recording

if TYPE_CHECKING:
    import pandas as pd

BASELINE = "baseline"
"""What the time before the first tag is called."""
_COLUMNS = "columns label,start,stop (s; without stop: until the next) or label,first_sweep,last_sweep"


@dataclass(frozen=True)
class Epoch:
    """Time under one condition, s on the recording's clock."""

    label: str
    start: float
    stop: float


def epochs_of(recording: Recording, source: str, *, settle: float = 0.0) -> list[Epoch]:
    """The epochs that a source of events, or a file, cuts a recording into.

    Parameters
    ----------
    recording : Recording
    source : str
        A source of the recording's events, such as ``tag``: each begins an epoch, named
        by its text, that lasts until the next; or a CSV with the columns ``label,start``
        and, if epochs end before the next begins, ``stop`` (s, recording's clock); or
        ``label,first_sweep,last_sweep``, counted from 0, both included.
    settle : float, s, >= 0
        Left out after every beginning but that of the recording: a drug takes time to act.

    Returns
    -------
    list of Epoch
        In order of time; labels may come back.

    Raises
    ------
    UnknownName
        The recording has no events of that source.
    UnreadableFile
        The file lacks columns or holds no numbers.
    OutsideRecording, BadParameter
        An epoch outside the recording, or two that overlap; names the first.
    UnsupportedInput
        Events on a clock that the recording does not share.
    """
    if Path(source).suffix.lower() == ".csv":
        epochs = _from_table(recording, Path(source))
    else:
        epochs = _from_events(recording, source)
    settled = [_settled(epoch, recording, settle) for epoch in epochs]
    kept = [epoch for epoch in settled if epoch.stop > epoch.start]
    if not kept:
        raise BadParameter(f"no epoch of {recording.name} is longer than the {settle:g} s left to settle")
    return kept


def by_label(epochs: Iterable[Epoch]) -> dict[str, list[Epoch]]:
    """The epochs of each condition, conditions in order of their first."""
    told: dict[str, list[Epoch]] = {}
    for epoch in epochs:
        told.setdefault(epoch.label, []).append(epoch)
    return told


def _settled(epoch: Epoch, recording: Recording, settle: float) -> Epoch:
    first = float(recording.time_of(0))
    return epoch if epoch.start <= first else Epoch(epoch.label, epoch.start + settle, epoch.stop)


def _end(recording: Recording) -> float:
    return float(recording.time_of(recording.n_samples - 1)) + 1.0 / recording.sampling_rate


def _from_events(recording: Recording, source: str) -> list[Epoch]:
    there = sorted(set(recording.events.source))
    if source not in there:
        raise UnknownName.among("event source", source, there, "the name of a CSV file of epochs")
    if recording.events.clock != "recording":
        raise UnsupportedInput(
            f"events of {source} are on the {recording.events.clock}'s clock, and {recording.name} does not"
            " say when its sweeps began; give a CSV of epochs by sweep: label,first_sweep,last_sweep"
        )
    events = recording.events.of_source(source)
    return _between(recording, events)


def _between(recording: Recording, events: Events) -> list[Epoch]:
    """From each event to the next; of several at one time the last names what follows."""
    order = np.argsort(events.start, kind="stable")
    named = {float(events.start[k]): events.label[k] or f"event {k + 1}" for k in order}
    first, last = float(recording.time_of(0)), _end(recording)
    marks = [(t, label) for t, label in named.items() if first < t < last]
    before = [label for t, label in named.items() if t <= first]
    begun = [(first, before[-1] if before else BASELINE), *marks]
    ends = [t for t, _ in begun[1:]] + [last]
    return [Epoch(label, start, stop) for (start, label), stop in zip(begun, ends, strict=True)]


def _from_table(recording: Recording, path: Path) -> list[Epoch]:
    table = _read(path)
    if {"first_sweep", "last_sweep"} <= set(table):
        epochs = [_of_sweeps(recording, path, row) for row in table.itertuples()]
    else:
        epochs = _of_times(recording, table)
    _check(recording, path, epochs)
    return epochs


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype={"label": str}, keep_default_na=True)
    except (OSError, ValueError) as why:
        reason = (isinstance(why, OSError) and why.strerror) or " ".join(str(why).split())
        raise UnreadableFile(f"cannot read {path}: {reason}; it needs {_COLUMNS}") from why
    numbers = [name for name in ("start", "stop", "first_sweep", "last_sweep") if name in table]
    if "label" not in table or ("start" not in numbers and "first_sweep" not in numbers):
        raise UnreadableFile(f"{path} has the columns {', '.join(map(str, table))}; it needs {_COLUMNS}")
    for name in numbers:
        values = pd.to_numeric(table[name], errors="coerce")
        if values.isna().any() and name != "stop":
            raise UnreadableFile(f"{path}: column {name!r} holds something that is not a number")
        table[name] = values
    if table["label"].isna().any() or not len(table):
        raise UnreadableFile(
            f"{path} names no condition in one of its rows, or has none; it needs {_COLUMNS}"
        )
    return table


def _of_sweeps(recording: Recording, path: Path, row: object) -> Epoch:
    first, last = int(row.first_sweep), int(row.last_sweep)  # type: ignore[attr-defined]
    n = len(recording.sweeps)
    if not 0 <= first <= last < n:
        raise OutsideRecording(f"{path}: sweeps {first} to {last}; {recording.name} has 0 to {n - 1}")
    bounds = recording.sweeps.bounds
    stop = float(recording.time_of(int(bounds[last + 1]) - 1)) + 1.0 / recording.sampling_rate
    return Epoch(str(row.label), float(recording.time_of(int(bounds[first]))), stop)  # type: ignore[attr-defined]


def _of_times(recording: Recording, table: pd.DataFrame) -> list[Epoch]:
    ordered = table.sort_values("start", kind="stable")
    starts = ordered["start"].to_numpy(np.float64)
    following = np.append(starts[1:], _end(recording))
    stops = ordered["stop"].to_numpy(np.float64) if "stop" in ordered else following
    stops = np.where(np.isnan(stops), following, stops)
    return [Epoch(*row) for row in zip(ordered["label"], starts.tolist(), stops.tolist(), strict=True)]


def _check(recording: Recording, path: Path, epochs: Sequence[Epoch]) -> None:
    first, last = float(recording.time_of(0)), _end(recording)
    slack = 1.0 / recording.sampling_rate
    latest = -np.inf
    for epoch in sorted(epochs, key=lambda e: e.start):
        where = f"{path}: {epoch.label!r} from {epoch.start:g} to {epoch.stop:g} s"
        if epoch.stop <= epoch.start:
            raise BadParameter(f"{where} ends before it begins")
        if epoch.start < first - slack or epoch.stop > last + slack:
            raise OutsideRecording(f"{where} is outside the recording's {first:g} to {last:g} s")
        if epoch.start < latest - slack:
            raise BadParameter(f"{where} overlaps the one before it, which ends at {latest:g} s")
        latest = epoch.stop
