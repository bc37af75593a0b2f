"""Spikes as NWB holds them: units, a table with a row per spike, the time observed, and what made them."""

from __future__ import annotations

import dataclasses
from typing import Any

from hdmf.common import DynamicTable, VectorData
from pynwb.core import ScratchData
from pynwb.epoch import TimeIntervals

from spikelens.exporters._nwb_units import units_of
from spikelens.files import to_json
from spikelens.recording import Recording
from spikelens.spikes import REQUIRED, Spikes
from spikelens.texts import fixed
from spikelens.trains import observed_intervals, ordered_columns

TABLE, CANDIDATES, OBSERVED = "spikes", "candidates", "observed"
_MEANINGS = {
    "time": "Time of the peak on the session's clock, finer than a sample.",
    "sample_index": "Sample of the peak, counted through all sweeps.",
    "sweep": "The sweep, counted from 0.",
    "time_in_sweep": "Time of the peak from the sweep's start.",
    "channel": "The channel's name.",
    "channel_index": "The channel's number, counted from 0.",
    "height": "Peak minus the local base before it, signed.",
    "probability": "Of being a spike, estimated by the method for cells like those it was trained on; NaN"
    " where it gives none.",
    "verdict": "What the method says it is: spike, artefact, synaptic or too_small.",
    "unit_id": "The neuron it was sorted to.",
    "kind": "The class it was sorted or classified to.",
    "notes": "Why a feature is missing.",
}


def add_units(
    file: Any, recording: Recording, spikes: Spikes, *, all_intervals: bool = False, electrodes: Any = None
) -> None:
    """The file's units; in the module where the file has a table of units of its own.

    Parameters
    ----------
    file : NWBFile
    recording : Recording
        Whose clock is the session's.
    spikes : Spikes
    all_intervals : bool
        Several observed intervals go into the units' own column, too.
    electrodes : DynamicTable, optional
        Whose rows are the recording's channels, in their order.
    """
    settings: dict[str, Any] = {"all_intervals": all_intervals, "electrodes": electrodes}
    if file.units is None:
        file.units = units_of(recording, spikes, **settings)
    else:
        room = processing_room(file, recording)
        room.add(units_of(recording, spikes, name=free_name("units", room.data_interfaces), **settings))


def add_spikes(file: Any, recording: Recording, spikes: Spikes) -> None:
    """The tables of spikes, candidates and observed time, and in scratch what made them."""
    room = processing_room(file, recording)
    room.add(observed_table(recording, spikes, free_name(OBSERVED, room.data_interfaces)))
    room.add(table_of(spikes, free_name(TABLE, room.data_interfaces), "One row per spike."))
    if spikes.candidates is not None and len(spikes.candidates):
        told = "One row per event that was looked at and not accepted."
        room.add(table_of(spikes.candidates, free_name(CANDIDATES, room.data_interfaces), told))
    for name, told, document in _scratch(recording, spikes):
        named = free_name(name, file.scratch)
        file.add_scratch(ScratchData(name=named, data=to_json(document), description=told))


def processing_room(file: Any, recording: Recording) -> Any:
    """The module that results go to, made if there is none."""
    name = "ecephys" if recording.mode == "extracellular" else "icephys"
    if name in file.processing:
        return file.processing[name]
    return file.create_processing_module(name, "Spikes found by Spikelens, and their features.")


def free_name(name: str, taken: Any) -> str:
    """The name, or the first numbered one that is not taken."""
    k, free = 1, name
    while free in taken:
        k += 1
        free = f"{name}_{k}"
    return free


def observed_table(recording: Recording, spikes: Spikes, name: str) -> Any:
    """Where spikes were sought, in s and in samples, a row per stretch between two walls."""
    table = TimeIntervals(name=name, description="Where spikes were sought; rates refer to this time.")
    table.add_column("sweep", "The sweep, counted from 0.")
    table.add_column("start_sample", "First sample, counted through all sweeps.")
    table.add_column("stop_sample", "The sample after the last.")
    intervals = observed_intervals(recording, spikes.stretches)
    for stretch, (start, stop) in zip(spikes.stretches, intervals, strict=True):
        table.add_row(
            start_time=start,
            stop_time=stop,
            sweep=stretch.sweep,
            start_sample=stretch.start,
            stop_sample=stretch.stop,
        )
    return table


def table_of(spikes: Spikes, name: str, told: str) -> Any:
    """A table with a row per spike; each column's description holds its unit and its rule."""
    columns = [
        VectorData(name=n, description=_described(spikes, n), data=fixed(column))
        for n, column in ordered_columns(spikes).items()
    ]
    return DynamicTable(name=name, description=told, columns=columns)


def _described(spikes: Spikes, name: str) -> str:
    meaning = spikes.rules.get(name) or _MEANINGS.get(name) or name
    unit = spikes.units.get(name)
    return f"{meaning} [{unit}]" if unit else meaning


def _scratch(recording: Recording, spikes: Spikes) -> list[tuple[str, str, object]]:
    """Names, descriptions and documents of what made the spikes."""
    made = dataclasses.asdict(spikes.provenance)
    edits, model = made.pop("edits"), made.pop("model")
    columns = {
        name: {"unit": spikes.units.get(name, ""), "rule": spikes.rules.get(name, "")}
        for name in spikes.columns
        if name not in REQUIRED
    }
    facts = {"recording": recording.name, "time_base": recording.time_base, "columns": columns}
    return [
        ("spikelens_parameters", "How the spikes were found and measured, as JSON.", made | facts),
        ("spikelens_model_card", "The model behind the probabilities, as JSON.", model),
        ("spikelens_edit_history", "What people changed by hand, as JSON.", list(edits)),
    ]
