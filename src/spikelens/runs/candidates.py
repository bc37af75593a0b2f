"""All that could have been a spike, in one table: accepted or not, and why."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.recording import Recording
from spikelens.spikes import Spikes


def write_candidates(folder: Path, spikes: Spikes, recording: Recording) -> None:
    """Write ``candidates.csv`` and ``candidates.parquet``, with the columns of spikes and ``reason``."""
    table = all_candidates(spikes)
    for name in ("csv", "parquet"):
        rooms.load("exporters", name)().write_spikes(folder / f"candidates.{name}", table, recording)


def all_candidates(spikes: Spikes) -> Spikes:
    """Spikes and rejected candidates in one table, in order; of spikes ``reason`` is empty.

    Parameters
    ----------
    spikes : Spikes
        With the reasons of `spikelens.reasons.with_reasons`.
    """
    accepted = spikes.with_columns({"reason": np.full(len(spikes), "")})
    if spikes.candidates is None:
        return accepted
    tables = (accepted, spikes.candidates)

    def both(name: str) -> NDArray[Any]:
        return np.concatenate([table[name] for table in tables])

    order = np.lexsort((both("sample_index"), both("sweep")))
    columns = {name: both(name)[order] for name in accepted.columns}
    return dataclasses.replace(accepted, columns=columns, candidates=None)
