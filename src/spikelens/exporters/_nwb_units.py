"""Units as NWB holds them: spike times, the time observed, electrodes and waveforms."""

from __future__ import annotations

from typing import Any

import numpy as np
from hdmf.common import DynamicTableRegion, VectorData, VectorIndex
from numpy.typing import NDArray
from pynwb.misc import Units

from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import observed_intervals, rows_of_units
from spikelens.windows import Windows

BEFORE, AFTER = 1e-3, 2e-3
"""What a waveform shows to either side of its peak, s."""
_MOST_WAVEFORMS = 1 << 26
"""Samples; more spikes than that are averaged only."""


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
