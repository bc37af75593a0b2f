"""A recording's quality, from its file to its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikelens import api
from spikelens.quality.measuring import measure_quality, measured_current
from spikelens.quality.report import analysis_of
from spikelens.quality.rule import QualityRule
from spikelens.runs.analysis import Analysis, key_of, write_once
from spikelens.runs.finding import find_in
from spikelens.runs.request import Request


def quality_file(
    path: Path, folder: Path, request: Request, rule: QualityRule, *, force: bool = False
) -> dict[str, Any]:
    """Find the spikes of a file, follow its quality and write a folder.

    Parameters
    ----------
    path : Path
    folder : Path
        Appears whole or not at all; if it holds this very analysis, nothing is done.
    request : Request
        How spikes are found.
    rule : QualityRule
    force : bool
        Replace what another run left in `folder`.

    Returns
    -------
    dict
        What ``run.json`` holds.
    """
    recording = api.read(path, **request.hints)
    settings = {"spikes": request.facts(), "quality": rule.parameters()}

    def analyse() -> Analysis:
        found = find_in(recording, request)
        measured = measure_quality(
            found.chosen, found.spikes, current=measured_current(recording), **rule.parameters()
        )
        return analysis_of(measured, found.chosen.reasons, found.warnings)

    key = key_of("quality", [recording.fingerprint], settings)
    return write_once(folder, key, analyse, inputs=[path, *request.files], force=force)
