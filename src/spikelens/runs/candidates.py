"""All that could have been a spike, in one table: accepted or not, and why."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

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
    columns = {name: np.concatenate([table[name] for table in tables]) for name in accepted.columns}
    order = np.lexsort((columns["sample_index"], columns["sweep"]))
    columns = {name: column[order] for name, column in columns.items()}
    return dataclasses.replace(accepted, columns=columns, candidates=None)
