"""Spikes as NWB holds them: units with waveforms, a table with a row per spike, and what made them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hdmf.common import DynamicTable, DynamicTableRegion, VectorData, VectorIndex
from numpy.typing import NDArray
from pynwb.core import ScratchData
from pynwb.epoch import TimeIntervals
from pynwb.misc import Units

from spikelens.files import to_json
from spikelens.recording import Recording
from spikelens.spikes import REQUIRED, Spikes
from spikelens.trains import observed_intervals, ordered_columns, rows_of_units
from spikelens.windows import Windows

BEFORE, AFTER = 1e-3, 2e-3
"""What a waveform shows to either side of its peak, s."""
_MOST_WAVEFORMS = 1 << 26
"""Samples; more spikes than that are averaged only."""
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


def add_spikes(
    file: Any,
    recording: Recording,
    spikes: Spikes,
    *,
    all_intervals: bool = False,
    electrodes: Any = None,
) -> None:
    """Units, the tables of spikes, candidates and observed time, and in scratch what made them.

    Parameters
    ----------
    file : NWBFile
    recording : Recording
    spikes : Spikes
    all_intervals : bool
        Several observed intervals go into the units' own column, too.
    electrodes : DynamicTable, optional
        Whose rows are the recording's channels, in their order.
    """
    room = processing_room(file, recording)
    told = {"all_intervals": all_intervals, "electrodes": electrodes}
    if file.units is None:
        file.units = units_of(recording, spikes, **told)
    else:
        # A file has one table of units of its own; ours goes to the module then.
        room.add(units_of(recording, spikes, name=free_name("units", room.data_interfaces), **told))
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


def units_of(
    recording: Recording,
    spikes: Spikes,
    *,
    name: str = "units",
    all_intervals: bool = False,
    electrodes: Any = None,
) -> Any:
    """A row per unit: its spike times, the time observed, its electrode, and waveforms in V or A."""
    rows = rows_of_units(spikes)
    ordered = {unit: mine[np.argsort(spikes.time[mine], kind="stable")] for unit, mine in rows.items()}
    intervals = _untouching(observed_intervals(recording, spikes.stretches), recording.sampling_rate)
    times = [spikes.time[mine] for mine in ordered.values()]
    columns = _ragged("spike_times", "Times of the peaks, s.", times)
    # Neo 0.14 refuses a whole file for a unit that was observed in several intervals.
    if len(intervals) == 1 or all_intervals:
        columns += _ragged("obs_intervals", "Where spikes were sought, s.", [intervals] * len(ordered))
    if electrodes is not None:
        columns += _on_electrodes(recording, spikes, list(rows.values()), electrodes)
    shapes = _waveforms(recording, spikes)
    if shapes is not None:
        columns += _shape_columns([shapes[mine] for mine in ordered.values()])
    if "unit_id" not in spikes and "kind" not in spikes:
        told = "No: all spikes of the channel, not sorted."
        columns.append(VectorData(name="is_sorted", description=told, data=[False] * len(ordered)))
    return Units(
        name=name,
        description=f"Spikes found by {spikes.provenance.method}.",
        id=list(ordered),
        columns=columns,
        resolution=1 / spikes.sampling_rate,
        waveform_rate=spikes.sampling_rate,
        waveform_unit="amperes" if recording.channels[0].quantity == "current" else "volts",
    )


def _untouching(intervals: NDArray[np.float64], sampling_rate: float) -> NDArray[np.float64]:
    """Intervals of which none begins where another ends."""
    if len(intervals) < 2:
        return intervals
    gap = np.concatenate([[True], intervals[1:, 0] - intervals[:-1, 1] > 0.5 / sampling_rate])
    first = np.flatnonzero(gap)
    last = np.append(first[1:], len(intervals)) - 1
    return np.column_stack([intervals[first, 0], intervals[last, 1]])


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


def _on_electrodes(
    recording: Recording, spikes: Spikes, rows: list[NDArray[np.int64]], electrodes: Any
) -> list[Any]:
    """The electrode of each unit: that of most of its spikes."""
    places = [
        [_place(recording, int(np.bincount(spikes["channel_index"][mine]).argmax()))] if mine.size else []
        for mine in rows
    ]
    region = DynamicTableRegion(
        name="electrodes",
        description="The channel of most of the unit's spikes.",
        data=np.array([k for some in places for k in some], np.int64),
        table=electrodes,
    )
    ends = np.cumsum([len(some) for some in places]).astype(np.int64)
    return [region, VectorIndex(name="electrodes_index", data=ends, target=region)]


def _ragged(name: str, description: str, parts: list[NDArray[Any]]) -> list[Any]:
    """A column of as many values per row as it takes."""
    data = VectorData(name=name, description=description, data=np.concatenate(parts))
    ends = np.cumsum([len(part) for part in parts]).astype(np.int64)
    return [data, VectorIndex(name=f"{name}_index", data=ends, target=data)]


def _waveforms(recording: Recording, spikes: Spikes) -> NDArray[np.float32] | None:
    """The trace around each peak, (n_spikes, n_samples); NaN for one too near a wall. None if too much."""
    left, right = (round(t * recording.sampling_rate) for t in (BEFORE, AFTER))
    if left + right < 2 or len(spikes) * (left + right) > _MOST_WAVEFORMS:
        return None
    start = spikes.sample_index - left
    held = spikes.stretches.at(spikes.sample_index)
    inside = (held >= 0) & (start >= spikes.stretches.start[held] if len(spikes.stretches) else False)
    inside &= start + left + right <= spikes.stretches.stop[held] if len(spikes.stretches) else False
    out = np.full((len(spikes), left + right), np.nan, np.float32)
    for channel in np.unique(spikes["channel_index"]):
        mine = np.flatnonzero(inside & (spikes["channel_index"] == channel))
        one = recording.select(_place(recording, int(channel)))
        out[mine] = Windows(one, start[mine], left + right, np.arange(mine.size)).read()
    return out


def _place(recording: Recording, number: int) -> int:
    """Where the file's channel `number` stands among those of the recording."""
    numbers = [k if c.index is None else c.index for k, c in enumerate(recording.channels)]
    return numbers.index(number)


