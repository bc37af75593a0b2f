"""Comma-separated text, for people and spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnreadableFile
from spikelens.exporters import Exporter
from spikelens.files import replacing
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import ordered_columns, spikes_of_frame

_ROWS_AT_ONCE = 100_000
"""Of samples; of spikes, which have many more columns:"""
_SPIKES_AT_ONCE = 5_000
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, kw_only=True)
class Csv(Exporter):
    """A table with a row per spike, or a recording with a row per sample.

    UTF-8, commas, a point for decimals, empty where there is no number. Times have 7
    decimals, other numbers as many as give them back exactly.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".csv",)

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        self.write_parts(path, [spikes])

    def write_parts(self, path: Path, parts: Iterable[Spikes]) -> None:
        """Write one table that comes in parts, one at least, of the same columns."""
        with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
            for k, part in enumerate(parts):
                columns = ordered_columns(part)
                if k == 0:
                    out.write(_head(columns))
                out.writelines(_body(columns))

    def read_spikes(self, path: Path, recording: Recording) -> Spikes:
        import pandas as pd

        # Before its version 3 pandas reads some numbers a unit in the last place off, unless asked not to.
        exact: Any = {"float_precision": "round_trip"} if pd.__version__ < "3" else {}
        try:
            frame = pd.read_csv(path, keep_default_na=False, na_values=[""], **exact)
        except (OSError, ValueError) as why:
            raise UnreadableFile(f"{path} is no table of spikes: {str(why).splitlines()[0]}") from why
        texts = frame.select_dtypes(exclude="number").columns
        return spikes_of_frame(recording, frame.fillna(dict.fromkeys(texts, "")), made_by="csv")

    def write_recording(self, path: Path, recording: Recording, spikes: Spikes | None = None) -> None:
        """Write a column of times and one per channel and sweep, sweeps side by side."""
        columns, names = _traces(recording)
        with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
            out.write(_lines([["time (s)", *map(_text, names)]]))
            for start in range(0, max(c.size for c in columns), _ROWS_AT_ONCE):
                out.write(_lines(_rows(columns, start, recording.sampling_rate)))


def table_text(columns: Mapping[str, NDArray[Any]]) -> str:
    """Columns of equal length as CSV."""
    return "".join([_head(columns), *_body(columns)])


def _head(columns: Mapping[str, NDArray[Any]]) -> str:
    return _lines([[_text(name) for name in columns]])


def _body(columns: Mapping[str, NDArray[Any]]) -> Iterator[str]:
    """The rows in parts: as text, a long table would take many times its memory."""
    n_rows = next(iter(columns.values())).size
    for start in range(0, n_rows, _SPIKES_AT_ONCE):
        part = slice(start, start + _SPIKES_AT_ONCE)
        yield _lines(zip(*(_cells(name, c[part]) for name, c in columns.items()), strict=True))


def _traces(recording: Recording) -> tuple[list[NDArray[np.float32]], list[str]]:
    sweeps = [recording.read_sweep(k) for k in range(len(recording.sweeps))]
    columns, names = [], []
    for k, channel in enumerate(recording.channels):
        unit = f" ({channel.unit})" if channel.unit else ""
        name = "voltage" if channel.quantity == "voltage" and len(recording.channels) == 1 else channel.name
        columns += [sweep[:, k] for sweep in sweeps]
        names += (
            [f"{name} {j}{unit}" for j in range(1, len(sweeps) + 1)] if len(sweeps) > 1 else [name + unit]
        )
    return columns, names


def _rows(
    columns: Sequence[NDArray[np.float32]], start: int, sampling_rate: float
) -> Iterable[Sequence[str]]:
    stop = min(start + _ROWS_AT_ONCE, max(c.size for c in columns))
    cells = [_cells("time", np.arange(start, stop) / sampling_rate)]
    for column in columns:
        part = np.full(stop - start, np.nan, np.float32)
        held = column[start:stop]
        part[: held.size] = held
        cells.append(_cells("trace", part))
    return zip(*cells, strict=True)


def _cells(name: str, column: NDArray[Any]) -> list[str]:
    """The cells of a column; NumPy's text of a float is the shortest that gives it back."""
    if column.dtype.kind not in "fiub":
        return [_text(str(value)) for value in column.tolist()]
    if column.dtype.kind == "f" and (name == "time_in_sweep" or name.split("_")[-1] == "time"):
        return [f"{value:.7f}" if value == value else "" for value in column.tolist()]
    return ["" if text == "nan" else text for text in column.astype(str).tolist()]


def _text(value: str) -> str:
    """A text cell that no spreadsheet takes for a formula.

    >>> _text("=1+1"), _text("a, b")
    ("'=1+1", '"a, b"')
    """
    safe = f"'{value}" if value.startswith(_FORMULA) else value
    return '"' + safe.replace('"', '""') + '"' if _NEEDS_QUOTES.search(safe) else safe


def _lines(rows: Iterable[Sequence[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)
