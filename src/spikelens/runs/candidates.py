"""All that could have been a spike, in one table: accepted or not, and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.exporters.csv import Csv
from spikelens.exporters.parquet import Parquet
from spikelens.spikes import Spikes

ROWS_AT_ONCE = 20_000
"""Rows that are put together at a time: a day's candidates take more memory than all else."""


def write_candidates(folder: Path, spikes: Spikes) -> None:
    """Write ``candidates.csv`` and ``candidates.parquet``, with the columns of spikes and ``reason``."""
    n_rows = len(spikes) + (0 if spikes.candidates is None else len(spikes.candidates))
    Csv().write_parts(folder / "candidates.csv", all_candidates(spikes))
    Parquet().write_parts(folder / "candidates.parquet", all_candidates(spikes), n_rows)


def all_candidates(spikes: Spikes) -> Iterator[Spikes]:
    """Spikes and rejected candidates in one table, in order, part by part; of spikes ``reason`` is empty.

    Parameters
    ----------
    spikes : Spikes
        With the reasons of `spikelens.reasons.with_reasons`.
    """
    accepted = spikes.with_columns({"reason": np.full(len(spikes), "")})
    rejected = spikes.candidates if spikes.candidates is not None else accepted.take(slice(0))
    keys = [np.concatenate([t[name] for t in (accepted, rejected)]) for name in ("sample_index", "sweep")]
    order = np.lexsort(keys)
    for start in range(0, max(order.size, 1), ROWS_AT_ONCE):
        rows = order[start : start + ROWS_AT_ONCE]
        columns = {name: _at(rows, accepted[name], rejected[name]) for name in accepted.columns}
        yield dataclasses.replace(accepted, columns=columns, candidates=None)


def _at(rows: NDArray[np.intp], first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Values of two columns at `rows`, counted through both."""
    out = np.empty(rows.size, np.result_type(first, second))
    of_first = rows < first.size
    out[of_first] = first[rows[of_first]]
    out[~of_first] = second[rows[~of_first] - first.size]
    return out
