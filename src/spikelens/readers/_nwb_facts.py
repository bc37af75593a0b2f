"""What an NWB file says around its series: header facts, events, and pairs of stimulus and response."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import numpy as np

from spikelens.readers._nwb_series import Series, groups_under, series_under, text_of, type_of
from spikelens.recording import Events

_SESSION = ("session_start_time", "session_description", "identifier")
_GENERAL = ("experimenter", "institution", "lab", "protocol", "notes", "stimulus", "experiment_description")
_OF_SERIES = (
    *("gain", "bias_current", "bridge_balance", "capacitance_compensation"),
    *("capacitance_slow", "capacitance_fast", "resistance_comp_bandwidth", "resistance_comp_correction"),
    *("resistance_comp_prediction", "whole_cell_capacitance_comp", "whole_cell_series_resistance_comp"),
)
_EVENT_TYPES = {"AnnotationSeries": "tag", "Events": "event", "LabeledEvents": "event", "TTLs": "ttl"}
_SOURCES = {"epochs": "epoch", "trials": "trial"}


def header_of(file: Any, chosen: Sequence[Series]) -> dict[str, object]:
    """Session, subject, electrode, gain, filter and sweeps, as far as the file holds them.

    Gains and currents are in the units of the NWB schema: V/A, V/V, A, ohm, farad.
    """
    facts: dict[str, object] = {}
    _take(facts, file, _SESSION)
    with suppress(ValueError):
        facts["date"] = datetime.fromisoformat(str(facts.get("session_start_time")))
    _take(facts, file.get("general"), _GENERAL)
    for prefix, group in (
        ("subject", file.get("general/subject")),
        ("electrode", _electrode(file, chosen[0])),
    ):
        _take(facts, group, tuple(group or ()), f"{prefix}_")
    first = file[chosen[0].at]
    _take(facts, first, _OF_SERIES)
    facts |= {"filter": facts["electrode_filtering"]} if "electrode_filtering" in facts else {}
    stimuli = {text_of(file[s.at].attrs.get("stimulus_description", "")) for s in chosen} - {"", "N/A", "NA"}
    facts |= {"stimulus_description": ", ".join(sorted(stimuli))} if stimuli else {}
    facts["nwb_version"] = text_of(file.attrs.get("nwb_version", ""))
    facts["sweep_names"] = [s.name for s in chosen]
    numbers = [s.sweep_number for s in chosen]
    return facts | ({"sweep_numbers": numbers} if None not in numbers else {})


def events_of(file: Any) -> Events:
    """Epochs, trials and other intervals, annotations and TTL pulses, in session time (s)."""
    events = Events.none()
    for name, table in (file.get("intervals") or {}).items():
        if "start_time" in table and "stop_time" in table:
            starts, stops = table["start_time"][()], table["stop_time"][()]
            source = _SOURCES.get(name, name)
            labels = _labels(table, name, len(starts))
            events += Events.at(starts, stops, label=labels, value=_values(table, len(starts)), source=source)
    for group in groups_under(file.get("acquisition")):
        if type_of(group) in _EVENT_TYPES and "timestamps" in group:
            events += _stamped(group)
    return events


def stimuli_of(file: Any, responses: Sequence[Series]) -> list[Series | None]:
    """For each response the stimulus that the file pairs it with, by table or sweep number."""
    presented = series_under(file, "stimulus/presentation")
    by_place = {s.at: s for s in presented}
    by_number = {_number_of(s): s for s in presented if s.sweep_number is not None}
    paired = _paired_by_table(file)
    return [by_place.get(paired.get(r.at, "")) or by_number.get(_number_of(r)) for r in responses]


def _number_of(series: Series) -> tuple[int | None, str]:
    return series.sweep_number, series.electrode


def _paired_by_table(file: Any) -> dict[str, str]:
    """Response to stimulus, from the table of intracellular recordings (NWB 2.4 and later)."""
    table = file.get("general/intracellular_ephys/intracellular_recordings")
    if table is None or "responses/response" not in table or "stimuli/stimulus" not in table:
        return {}
    pairs = {}
    for response, stimulus in zip(
        table["responses/response"][()], table["stimuli/stimulus"][()], strict=True
    ):
        # Only what runs from the same sample on lies beside the response.
        if response["idx_start"] == stimulus["idx_start"] and response["idx_start"] >= 0:
            pairs[file[response["timeseries"]].name] = file[stimulus["timeseries"]].name
    return pairs


def _take(facts: dict[str, object], group: Any, names: Sequence[str], prefix: str = "") -> None:
    """Copy single values and short texts of a group into `facts`."""
    import h5py

    for name in names:
        item = None if group is None else group.get(name)
        if isinstance(item, h5py.Dataset) and item.size and item.size < 100:
            value = item[()]
            is_number = np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"
            facts[prefix + name] = float(value) if is_number else text_of(value)


def _electrode(file: Any, series: Series) -> Any:
    group = file[series.at].get("electrode")
    return group if series.electrode else None


def _labels(table: Any, name: str, n: int) -> list[str]:
    for column in ("label", "stimulus", "stimulus_name", "condition", "tags"):
        if column in table and table[column].shape == (n,):
            return [text_of(v) for v in table[column][()]]
    return [f"{_SOURCES.get(name, name)} {k}" for k in range(1, n + 1)]


def _values(table: Any, n: int) -> list[float]:
    column = table.get("value")
    is_numbers = column is not None and column.shape == (n,) and column.dtype.kind in "iuf"
    return [float(v) for v in column[()]] if is_numbers else [math.nan] * n


def _stamped(group: Any) -> Events:
    stamps = group["timestamps"][()]
    source, name = _EVENT_TYPES[type_of(group)], group.name.rpartition("/")[2]
    data = group.get("data")
    if data is None or data.shape[:1] != stamps.shape:
        return Events.at(stamps, label=name, source=source)
    if data.dtype.kind in "iuf":
        return Events.at(stamps, label=name, value=np.ravel(data[()]).tolist(), source=source)
    return Events.at(stamps, label=[text_of(v) for v in data[()]], source=source)
