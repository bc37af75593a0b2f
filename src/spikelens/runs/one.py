"""One recording, from its file to its folder of results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spikelens import api, rooms
from spikelens.choosing import guessed_sweeps
from spikelens.detecting import Progress
from spikelens.errors import BadParameter
from spikelens.files import write_text
from spikelens.recording import Recording
from spikelens.runs.analysis import Link
from spikelens.runs.candidates import write_candidates
from spikelens.runs.drawing import DRAWING, methods_of, write_figure, write_report
from spikelens.runs.finding import Found, examined, find_in
from spikelens.runs.kindreport import columns_of, tables_of
from spikelens.runs.kinds import Named, with_kinds
from spikelens.runs.placing import RUN_FILE, finished_run, placing, write_record
from spikelens.runs.record import record_of
from spikelens.runs.request import Request
from spikelens.runs.sharing import Sharing, is_probe
from spikelens.runs.steps import refuse_to_replace
from spikelens.runs.tables import write_rows
from spikelens.teaching import save_lesson


def run_file(
    path: Path,
    folder: Path,
    request: Request,
    *,
    force: bool = False,
    sharing: Sharing | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Find the spikes of one file and write its folder.

    Parameters
    ----------
    path : Path
    folder : Path
        Appears whole or not at all. If it holds this very run, nothing is done.
    request : Request
    force : bool
        Replace what another run left in `folder`.
    sharing : Sharing, optional
        How the work on many channels is shared out; by default among this machine's cores.
    progress : callable, optional

    Returns
    -------
    dict
        The record that ``run.json`` holds.
    """
    recording = api.read(path, **request.hints)
    if is_probe(recording, request):
        if request.kinds:
            raise BadParameter("--kinds is of one wire's or one cell's spikes: choose it with --channel")
        from spikelens.runs.probefolder import run_probe

        return run_probe(recording, folder, request, sharing or Sharing(), force=force, progress=progress)
    if request.probe:
        raise BadParameter(why_not_on_one(next(iter(request.probe)), recording))
    key = request.key(recording.fingerprint)
    model = request.save_model
    done = finished_run(folder, key, force=force, inputs=[path, *request.files])
    if done is not None and (model is None or model.exists()):
        return {**done, "already_done": True}
    if model is not None:
        if folder.resolve() in model.resolve().parents:
            raise BadParameter(f"{model} lies in {folder}, which this run writes anew; put it elsewhere")
        refuse_to_replace(model, force=force, inputs=[path, *request.files])
    found, named = examined(find_in(recording, request, progress=progress)), None
    if request.kinds:
        found, named = with_kinds(recording, found)
    if model is not None and found.sought.lesson is not None:
        save_lesson(model, found.sought.lesson, found.recording)
    with placing(folder) as under:
        names = write_found(found, under, named)
        record = record_of(found, key, [str(folder / name) for name in names])
        record |= {"kinds": named.facts()} if named else {}
        record = write_record(under, record)
    return record


def why_not_on_one(flag: str, recording: Recording) -> str:
    """Why what is asked of many channels is not done to one, and what to do instead."""
    if flag in ("filter", "order", "causal", "notch", "harmonics"):
        why = "one channel is filtered as its method needs it; of bandpass_mad, --low and --high say how"
    elif flag == "reference":
        why = "a reference is what channels share, and of one it would leave nothing"
    else:
        why = "it tells channels apart"
    side = guessed_sweeps(recording)
    otherwise = f"--channels-in {side} if those are channels" if side else "--mode extracellular"
    return (
        f"--{flag} is for extracellular recordings of several channels, and {recording.name} is searched"
        f" on one ({why}); leave it out, or give {otherwise}"
    )


def write_found(
    found: Found, folder: Path, named: Named | None = None, *, pages: Sequence[Link] = ()
) -> list[str]:
    """Write all files of a run but its record into a folder that is there, and name them.

    `pages` are those that the report is to lead on to; without any, it names commands.
    """
    for name in ("csv", "parquet"):
        rooms.load("exporters", name)().write_spikes(folder / f"spikes.{name}", found.spikes, found.recording)
    if found.request.candidates:
        write_candidates(folder, found.spikes)
    write_rows(folder / "sweeps.csv", found.sweeps)
    if named is not None:
        tables = tables_of(named)
        for name, features in columns_of(tables).items():
            write_rows(folder / f"{name}.csv", tables[name], columns=[f.name for f in features])
    write_text(folder / "methods.txt", methods_of(found, named) + "\n")
    if found.request.report:
        with DRAWING:
            write_figure(found, folder / "trace.png")
            write_report(found, folder / "report.html", named, pages=pages)
    return [*sorted(p.name for p in folder.iterdir()), RUN_FILE]
