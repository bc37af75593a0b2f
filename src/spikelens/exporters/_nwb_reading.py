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
            table = next((file[place] for place in _PLACES if place in file), None)
            if table is not None:
                return _from_table(file, table, recording)
            if "units/spike_times" in file:
                return _from_units(file["units"], recording)
    except OSError as why:
        raise UnreadableFile(f"cannot read {path}: {str(why).splitlines()[0]}") from why
    raise UnsupportedInput(f"{path} holds neither units nor a table of spikes")


def _from_table(file: Any, table: Any, recording: Recording) -> Spikes:
    columns: Columns = {}
    for name in table.attrs["colnames"]:
        values = table[name]
        columns[str(name)] = values.asstr()[()].astype("U") if values.dtype.kind == "O" else values[()]
    told = _document(file, "scratch/spikelens_parameters") or {}
    rules = told.get("columns", {})
    model, edits = (_document(file, f"scratch/spikelens_{n}") for n in ("model_card", "edit_history"))
    return spikes_of_columns(
        recording,
        columns,
        made_by="nwb",
        units={name: row["unit"] for name, row in rules.items() if row["unit"]},
        rules={name: row["rule"] for name, row in rules.items() if row["rule"]},
        provenance=told | {"model": model or {}, "edits": tuple(edits or ())},
        observed=_observed(file, recording),
    )


def _observed(file: Any, recording: Recording) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """Samples between which spikes were sought, from the first unit's intervals."""
    if "units/obs_intervals" not in file:
        return None
    first = int(file["units/obs_intervals_index"][0])
    intervals = file["units/obs_intervals"][:first]
    half = 0.5 / recording.sampling_rate
    # An end lies a sample after the last, which in another sweep would be its first.
    stops = recording.sample_at(intervals[:, 1] - 2 * half) + 1
    return np.column_stack([recording.sample_at(intervals[:, 0]), stops]).astype(np.int64)


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
