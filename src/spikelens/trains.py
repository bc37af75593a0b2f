"""Tables of spikes as trains of units, and tables made from what other libraries hold."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.arrow import typed_table
from spikelens.errors import OutsideRecording, UnsupportedInput
from spikelens.files import to_json
from spikelens.recording import Recording
from spikelens.spikes import REQUIRED, Provenance, Spikes
from spikelens.stretches import Stretches

Columns = dict[str, NDArray[Any]]
_NANOSECOND = 1e-9


def ordered_columns(spikes: Spikes) -> Columns:
    """The columns of a table in the order of every file: the required ones first."""
    rest = [name for name in spikes.columns if name not in REQUIRED]
    return {name: spikes[name] for name in (*REQUIRED, *rest)}


def rows_of_units(spikes: Spikes) -> dict[int, NDArray[np.int64]]:
    """The rows of each unit: as sorted, else a unit per channel.

    A table of one channel that nobody sorted is one unit, 0, and stays so without a spike.
    """
    if "unit_id" in spikes:
        of_row = spikes["unit_id"]
    elif np.unique(spikes["channel_index"]).size > 1:
        of_row = spikes["channel_index"]
    else:
        of_row = np.zeros(len(spikes), np.int32)
    units = np.unique(of_row).tolist() or [0]
    return {int(unit): np.flatnonzero(of_row == unit) for unit in units}


def observed_intervals(recording: Recording, stretches: Stretches) -> NDArray[np.float64]:
    """Where spikes were sought, (n, 2), s on the recording's clock; an end is a sample after the last."""
    if not len(stretches):
        return np.empty((0, 2))
    ends = recording.time_of(stretches.stop - 1) + 1 / recording.sampling_rate
    return np.column_stack([recording.time_of(stretches.start), ends])


