"""A recording's steps, from its file to its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikelens import api
from spikelens.files import fingerprint
from spikelens.runs.analysis import Analysis, key_of, write_once
from spikelens.runs.finding import find_in
from spikelens.runs.request import Request
from spikelens.steps.measuring import measure_steps
from spikelens.steps.report import analysis_of
from spikelens.steps.settings import StepRule


def steps_file(
    path: Path,
    folder: Path,
    request: Request,
    rule: StepRule,
    *,
    protocol: Path | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Find the spikes of a file, measure its steps and write their folder.

    Parameters
    ----------
    path : Path
        A recording.
    folder : Path
        Appears whole or not at all; if it holds this very analysis, nothing is done.
    request : Request
        How spikes are found.
    rule : StepRule
    protocol : Path, optional
        See `measure_steps`.
    force : bool
        Replace what another run left in `folder`.

    Returns
    -------
    dict
        What ``run.json`` holds.
    """
    recording = api.read(path, **request.hints)
    inputs = [recording.fingerprint, *([fingerprint(protocol)] if protocol else [])]
    settings = {"spikes": request.facts(), "steps": rule.parameters()}

    def analyse() -> Analysis:
        found = find_in(recording, request)
        steps = measure_steps(
            recording,
            found.spikes,
            protocol=protocol,
            junction_potential=request.junction_potential,
            **rule.parameters(),
        )
        method = (f"method {found.spikes.provenance.method}", "as asked" if request.method else "by default")
        return analysis_of(steps, (*found.chosen.reasons, method), found.warnings)

    read = [path, *([protocol] if protocol else []), *request.files]
    return write_once(folder, key_of("steps", inputs, settings), analyse, inputs=read, force=force)