def _shape_columns(shapes: list[NDArray[np.float32]]) -> list[Any]:
    """Mean and spread per unit, and each spike's own waveform."""
    n = shapes[0].shape[1]
    known = [w[np.isfinite(w).all(axis=1)] for w in shapes]
    means = [w.mean(axis=0) if len(w) else np.full(n, np.nan, np.float32) for w in known]
    spreads = [w.std(axis=0) if len(w) else np.full(n, np.nan, np.float32) for w in known]
    told = f"{BEFORE * 1e3:g} ms before the peak to {AFTER * 1e3:g} ms after; NaN where a wall is nearer."
    whole = VectorData(name="waveforms", description=told, data=np.concatenate(shapes))
    n_spikes = sum(len(w) for w in shapes)
    each = VectorIndex(name="waveforms_index", data=np.arange(1, n_spikes + 1), target=whole)
    ends = np.cumsum([len(w) for w in shapes]).astype(np.int64)
    return [
        VectorData(name="waveform_mean", description="Mean of the waveforms.", data=np.array(means)),
        VectorData(
            name="waveform_sd", description="Standard deviation of the waveforms.", data=np.array(spreads)
        ),
        whole,
        each,
        VectorIndex(name="waveforms_index_index", data=ends, target=each),
    ]


def table_of(spikes: Spikes, name: str, told: str) -> Any:
    """A table with a row per spike; each column's description holds its unit and its rule."""
    columns = [
        VectorData(name=n, description=_described(spikes, n), data=_plain(column))
        for n, column in ordered_columns(spikes).items()
    ]
    return DynamicTable(name=name, description=told, columns=columns)


def _described(spikes: Spikes, name: str) -> str:
    meaning = spikes.rules.get(name) or _MEANINGS.get(name) or name
    unit = spikes.units.get(name)
    return f"{meaning} [{unit}]" if unit else meaning


def _plain(column: NDArray[Any]) -> Any:
    return column.astype("U") if column.dtype.kind in "UO" else column


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
