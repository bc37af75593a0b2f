"""Axon Text Files, as Clampfit exports them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnreadableFile, UnsupportedInput
from spikelens.readers import Hints, Reader
from spikelens.readers._facts import Trace, channels_of, contradictions, rate_of
from spikelens.readers._lazy import LazySource
from spikelens.readers._opening import identity, reading
from spikelens.recording import Recording, Sweeps

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
_UNEVEN = 0.5
"""A step that differs from the others by more than this share of it is no rounding."""


@dataclass(frozen=True)
class _Head:
    """The lines before the numbers."""

    n_lines: int
    separator: str
    facts: dict[str, str]
    titles: tuple[str, ...]
    signals: tuple[str, ...]
    """One name per column after the time, where the file gives them."""

    def traces(self) -> list[Trace]:
        """One per column after the time; sweeps of one signal bear one name."""
        found = []
        for k, title in enumerate(self.titles[1:]):
            name, unit = _name_and_unit(title)
            plain = re.sub(r"\s*#\s*\d+$", "", name)
            found.append(Trace(self.signals[k] if self.signals else plain, unit))
        return found

    def columns(self) -> dict[Trace, list[int]]:
        """The columns of each trace, in the order of its sweeps."""
        columns: dict[Trace, list[int]] = {}
        for k, trace in enumerate(self.traces()):
            columns.setdefault(trace, []).append(k + 1)
        return columns


@dataclass(frozen=True, kw_only=True)
class Atf(Reader):
    """Axon Text Format (.atf): time in the first column, then sweeps of one or more signals."""

    suffixes: ClassVar[tuple[str, ...]] = (".atf",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head[:3] == b"ATF"

    def read(self, path: Path, hints: Hints) -> Recording:
        """Open an ATF file; see `Reader.read`."""
        with reading(path, "an ATF file"):
            head = _head(path)
            table = _table(path, head)
            rate = _rate(table[:, 0], head.titles[0])
            source = LazySource.opened(partial(_load, path), _arranged(table, head))
        columns = head.columns()
        n_sweeps = min(len(c) for c in columns.values())
        return Recording(
            source=source,
            sampling_rate=rate_of(rate, hints),
            channels=channels_of(list(columns), hints),
            sweeps=Sweeps.of_lengths([table.shape[0]] * n_sweeps, _starts(head, n_sweeps)),
            header={"format": "ATF", **{key.lower(): value for key, value in head.facts.items()}},
            warnings=contradictions(hints, rate=rate, traces=list(columns)),
            **identity(path, self.method_name()),
        )


def _head(path: Path) -> _Head:
    with path.open(encoding="cp1252", errors="replace") as file:
        first = file.readline()
        if not first.startswith("ATF"):
            raise UnreadableFile(f"{path} is not an ATF file: it does not begin with ATF")
        separator = "," if "," in first else "\t"
        n_records, n_columns = (int(word) for word in file.readline().replace(",", " ").split()[:2])
        records = [_words(file.readline(), separator) for _ in range(n_records)]
        titles = _words(file.readline(), separator)
    if n_columns < 2 or len(titles) < n_columns:
        raise UnreadableFile(f"{path} names {len(titles)} of its {n_columns} columns")
    signals = next((row[1:] for row in records if row[0].startswith("Signals=")), [])
    return _Head(
        n_lines=n_records + 3,
        separator=separator,
        facts=dict(row[0].split("=", 1) for row in records if "=" in row[0]),
        titles=tuple(titles[:n_columns]),
        signals=tuple(signals) if len(signals) == n_columns - 1 else (),
    )


def _words(line: str, separator: str) -> list[str]:
    # A comment may hold the separator; quotes keep it together.
    found = re.findall(r'"([^"]*)"', line)
    return found or [word.strip() for word in line.split(separator)]


def _table(path: Path, head: _Head) -> NDArray[np.float64]:
    """All numbers, shape (n_rows, n_columns); a last line that broke off is left out."""
    import pandas as pd

    names = range(len(head.titles))
    frame = pd.read_csv(
        path, sep=head.separator, skiprows=head.n_lines, header=None, names=names, index_col=False
    )
    table: NDArray[np.float64] = frame.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    if table.shape[0] and np.isnan(table[-1]).any():
        table = table[:-1]
    if np.isnan(table).any():
        line = head.n_lines + 1 + int(np.flatnonzero(np.isnan(table).any(axis=1))[0])
        raise UnreadableFile(f"{path} has something other than numbers in line {line}")
    if table.shape[0] < 2:
        raise UnreadableFile(f"{path} holds no samples")
    return table


def _arranged(table: NDArray[np.float64], head: _Head) -> NDArray[np.float64]:
    """Sweeps chained, one column per signal."""
    columns = head.columns()
    if len({len(chosen) for chosen in columns.values()}) > 1:
        listed = ", ".join(f"{trace.name} ({len(chosen)})" for trace, chosen in columns.items())
        raise UnsupportedInput(f"the signals have different numbers of sweeps: {listed}")
    return np.column_stack([table[:, chosen].T.ravel() for chosen in columns.values()])


def _load(path: Path) -> NDArray[np.float64]:
    head = _head(path)
    return _arranged(_table(path, head), head)


def _rate(time: NDArray[np.float64], title: str) -> float | None:
    """From the time column, whose steps may be rounded but not uneven."""
    seconds = _SECONDS.get(_name_and_unit(title)[1])
    steps = np.diff(time)
    step = (time[-1] - time[0]) / steps.size
    if seconds is None or not step > 0:
        return None
    if np.abs(steps - step).max() > _UNEVEN * step:
        raise UnsupportedInput("the samples are not evenly spaced in time")
    return float(1 / (step * seconds))


def _starts(head: _Head, n_sweeps: int) -> list[float] | None:
    words = head.facts.get("SweepStartTimesMS", "").split(",")
    starts = [float(word) * 1e-3 for word in words if word.strip()]
    return starts if len(starts) == n_sweeps else None


def _name_and_unit(title: str) -> tuple[str, str]:
    name, _, unit = title.partition("(")
    return name.strip(), unit.rstrip(") ")
