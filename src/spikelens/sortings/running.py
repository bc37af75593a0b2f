"""From a recording's file to the folder of its sorting."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spikelens import api
from spikelens.choosing import guessed_sweeps
from spikelens.engines import Engine
from spikelens.errors import MissingFact, UnreadableFile
from spikelens.files import fingerprint
from spikelens.missing import missing_runs, missing_warnings
from spikelens.probes import read_probe
from spikelens.recording import Recording
from spikelens.runs.analysis import Analysis, key_of, write_once
from spikelens.runs.blanks import blank_events
from spikelens.runs.truth import read_times
from spikelens.sorting import DEFAULT, TOGETHER, sorted_spikes, sorter_for, unit_search
from spikelens.sortings.measuring import measure_units
from spikelens.sortings.report import analysis_of
from spikelens.spikes import Spikes
from spikelens.unitmatching import UnitComparison, compare_units
from spikelens.unitquality import UnitRule
from spikelens.unitsearch import UnitSearch


@dataclass(frozen=True, kw_only=True)
class SortRequest:
    """What is to be sorted how; everything that decides the result."""

    method: str = DEFAULT
    parameters: Mapping[str, Any] = field(default_factory=dict)
    hints: Mapping[str, object] = field(default_factory=dict)
    channel: str | None = None
    probe: Path | None = None
    truth: Path | None = None
    """A CSV with ``time`` (s) and ``unit_id``, to compare with."""
    blank: tuple[str, ...] = ()
    start: float | None = None
    stop: float | None = None

    def facts(self) -> dict[str, object]:
        """The request as the run's key and record hold it; files by what is in them."""
        told = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        files = {name: fingerprint(path) for name in ("probe", "truth") if (path := told[name]) is not None}
        return told | {"parameters": dict(self.parameters), "hints": dict(self.hints), **files}


def sort_file(
    path: Path, folder: Path, request: SortRequest, rule: UnitRule, engine: Engine, *, force: bool = False
) -> dict[str, Any]:
    """Sort a file's spikes and write a folder.

    Parameters
    ----------
    path : Path
    folder : Path
        Appears whole or not at all; if it holds this very sorting, nothing is done.
    request : SortRequest
    rule : UnitRule
        Thresholds for what units are proposed to be.
    engine : Engine
        Changes nothing in the result.
    force : bool
        Replace what another run left in `folder`.

    Returns
    -------
    dict
        What ``run.json`` holds.
    """
    sorter_for(request.method, dict(request.parameters))
    recording = api.read(path, **request.hints)
    _check_matrix(recording)
    settings = {"sorting": request.facts(), "units": rule.parameters()}

    def analyse() -> Analysis:
        search = _search(recording, request)
        spikes = sorted_spikes(search.taught(), engine)
        measured = measure_units(search.recording, spikes, **rule.parameters())
        return analysis_of(measured, _comparison(spikes, request), _chosen(search, request))

    read = [path, *(given for given in (request.probe, request.truth) if given is not None)]
    key = key_of("sort", [recording.fingerprint], settings)
    return write_once(folder, key, analyse, inputs=read, force=force)


def _check_matrix(recording: Recording) -> None:
    """Ask what a matrix holds: of a tetrode's channels laid end to end units are made that are none."""
    guessed = guessed_sweeps(recording)
    if guessed and not recording.mode.endswith("clamp"):
        raise MissingFact(
            f"whether the {len(recording.sweeps)} {guessed} of {recording.name} are channels,"
            f" or sweeps of one wire, is not clear; say --channels-in {guessed} or --sweeps-in {guessed}"
        )


def _search(recording: Recording, request: SortRequest) -> UnitSearch:
    probe = read_probe(request.probe, len(recording.channels)) if request.probe else None
    runs = missing_runs(recording)
    where = api.observed(
        recording,
        blank=blank_events(recording, request.blank) if request.blank else None,
        start=request.start,
        stop=request.stop,
        missing=runs,
    )
    doubts = [*_of_a_cell(recording), *(probe.doubts() if probe else [])]
    told = recording.with_warnings(*missing_warnings(recording, runs), *doubts)
    return unit_search(
        told,
        request.method,
        channel=request.channel,
        probe=probe,
        stretches=where,
        parameters=dict(request.parameters),
    )


def _of_a_cell(recording: Recording) -> list[str]:
    """A warning where the file says that it is no extracellular recording."""
    if not recording.mode.endswith("clamp"):
        return []
    return [
        f"the file says {recording.mode.replace('-', ' ')}, and units are sought as among extracellular"
        " spikes; the kinds of one cell's spikes are told by find --kinds"
    ]


def _comparison(spikes: Spikes, request: SortRequest) -> UnitComparison | None:
    if request.truth is None:
        return None
    import pandas as pd

    times = read_times(request.truth)
    table = pd.read_csv(request.truth)
    if "unit_id" not in table:
        raise UnreadableFile(
            f"{request.truth} has no column 'unit_id'; it has: {', '.join(map(str, table.columns))}"
        )
    units = table["unit_id"].to_numpy(np.int64)
    return compare_units(times.time, units, spikes.time, spikes["unit_id"])


def _chosen(search: UnitSearch, request: SortRequest) -> list[tuple[str, str]]:
    names = [c.name for c in search.recording.channels]
    shown = ", ".join(names) if len(names) <= 8 else f"{len(names)} channels"
    why = "as asked" if request.channel else "every voltage"
    geometry = f"from {request.probe}" if request.probe else "no --probe was given"
    if not request.probe and 1 < len(names) <= TOGETHER:
        geometry += f": up to {TOGETHER} channels are taken to see the same neurons"
    return [
        (f"channels {shown}", why),
        (f"geometry {search.probe.name}", geometry),
        (f"method {request.method}", ""),
    ]
