"""A recording's membrane potential, from its file to its folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spikelens import api
from spikelens.errors import BadParameter, SpikelensError, UnknownName
from spikelens.files import fingerprint
from spikelens.membrane.bridging import write_trace
from spikelens.membrane.measuring import Membrane, measure_membrane
from spikelens.membrane.report import analysis_of
from spikelens.membrane.rule import MembraneRule
from spikelens.recording import Events, Recording
from spikelens.runs.analysis import Analysis, key_of, write_once
from spikelens.runs.blanks import read_intervals
from spikelens.runs.finding import Found, find_in
from spikelens.runs.request import Request
from spikelens.runs.steps import refuse_to_replace

TRACES = (".npy", ".nwb")


@dataclass(frozen=True)
class MembraneRequest:
    """What `spikelens membrane` was asked for."""

    finding: Request
    rule: MembraneRule = field(default_factory=MembraneRule)
    second: str | None = None
    events: str | None = None
    """A CSV of start, stop and label, or a source of the recording's events."""
    trace: Path | None = None
    """Where the spike-less trace is to go."""


def membrane_file(
    path: Path, folder: Path, request: MembraneRequest, *, force: bool = False
) -> dict[str, Any]:
    """Find the spikes of a file, measure its membrane potential without them and write a folder.

    Parameters
    ----------
    path : Path
    folder : Path
        Appears whole or not at all; if it holds this very analysis, nothing is done.
    request : MembraneRequest
    force : bool
        Replace what another run left in `folder`, and the trace.

    Returns
    -------
    dict
        What ``run.json`` holds.
    """
    if request.trace is not None and request.trace.suffix.lower() not in TRACES:
        raise BadParameter(f"{request.trace} is no place for a trace; its name must end in .npy or .nwb")
    recording = api.read(path, **request.finding.hints)
    table = Path(request.events or "")
    inputs = [recording.fingerprint, *([fingerprint(table)] if table.suffix.lower() == ".csv" else [])]
    settings = {
        "spikes": request.finding.facts(),
        "membrane": request.rule.parameters(),
        "second": request.second,
        "events": request.events,
        "trace": str(request.trace or ""),
    }

    read = [path, *([table] if table.is_file() else []), *request.finding.files]

    def analyse() -> Analysis:
        if request.trace is not None:
            refuse_to_replace(request.trace, force=force, inputs=read)
        found = find_in(recording, request.finding)
        measured = _measure(path, recording, found, request)
        if request.trace is not None:
            write_trace(request.trace, measured.bridged)
        return analysis_of(measured, found.chosen.reasons, found.warnings)

    return write_once(folder, key_of("membrane", inputs, settings), analyse, inputs=read, force=force)


def _measure(path: Path, recording: Recording, found: Found, request: MembraneRequest) -> Membrane:
    second = None if request.second is None else _second(path, recording, request)
    conditions = None if request.events is None else conditions_of(recording, request.events)
    return measure_membrane(
        found.chosen, found.spikes, second=second, conditions=conditions, **request.rule.parameters()
    )


def _second(path: Path, recording: Recording, request: MembraneRequest) -> Recording:
    """The second channel: one of the recording's, or a variable of its file, such as a field potential."""
    assert request.second is not None
    try:
        return recording.select(request.second)
    except UnknownName as why:
        try:
            return api.read(path, **{**request.finding.hints, "variable": request.second})
        except SpikelensError:
            raise why from None


def conditions_of(recording: Recording, source: str) -> Events:
    """Conditions from a CSV with columns start, stop (s) and label, or from the recording's events.

    Raises
    ------
    UnknownName
        The recording has no events of this source; the message lists those there are.
    """
    if Path(source).suffix.lower() == ".csv":
        return read_intervals(Path(source))
    there = sorted(set(recording.events.source))
    if source not in there:
        raise UnknownName.among("event source", source, there, "the name of a CSV file")
    return recording.events.of_source(source)
