"""One recording, from its file to its folder of results."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import spikelens
from spikelens import api, rooms
from spikelens.choosing import Chosen, choose
from spikelens.detecting import Progress
from spikelens.errors import BadParameter
from spikelens.files import write_json, write_text
from spikelens.missing import missing_runs, missing_warnings
from spikelens.recording import Events, Recording
from spikelens.runs.blanks import blank_events
from spikelens.runs.placing import RUN_FILE, finished_run, placing
from spikelens.runs.request import Request
from spikelens.runs.tables import write_rows
from spikelens.runs.words import methods_paragraph
from spikelens.spikes import Spikes
from spikelens.summary import Row, feature_rows, sweep_rows


@dataclass(frozen=True)
class Found:
    """What a run found in one recording, before anything is written."""

    request: Request
    chosen: Chosen
    spikes: Spikes
    sweeps: list[Row]
    """A row per sweep, and one for all."""

    @property
    def recording(self) -> Recording:
        """Of the chosen channel, with the blanked stretches among its events."""
        return self.chosen.recording

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to distrust."""
        return (*self.recording.warnings, *_limits(self.spikes), *_without_onset(self))


def _limits(spikes: Spikes) -> list[str]:
    """What the instrument takes from most spikes, so that an empty median is not a riddle."""
    if not len(spikes) or "limited" not in spikes:
        return []
    limited = spikes["limited"] != ""
    if limited.sum() * 2 <= len(spikes):
        return []
    causes = sorted({cause for text in spikes["limited"][limited] for cause in text.split("; ")})
    return [
        f"{' and '.join(causes)} limit the shape of {limited.sum()} of {len(spikes)} spikes: their widths,"
        " slopes and thresholds are left out of medians (column limited)"
    ]


def _without_onset(found: Found) -> list[str]:
    if found.request.align != "onset":
        return []
    without = int(np.isnan(found.spikes["onset_time"]).sum())
    return [f"{without} spikes without an onset are dated by their peak"] if without else []


def run_file(
    path: Path, folder: Path, request: Request, *, force: bool = False, progress: Progress | None = None
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
    progress : callable, optional

    Returns
    -------
    dict
        The record that ``run.json`` holds.
    """
    recording = api.read(path, **request.hints)
    key = request.key(recording.fingerprint)
    done = finished_run(folder, key, force=force)
    if done is not None:
        return {**done, "already_done": True}
    found = find_in(recording, request, progress=progress)
    with placing(folder) as under:
        names = _write(found, under)
        record = _record(found, key, [str(folder / name) for name in names])
        write_json(under / RUN_FILE, record)
    return record


def find_in(recording: Recording, request: Request, *, progress: Progress | None = None) -> Found:
    """Find the spikes of an open recording, as a request says."""
    chosen = choose(recording, channel=request.channel, mode=request.mode)
    blank = blank_events(recording, request.blank)
    missing = missing_runs(chosen.recording)
    bounds = {"start": request.start, "stop": request.stop}
    where = api.observed(chosen.recording, blank=blank, missing=missing, **bounds)
    told = chosen.recording.with_warnings(*missing_warnings(chosen.recording, missing))
    chosen = dataclasses.replace(chosen, recording=_with_blanks(told, blank))
    detector = api.detector_for(chosen, request.method, request.parameters)
    spikes = api.detect(chosen, detector, polarity=request.polarity, stretches=where, progress=progress)
    spikes = api.measure(
        chosen,
        spikes,
        feature_rule=request.feature_rule,
        junction_potential=request.junction_potential,
        **dict[str, Any](request.feature_parameters),
    )
    spikes = aligned(chosen.recording, spikes, request.align)
    return Found(request, chosen, spikes, sweep_rows(chosen.recording, spikes))


def _with_blanks(recording: Recording, blank: Events) -> Recording:
    """The recording with what was blanked among its events; those of another clock cannot be told with it."""
    events = recording.events if recording.events.clock == blank.clock else Events.none()
    return dataclasses.replace(recording, events=events + blank) if len(blank) else recording


def aligned(recording: Recording, spikes: Spikes, align: str) -> Spikes:
    """The spikes dated by their peak, or by their onset where one was found."""
    if align == "peak":
        return spikes
    if "onset_time" not in spikes:
        raise BadParameter("--align onset needs the onset, which cell-attached and extracellular spikes lack")
    onset = spikes["onset_time"]
    moved = np.where(np.isfinite(onset), onset, spikes.time)
    shift = moved - spikes.time
    return spikes.with_columns({"time": moved, "time_in_sweep": spikes.time_in_sweep + shift})


def _write(found: Found, folder: Path) -> list[str]:
    """Write all files but the record, and name them."""
    for name in ("csv", "parquet"):
        rooms.load("exporters", name)().write_spikes(folder / f"spikes.{name}", found.spikes, found.recording)
    write_rows(folder / "sweeps.csv", found.sweeps)
    paragraph = methods_paragraph(found.recording, found.spikes, found.request)
    write_text(folder / "methods.txt", paragraph + "\n")
    if found.request.report:
        from spikelens.runs.drawing import write_figure, write_report

        write_figure(found, folder / "trace.png")
        write_report(found, folder / "report.html")
    return [*sorted(p.name for p in folder.iterdir()), RUN_FILE]


def _record(found: Found, key: str, outputs: list[str]) -> dict[str, Any]:
    """What `run.json` and `--json` say."""
    recording, spikes = found.recording, found.spikes
    everything = found.sweeps[-1]
    return {
        "schema_version": 1,
        "path": str(recording.path),
        "n_spikes": len(spikes),
        "rate": everything["average_rate"],
        "duration": recording.duration,
        "exposure": everything["exposure"],
        "method": spikes.provenance.method,
        "parameters": spikes.provenance.parameters,
        "warnings": list(found.warnings),
        "outputs": outputs,
        "chosen": [list(reason) for reason in found.chosen.reasons],
        "channel": recording.channels[0].name,
        "mode": recording.mode,
        "polarity": spikes.provenance.polarity,
        "filter": spikes.provenance.filter,
        "survey": spikes.provenance.survey,
        "feature_rule": spikes.provenance.feature_rule,
        "feature_parameters": spikes.provenance.feature_parameters,
        "time_base": recording.time_base,
        "align": found.request.align,
        "n_candidates_refused": len(spikes.candidates) if spikes.candidates is not None else 0,
        "blanked": _blanked(recording),
        "sampling_rate": recording.sampling_rate,
        "n_sweeps": len(recording.sweeps),
        "reader": recording.reader,
        "header": recording.header,
        "features": feature_rows(spikes),
        "sweeps": found.sweeps,
        "request": found.request.facts(),
        "fingerprint": recording.fingerprint,
        "version": spikelens.__version__,
        "versions": _versions(),
        "key": key,
    }


def _blanked(recording: Recording) -> list[list[float]]:
    blanks = recording.events.where(np.array([label == "blank" for label in recording.events.label], bool))
    return [[float(a), float(b)] for a, b in zip(blanks.start, blanks.stop, strict=True)]


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    return {"python": platform.python_version()} | {n: version(n) for n in ("numpy", "scipy", "numba", "neo")}
