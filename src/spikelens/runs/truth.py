"""Tables of spike times, as files: the truth of a simulation, or another finder's answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnreadableFile
from spikelens.scoring import Score, score_times


@dataclass(frozen=True)
class Times:
    """Spike times (s), with their sweep and whether anyone can see them, where a file says so."""

    time: NDArray[np.float64]
    sweep: NDArray[np.int64] | None
    visible: NDArray[np.bool_]


def read_times(path: Path) -> Times:
    """Read a CSV with a column ``time`` (s), and ``sweep`` and ``visible`` where there are.

    Raises
    ------
    UnreadableFile
        No such file, no column ``time``, or something in it that is no number.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as why:
        reason = (isinstance(why, OSError) and why.strerror) or " ".join(str(why).split())
        raise UnreadableFile(f"cannot read {path}: {reason}") from why
    if "time" not in table:
        raise UnreadableFile(f"{path} has no column 'time'; it has: {', '.join(map(str, table.columns))}")
    numbers = {
        name: pd.to_numeric(table[name], errors="coerce") for name in ("time", "sweep") if name in table
    }
    for name, column in numbers.items():
        if column.isna().any():
            raise UnreadableFile(f"{path}: column {name!r} holds something that is not a number")
    times = numbers["time"].to_numpy(np.float64)
    sweep: Any = numbers["sweep"].to_numpy(np.int64) if "sweep" in numbers else None
    visible = table["visible"].to_numpy(bool) if "visible" in table else np.ones(times.size, bool)
    return Times(times, sweep, visible)


def score_files(found: Path, truth: Path, *, tolerance: float) -> Score:
    """Score one file of times against another; see `spikelens.scoring.score_times`."""
    answer, true = read_times(found), read_times(truth)
    sweeps = None
    if answer.sweep is not None and true.sweep is not None:
        sweeps = (true.sweep[true.visible], answer.sweep)
    return score_times(
        true.time[true.visible],
        answer.time,
        tolerance=tolerance,
        ignore=true.time[~true.visible],
        sweeps=sweeps,
    )
