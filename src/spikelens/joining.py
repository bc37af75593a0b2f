"""From the tables of chunks to one table of spikes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.table import describe, keep_highest
from spikelens.passes import Chunk
from spikelens.recording import Recording
from spikelens.spikes import REQUIRED, VERDICTS, Provenance, Spikes
from spikelens.stretches import Stretches

Columns = dict[str, NDArray[Any]]

TOGETHER = 64
"""Tables of so many chunks are made one as they come."""
_INTERNAL = ("shift", "peak", "stretch")
_WORD = np.array(VERDICTS).dtype.str


def reseated(chunk: Chunk, found: Columns, reach: int) -> Columns:
    """Candidates of a filtered trace, moved to the largest sample of this one within `reach` samples."""
    at = found["sample_index"] - chunk.start
    around = np.clip(at[:, None] + np.arange(-reach, reach + 1), 0, chunk.trace.size - 1)
    summit = around[np.arange(at.size), np.argmax(chunk.trace[around], axis=1)]
    return {**found, "sample_index": summit + chunk.start}


def described(chunk: Chunk, found: Columns, base_samples: int) -> Columns:
    """A chunk's candidates with their sub-sample ``shift``, ``peak`` and ``height``."""
    at = found["sample_index"] - chunk.start
    gain, offset = float(chunk.gain[0]) * chunk.sign, float(chunk.offset[0]) * chunk.sign
    known = describe(chunk.stored[:, 0], at, base_samples, gain=gain, offset=offset)
    return {**found, **known._asdict()}


def joined(parts: Iterable[Columns], stretches: Stretches) -> Columns | None:
    """All chunks' candidates in order of sample, each with its ``stretch``; None if there are none.

    The parts are taken apart as they come, so that a long table is not in memory twice, nor in
    very many pieces, whose room the system does not get back.
    """
    full: list[Columns] = []
    few: list[Columns] = []
    for part in parts:
        if part["sample_index"].size:
            few.append(part)
        if len(few) == TOGETHER:
            full.append(_stacked(few))
            few = []
    if not full and not few:
        return None
    table = _stacked([*full, *few])
    # Chunks come in order, but a candidate may have been moved past another.
    if np.any(np.diff(table["sample_index"]) < 0):
        order = np.argsort(table["sample_index"], kind="stable")
        table = {name: table.pop(name)[order] for name in list(table)}
    return table | {"stretch": stretches.at(table["sample_index"])}


def _stacked(parts: Sequence[Columns]) -> Columns:
    """Tables one after the other; they are empty afterwards."""
    return {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}


def undoubled(tables: Sequence[Columns], dead: int) -> list[Columns]:
    """Picked tables of either polarity; of events accepted up and down within `dead` samples the higher.

    Peaks of opposite polarity do not compare, heights over the local base do.
    """
    accepted = [table["verdict"] == "spike" for table in tables]
    names = ("sample_index", "stretch", "height")
    rows = [np.concatenate([t[name][a] for t, a in zip(tables, accepted, strict=True)]) for name in names]
    kept = keep_highest(rows[0], rows[1], rows[2], dead)
    parts = np.split(kept, np.cumsum([a.sum() for a in accepted])[:-1])
    return [_dropped(*row) for row in zip(tables, accepted, parts, strict=True)]


def _dropped(table: Columns, accepted: NDArray[np.bool_], kept: NDArray[np.bool_]) -> Columns:
    """The table without a verdict for what was accepted and not kept."""
    verdict = table["verdict"].copy()
    verdict[np.flatnonzero(accepted)[~kept]] = ""
    return table | {"verdict": verdict}


def spikes_of(
    tables: Sequence[Columns], recording: Recording, stretches: Stretches, provenance: Provenance
) -> Spikes:
    """The accepted rows of picked tables as spikes, the others as their candidates.

    Parameters
    ----------
    tables : sequence of dict of arrays
        One per polarity, with ``verdict`` and ``sign`` columns; rows without a verdict are dropped.
    recording : Recording
        Of the one channel looked at, or of those that a column ``channel_index`` counts.
    """
    rows = [_standard(_worded(table), recording) for table in tables]
    columns = _stacked(rows) if rows else _empty()
    order = np.lexsort((columns["channel_index"], columns["sample_index"], columns["sweep"]))
    columns = {name: columns.pop(name)[order] for name in list(columns)}
    unit = recording.channels[0].unit
    units = {name: u for name, (_, u) in REQUIRED.items() if u} | {"height": unit}
    whole = Spikes(columns, units, {}, recording.sampling_rate, stretches, provenance)
    accepted = columns["verdict"] == "spike"
    return dataclasses.replace(whole.take(accepted), candidates=whole.take(~accepted))


def _worded(table: Columns) -> Columns:
    """The rows that have a verdict; not what begins with an underscore, the detector's working material."""
    kept = table["verdict"] != ""
    return {name: column[kept] for name, column in table.items() if not name.startswith("_")}


def _standard(table: Columns, recording: Recording) -> Columns:
    """The required columns, then those that are the detector's own."""
    at, rate = table["sample_index"].astype(np.int64), recording.sampling_rate
    n, channels = at.size, recording.channels
    which = table.get("channel_index", np.zeros(n, np.int32))
    numbers = np.array([k if c.index is None else c.index for k, c in enumerate(channels)], np.int32)
    sweep = recording.sweeps.at(at)
    late = table["shift"] / rate
    required: Columns = {
        "time": recording.time_of(at) + late,
        "sample_index": at,
        "sweep": sweep.astype(np.int32),
        "time_in_sweep": (at - recording.sweeps.bounds[sweep]) / rate + late,
        "channel": np.array([c.name for c in channels])[which],
        "channel_index": numbers[which],
        "height": table["height"].astype(np.float64) * table["sign"],
        "probability": table.get("probability", np.full(n, np.nan)).astype(np.float32),
        "verdict": table["verdict"].astype(_WORD),
    }
    known = (*required, *_INTERNAL, "sign")
    own = {k: v for k, v in table.items() if k not in known}
    return required | own


def _empty() -> Columns:
    types: Mapping[str, str] = {name: _WORD if kind == "U" else kind for name, (kind, _) in REQUIRED.items()}
    return {name: np.empty(0, kind) for name, kind in types.items()}
