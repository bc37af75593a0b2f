"""Stimuli and conditions in CSV files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnreadableFile
from spikelens.recording import Recording
from spikelens.responses.stimuli import Floats, Stimuli

if TYPE_CHECKING:
    import pandas as pd

_STARTS = ("start", "time", "onset")
"""Names that the column of starts may have."""


def stimuli_in(recording: Recording, path: Path) -> Stimuli:
    """The stimuli that a CSV names; see `spikelens.responses.sources.stimuli_from`.

    Raises
    ------
    UnreadableFile
        It cannot be read, lacks a column, or a row of it is no good; names the row.
    OutsideRecording
        All stimuli lie outside.
    """
    return stimuli_of(recording, read_table(path), path.name)


def stimuli_of(recording: Recording, table: pd.DataFrame, name: str) -> Stimuli:
    """The stimuli of a table's rows; see `stimuli_in`."""
    start_name = next((column for column in _STARTS if column in table), None)
    if start_name is None:
        raise UnreadableFile(f"{name} has no column 'start'; it has: {', '.join(map(str, table.columns))}")
    start = _numbers(table, start_name, name)
    stop = _numbers(table, "stop", name) if "stop" in table else np.full(start.size, np.nan)
    if (stop < start).any():
        raise UnreadableFile(f"{name}: a stimulus stops before it starts, in row {_first(stop < start)}")
    columns = [column for column in table if column not in (start_name, "stop", "sweep")]
    conditions = {str(column): _column(table[column]) for column in columns}
    if "sweep" not in table:
        return Stimuli.on_clock(recording, start, stop, conditions=conditions, origin=name)
    sweep = _numbers(table, "sweep", name)
    if (sweep != np.rint(sweep)).any():
        raise UnreadableFile(f"{name}: column 'sweep' holds something that is not a whole number")
    sweeps = sweep.astype(np.int64)
    return Stimuli.in_sweeps(recording, sweeps, start, stop - start, conditions=conditions, origin=name)


def read_table(path: Path) -> pd.DataFrame:
    """A CSV as a DataFrame.

    Raises
    ------
    UnreadableFile
        It cannot be read, or has no rows.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, encoding="utf-8-sig", skipinitialspace=True)
    except (OSError, ValueError) as why:
        reason = (isinstance(why, OSError) and why.strerror) or " ".join(str(why).split())
        raise UnreadableFile(f"cannot read {path}: {reason}") from why
    if not len(table):
        raise UnreadableFile(f"{path} has no rows")
    return table


def _numbers(table: pd.DataFrame, column: str, name: str) -> Floats:
    import pandas as pd

    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64)
    if not np.isfinite(numbers).all():
        row = _first(~np.isfinite(numbers))
        raise UnreadableFile(f"{name}: column {column!r} holds something that is not a number, in row {row}")
    return numbers


def _first(wrong: NDArray[np.bool_]) -> int:
    """The line of the file that holds the first wrong row."""
    return int(np.flatnonzero(wrong)[0]) + 2


def _column(values: pd.Series[Any]) -> NDArray[Any]:
    """A condition as numbers where all that is given are numbers, else as text."""
    if values.dtype.kind in "iuf":
        return values.to_numpy(np.float64)
    return values.fillna("").astype(str).str.strip().to_numpy(np.str_)


def joined(stimuli: Stimuli, path: str | Path) -> Stimuli:
    """The stimuli with more conditions, looked up in a CSV by the first column that both have.

    Raises
    ------
    UnreadableFile
        No column is shared, or a value stands twice in it.
    """
    table = read_table(Path(path))
    shared = next((str(name) for name in table if name in stimuli.conditions), None)
    if shared is None:
        raise UnreadableFile(
            f"{path} shares no column with the stimuli, which have: {', '.join(stimuli.conditions) or 'none'}"
        )
    keys = _column(table[shared])
    if np.unique(keys).size < keys.size:
        raise UnreadableFile(f"{path}: column {shared!r} holds a value twice")
    rows = {key: k for k, key in enumerate(keys.tolist())}
    wanted = np.array([rows.get(key, -1) for key in stimuli.conditions[shared].tolist()])
    more = {str(name): _column(table[name]) for name in table if name != shared}
    found = {
        name: np.where(wanted < 0, "" if column.dtype.kind == "U" else np.nan, column[wanted])
        for name, column in more.items()
    }
    return dataclasses.replace(stimuli, conditions={**stimuli.conditions, **found})
