"""The verb `kinds`: one recording's kinds and firing patterns, from its file to its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikelens import api, rooms
from spikelens.errors import BadParameter
from spikelens.files import fingerprint
from spikelens.modelfiles import write_model
from spikelens.recording import Recording
from spikelens.runs import kindwords
from spikelens.runs.analysis import Analysis, key_of, origin_of, write_once
from spikelens.runs.finding import Found, find_in
from spikelens.runs.kindreport import columns_of, sections_of, tables_of
from spikelens.runs.kinds import KindPlan, Named, named_in
from spikelens.runs.request import Request
from spikelens.runs.steps import refuse_to_replace


def kinds_file(
    path: Path,
    folder: Path,
    request: Request,
    plan: KindPlan,
    *,
    save_model: Path | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Find the spikes of a file, name their kinds and patterns and write their folder.

    Parameters
    ----------
    path : Path
        A recording of one cell.
    folder : Path
        Appears whole or not at all; if it holds this very analysis, nothing is done.
    request : Request
        How spikes are found.
    plan : KindPlan
    save_model : Path, optional
        Where to keep what ``plan.labels`` taught.
    force : bool
        Replace what another run left in `folder`, or the model.

    Returns
    -------
    dict
        What ``run.json`` holds.
    """
    if save_model and not plan.labels:
        raise BadParameter("--save-model keeps what labels taught: give --labels too")
    recording = api.read(path, **request.hints)
    files = [given for given in (plan.protocol, plan.labels, plan.model) if given is not None]
    inputs = [recording.fingerprint, *map(fingerprint, files)]
    settings = {"spikes": request.facts(), "kinds": vars(plan)}
    if save_model is not None:
        refuse_to_replace(save_model, force=force, inputs=[path, *files, *request.files])

    def analyse() -> Analysis:
        found = find_in(recording, request)
        named = named_in(recording, found, plan)
        if save_model is not None and named.taught is not None:
            write_model(save_model, named.taught.model)
        return analysis_of(recording, found, named)

    return write_once(
        folder,
        key_of("kinds", inputs, settings),
        analyse,
        inputs=[path, *files, *request.files],
        force=force,
        again=save_model is not None,
    )


def analysis_of(recording: Recording, found: Found, named: Named) -> Analysis:
    """Describe kinds and patterns: tables, figures and words."""
    one, tables = found.recording, tables_of(named)
    method = (
        f"method {found.spikes.provenance.method}",
        "as asked" if found.request.method else "by default",
    )
    protocol = named.patterns.protocol
    write = rooms.load("exporters", "csv")().write_spikes
    return Analysis(
        command="kinds",
        title=(recording.name, str(recording.path or "")),
        telling=kindwords.telling(named),
        verdict=kindwords.verdict(named),
        sections=sections_of(one, named),
        tables=tables,
        columns=columns_of(tables),
        files={"spikes.csv": lambda place: write(place, named.spikes, one)},
        facts=named.facts(),
        chosen=(*found.chosen.reasons, method, *(protocol.reasons if protocol else ())),
        warnings=(*found.warnings, *kindwords.warnings(named)),
        methods=kindwords.methods(named),
        origin=origin_of(one),
    )
