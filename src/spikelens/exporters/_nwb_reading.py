"""Spikes read back from NWB: our own table whole, or anyone's units by their times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from spikelens.errors import UnreadableFile, UnsupportedInput
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import Columns, read_provenance, spikes_of_columns, spikes_of_trains

_PLACES = ("processing/icephys/spikes", "processing/ecephys/spikes")


def spikes_in(path: Path, recording: Recording) -> Spikes:
    """The spikes of a file; see `Nwb.read_spikes`."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            place = _newest(file)
            if place is not None:
                return _from_table(file, place, recording)
            if "units/spike_times" in file:
                return _from_units(file["units"], recording)
    except OSError as why:
        raise UnreadableFile(f"cannot read {path}: {str(why).splitlines()[0]}") from why
    raise UnsupportedInput(f"{path} holds neither units nor a table of spikes")


def _newest(file: Any) -> str | None:
    """Where the table that was added last stands: they are numbered from the second on."""
    there = [place for place in _PLACES if place in file]
    if not there:
        return None
    k = 1
    while f"{there[0]}_{k + 1}" in file:
        k += 1
    return there[0] if k == 1 else f"{there[0]}_{k}"


def _from_table(file: Any, place: str, recording: Recording) -> Spikes:
    table, number = file[place], place.rpartition("spikes")[2]
    columns: Columns = {}
    for name in table.attrs["colnames"]:
        values = table[name]
        columns[str(name)] = values.asstr()[()].astype("U") if values.dtype.kind == "O" else values[()]
    told = _document(file, f"scratch/spikelens_parameters{number}") or {}
    rules = told.get("columns", {})
    model, edits = (_document(file, f"scratch/spikelens_{n}{number}") for n in ("model_card", "edit_history"))
    return spikes_of_columns(
        recording,
        columns,
        made_by="nwb",
        units={name: row["unit"] for name, row in rules.items() if row["unit"]},
        rules={name: row["rule"] for name, row in rules.items() if row["rule"]},
        provenance=told | {"model": model or {}, "edits": tuple(edits or ())},
        observed=_observed(table.parent, f"observed{number}"),
    )


def _observed(room: Any, name: str) -> Any:
    """Samples between which spikes were sought, from the table beside that of the spikes."""
    if name not in room:
        return None
    held = room[name]
    return np.column_stack([held["start_sample"][()], held["stop_sample"][()]]).astype(np.int64)


def _from_units(units: Any, recording: Recording) -> Spikes:
    ends = units["spike_times_index"][()].astype(np.int64)
    trains = np.split(units["spike_times"][()], ends[:-1])
    names = [int(k) for k in units["id"][()]]
    return spikes_of_trains(recording, dict(zip(names, trains, strict=True)), made_by="nwb")


def _document(file: Any, place: str) -> Any:
    if place not in file:
        return None
    value = file[place][()]
    text = value.decode() if isinstance(value, bytes) else str(value)
    return read_provenance(text) if text.startswith("{") else json.loads(text)