def apart(intervals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intervals whose ends are a nanosecond early, so that neighbours do not touch and are not joined."""
    return intervals - [0.0, _NANOSECOND]


def spikes_of_columns(
    recording: Recording,
    columns: Mapping[str, NDArray[Any]],
    *,
    made_by: str,
    units: Mapping[str, str] | None = None,
    rules: Mapping[str, str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    observed: NDArray[np.int64] | None = None,
) -> Spikes:
    """A table from columns that hold at least ``time`` (s) or ``sample_index``.

    What other columns lack is filled in: samples from times, the recording's first
    channel, and NaN for a height and a probability nobody gave.

    Parameters
    ----------
    made_by : str
        Named as the method where `provenance` says nothing.
    observed : int64 array, (n, 2), optional
        Samples between which spikes were sought; whole sweeps by default.

    Raises
    ------
    UnsupportedInput
        Neither times nor samples.
    OutsideRecording
        A spike lies outside the recording, or in a gap; the message names the first.
    """
    full = _filled(recording, columns)
    order = np.lexsort((full["channel_index"], full["sample_index"], full["sweep"]))
    known = {name: unit for name, (_, unit) in REQUIRED.items() if unit}
    walls = np.empty((0, 2), np.int64) if observed is None else _walls(recording, observed)
    return Spikes(
        columns={name: column[order] for name, column in full.items()},
        units=known | {"height": recording.channels[0].unit} | dict(units or {}),
        rules=dict(rules or {}),
        sampling_rate=recording.sampling_rate,
        stretches=Stretches.between_walls(recording, walls),
        provenance=_provenance(recording, made_by, provenance),
    )


def spikes_of_trains(
    recording: Recording, trains: Mapping[Any, NDArray[Any]], *, made_by: str, in_samples: bool = False
) -> Spikes:
    """A table from one train per unit: times (s, recording's clock), or samples through the file.

    Several trains become units, numbered as they are named where names are whole numbers.
    """
    numbers = _numbers(list(trains))
    sizes = [len(train) for train in trains.values()]
    name = "sample_index" if in_samples else "time"
    joined = np.concatenate([np.asarray(t) for t in trains.values()]) if trains else np.empty(0)
    columns: Columns = {name: joined.astype(np.int64 if in_samples else np.float64)}
    if len(trains) > 1:
        columns["unit_id"] = np.repeat(numbers, sizes).astype(np.int32)
    return spikes_of_columns(recording, columns, made_by=made_by)


def spikes_of_frame(recording: Recording, frame: Any, *, made_by: str) -> Spikes:
    """A table from a DataFrame, whose ``attrs`` may hold units, rules, provenance and what was observed."""
    observed = frame.attrs.get("observed")
    return spikes_of_columns(
        recording,
        {str(name): frame[name].to_numpy() for name in frame.columns},
        made_by=made_by,
        units=frame.attrs.get("units"),
        rules=frame.attrs.get("rules"),
        provenance=frame.attrs.get("provenance"),
        observed=None if observed is None else np.array(observed, np.int64),
    )


def _numbers(names: list[Any]) -> list[int]:
    texts = [str(name) for name in names]
    return [int(t) for t in texts] if all(t.isdecimal() for t in texts) else list(range(len(names)))


def _filled(recording: Recording, columns: Mapping[str, NDArray[Any]]) -> Columns:
    """All required columns with their types, then the others."""
    samples = _samples(recording, columns)
    n, sweep = samples.size, recording.sweeps.at(samples)
    times = np.asarray(columns.get("time", recording.time_of(samples) if n else np.empty(0)), np.float64)
    began = recording.time_of(recording.sweeps.bounds[:-1])[sweep] if n else np.empty(0)
    channel = np.asarray(columns.get("channel_index", np.full(n, _number(recording, 0))), np.int64)
    names = {_number(recording, k): c.name for k, c in enumerate(recording.channels)}
    filled: Columns = {
        "time": times,
        "sample_index": samples,
        "sweep": sweep,
        "time_in_sweep": times - began,
        "channel": np.array([names.get(int(k), str(k)) for k in channel], "U"),
        "channel_index": channel,
        "height": np.full(n, np.nan),
        "probability": np.full(n, np.nan),
        "verdict": np.full(n, "spike"),
    }
    given = {name: np.asarray(column) for name, column in columns.items()}
    whole = filled | given
    return {name: _typed(name, whole[name]) for name in (*filled, *given)}


def _typed(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """A column with the type it has in every table; texts as texts of fixed width."""
    kind = REQUIRED[name][0] if name in REQUIRED else "U" if column.dtype.kind in "OUST" else column.dtype
    return column.astype(kind)


def _number(recording: Recording, k: int) -> int:
    index = recording.channels[k].index
    return k if index is None else index


def _samples(recording: Recording, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    if "sample_index" in columns:
        samples = np.asarray(columns["sample_index"], np.int64)
        outside = (samples < 0) | (samples >= recording.n_samples)
        if outside.any():
            raise OutsideRecording(
                f"a spike at sample {samples[outside][0]} lies outside the recording's {recording.n_samples}"
            )
        return samples
    if "time" not in columns:
        raise UnsupportedInput(f"no column 'time' among: {', '.join(columns)}")
    times = np.asarray(columns["time"], np.float64)
    lost = ~recording.is_recorded(times)
    if lost.any():
        raise OutsideRecording(
            f"a spike at {times[lost][0]:g} s lies outside {recording.name}, or in a gap between its sweeps"
        )
    return (
        np.minimum(recording.sample_at(times), recording.n_samples - 1) if times.size else times.astype(int)
    )


def _walls(recording: Recording, observed: NDArray[np.int64]) -> NDArray[np.int64]:
    """What lies between observed samples."""
    starts, stops = np.asarray(observed, np.int64).reshape(-1, 2).T
    return np.column_stack([np.append(0, stops), np.append(starts, recording.n_samples)])


def _provenance(recording: Recording, made_by: str, told: Mapping[str, Any] | None) -> Provenance:
    plain: dict[str, Any] = {
        "method": made_by,
        "parameters": {},
        "version": "",
        "fingerprint": recording.fingerprint,
        "mode": recording.mode,
        "polarity": 1,
    }
    known = {f.name for f in dataclasses.fields(Provenance)}
    kept = {k: v for k, v in (told or {}).items() if k in known}
    return Provenance(**(plain | kept | {"edits": tuple(kept.get("edits", ()))}))


def observed_samples(spikes: Spikes) -> list[list[int]]:
    """Samples between which spikes were sought, as `spikes_of_columns` takes them."""
    rows: list[list[int]] = np.column_stack([spikes.stretches.start, spikes.stretches.stop]).tolist()
    return rows


def read_observed(text: str | bytes | None) -> list[list[int]] | None:
    """Where spikes were sought, from the JSON that files carry; None where it is none."""
    try:
        rows = json.loads(text or "null")
    except ValueError:
        return None
    return rows if isinstance(rows, list) else None


def read_provenance(text: str | bytes | None) -> dict[str, Any] | None:
    """What made a table, from the JSON that files carry; None where it is none."""
    try:
        told = json.loads(text or "null")
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def arrow_table(spikes: Spikes, *, numbered: bool = False) -> Any:
    """A `pyarrow.Table` with a row per spike, and in its metadata what made it and where it looked.

    Texts are numbers of their words where `numbered`.
    """
    made_by = to_json(dataclasses.asdict(spikes.provenance))
    metadata = {"spikelens": made_by, "observed": json.dumps(observed_samples(spikes))}
    facts = {"unit": spikes.units, "rule": spikes.rules}
    return typed_table(ordered_columns(spikes), facts, metadata, numbered=numbered)
