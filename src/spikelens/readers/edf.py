"""European Data Format, EDF and EDF+.

Layout after Kemp et al. 1992 (doi:10.1016/0013-4694(92)90009-7) and Kemp and Olivan 2003
(doi:10.1016/S1388-2457(03)00123-8). Neo reads it only where pyedflib is installed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.errors import UnknownName, UnreadableFile, UnsupportedInput
from spikelens.readers import Hints, Reader
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._opening import identity, reading
from spikelens.recording import Events, Recording, Sweeps
from spikelens.sources import MappedSource, Stored
from spikelens.units import parse_unit

_HEAD = 256
_WIDTHS = {
    "name": 16,
    "sensor": 80,
    "unit": 8,
    "low": 8,
    "high": 8,
    "least": 8,
    "most": 8,
    "filter": 80,
    "n": 8,
}
_ANNOTATIONS = "EDF Annotations"
_TAL = re.compile(rb"([+-][\d.]+)(?:\x15([\d.]+))?\x14([^\0]*)\x14\0")
"""An annotation: onset, duration, texts."""


@dataclass(frozen=True)
class RecordSource:
    """Some signals of a file of records, each holding a stretch of one signal after another.

    Parameters
    ----------
    records : MappedSource, (n_records, values per record)
    columns : tuple of int
        Where each signal begins within a record.
    per_record : int
        Samples of each signal in a record.
    """

    records: MappedSource
    columns: tuple[int, ...]
    per_record: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.records.n_samples * self.per_record, len(self.columns)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.records.dtype

    def read(self, start: int, stop: int) -> Stored:
        first, last = start // self.per_record, -(-stop // self.per_record)
        found = self.records.read(first, last)
        signals = [found[:, c : c + self.per_record].ravel() for c in self.columns]
        skipped = first * self.per_record
        return np.column_stack(signals)[start - skipped : stop - skipped]


@dataclass(frozen=True)
class _Head:
    """The header: of the file, and per signal."""

    kind: str
    about: str
    date: str
    n_records: int
    duration: float
    """Of a record, s."""
    signals: tuple[dict[str, str], ...]

    @cached_property
    def counts(self) -> list[int]:
        """Samples per record of each signal."""
        return [int(signal["n"]) for signal in self.signals]

    def trace(self, k: int) -> Trace:
        signal = self.signals[k]
        low, high, least, most = (float(signal[key]) for key in ("low", "high", "least", "most"))
        gain = (high - low) / (most - least)
        return Trace(signal["name"], signal["unit"], gain, low - least * gain)


@dataclass(frozen=True, kw_only=True)
class Edf(Reader):
    """European Data Format (.edf), EDF+ included; samples stay on disk.

    Signals of one sampling rate are one recording; `--variable` names a signal whose
    rate is wanted, by default the fastest voltage. Annotations are events. Files with
    gaps (EDF+D) are refused.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".edf",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head[:8] == b"0       "

    def read(self, path: Path, hints: Hints) -> Recording:
        """Open an EDF file; see `Reader.read`."""
        with reading(path, "an EDF file"):
            head = _head(path)
            records = _records(path, head)
            chosen = _chosen(head, hints)
            events = _annotations(head, records)
        per_record = head.counts[chosen[0]]
        rate = per_record / head.duration if head.duration > 0 else None
        traces = [head.trace(k) for k in chosen]
        columns = tuple(sum(head.counts[:k]) for k in chosen)
        source = RecordSource(records, columns, per_record)
        filters = {head.signals[k]["name"]: head.signals[k]["filter"] for k in chosen}
        return Recording(
            source=source,
            sampling_rate=rate_of(rate, hints),
            channels=channels_of(traces, hints),
            sweeps=Sweeps.of_lengths([source.shape[0]]),
            events=events,
            header={"format": head.kind, "comment": head.about, "date": head.date, "filter": filters},
            warnings=contradictions(hints, rate=rate, traces=traces),
            **identity(path, self.method_name()),
        )


def _head(path: Path) -> _Head:
    with path.open("rb") as file:
        fixed = file.read(_HEAD).decode("latin-1")
        if not fixed.startswith("0       "):
            raise UnreadableFile(f"{path} is not an EDF file: it does not begin with version 0")
        n_signals = int(fixed[252:256])
        table = file.read(_HEAD * n_signals).decode("latin-1")
    kind = fixed[192:197].strip() or "EDF"
    if kind == "EDF+D":
        raise UnsupportedInput(f"{path} has gaps (EDF+D), which are not read; export it as EDF or EDF+C")
    signals: list[dict[str, str]] = [{} for _ in range(n_signals)]
    at = 0
    for field, width in _WIDTHS.items():
        for signal in signals:
            signal[field] = table[at : at + width].strip()
            at += width
    date = f"{fixed[168:176]} {fixed[176:184]}"
    return _Head(
        kind, fixed[88:168].strip(), date, int(fixed[236:244]), float(fixed[244:252]), tuple(signals)
    )


def _records(path: Path, head: _Head) -> MappedSource:
    offset, values = _HEAD * (1 + len(head.signals)), sum(head.counts)
    there = (path.stat().st_size - offset) // (2 * values)
    # A program that was stopped leaves -1 for the number of records.
    n_records = there if head.n_records < 0 else head.n_records
    if n_records <= 0 or there < n_records:
        raise UnreadableFile(f"{path} is cut off: {there} of {n_records} records are there; copy it again")
    return MappedSource(path, "<i2", n_records, values, offset)


def _chosen(head: _Head, hints: Hints) -> list[int]:
    """The signals that share a sampling rate with the one asked for."""
    there = {k: s["name"] for k, s in enumerate(head.signals) if s["name"] != _ANNOTATIONS}
    if not there:
        raise UnsupportedInput("the file holds annotations only, no signal")
    leading = max(there, key=lambda k: (_is_voltage(head.signals[k]["unit"]), head.counts[k], -k))
    if hints.variable is not None:
        leading = _named(hints.variable, there)
    return [k for k in there if head.counts[k] == head.counts[leading]]


def _named(variable: str, there: dict[int, str]) -> int:
    for number, (k, name) in enumerate(there.items(), 1):
        if variable in (name, str(number)):
            return k
    raise UnknownName.among("signal", variable, (f"{n} ({name})" for n, name in enumerate(there.values(), 1)))


def _is_voltage(unit_text: str) -> bool:
    unit = parse_unit(unit_text)
    return unit is not None and unit.quantity == "voltage"


def _annotations(head: _Head, records: MappedSource) -> Events:
    found = Events.none()
    for k, signal in enumerate(head.signals):
        if signal["name"] != _ANNOTATIONS:
            continue
        at = sum(head.counts[:k])
        raw = records.read(0, records.n_samples)[:, at : at + head.counts[k]].tobytes()
        rows = [(float(on), float(lasting or 0), text) for on, lasting, text in _TAL.findall(raw) if text]
        start = np.array([row[0] for row in rows])
        stop = start + np.array([row[1] for row in rows])
        labels = [row[2].replace(b"\x14", b"; ").decode("utf-8", "replace") for row in rows]
        found += Events.at(start, stop, label=labels, source="tag")
    return found
