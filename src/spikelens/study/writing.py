"""A study's folder: the report, figures, models and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from spikelens import api
from spikelens.files import write_atomically, write_text
from spikelens.labelfiles import write_labels
from spikelens.labels import NONE, Labels
from spikelens.modelfiles import write_model
from spikelens.plots.images import png
from spikelens.runs.placing import RUN_FILE, finished_run, placing, write_record
from spikelens.runs.tables import write_rows
from spikelens.runs.truth import read_times
from spikelens.sealed import SUFFIX
from spikelens.study import tables
from spikelens.study.figures import all_figures
from spikelens.study.plan import Plan
from spikelens.study.report import study_report
from spikelens.study.running import Say, Study, run_study
from spikelens.version import VERSION


def study_file(
    path: Path,
    folder: Path,
    plan: Plan,
    *,
    truth: Path | None = None,
    force: bool = False,
    say: Say | None = None,
) -> dict[str, Any]:
    """Do the study on a file and write its folder, which appears whole or not at all.

    Parameters
    ----------
    path : Path
        A recording.
    folder : Path
        If it holds this very study, nothing is done.
    plan : Plan
    truth : Path, optional
        CSV with a column ``time`` (s).
    force : bool
        Replace what another run left in `folder`.
    say : callable, optional
        Told each step in words.

    Returns
    -------
    dict
        What ``run.json`` holds.
    """
    recording = api.read(path, **plan.hints)
    times = None if truth is None else _visible(truth)
    key = plan.key(recording.fingerprint, None if times is None else times.tolist())
    done = finished_run(folder, key, force=force, inputs=[path, *([] if truth is None else [truth])])
    if done is not None:
        return {**done, "already_done": True}
    study = run_study(recording, plan.checked(), truth=times, say=say)
    if say:
        say("drawing and writing")
    with placing(folder) as under:
        write_study(study, under)
        record = _record(study, key, sorted(p.name for p in under.iterdir()))
        record = write_record(under, record)
    return record


def _visible(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    truth = read_times(path)
    return truth.time[truth.visible]


def write_study(study: Study, folder: Path) -> None:
    """Write everything but the record: report, figures, models, labels and tables."""
    figures = {name: png(figure) for name, figure in all_figures(study).items()}
    for name, picture in figures.items():
        write_atomically(folder / f"{name}.png", lambda out, data=picture: out.write(data))  # type: ignore[misc]
    for one in study.rounds:
        write_model(folder / f"model_{one.name}{SUFFIX}", one.model)
        write_labels(folder / f"classified_{one.name}.csv", one.found)
        write_labels(folder / f"rule_{one.name}.csv", one.rule)
    write_labels(folder / "review.csv", study.judged.doubtful)
    write_labels(folder / "disputed.csv", _to_be_labelled(study))
    write_rows(folder / "scores.csv", tables.score_rows(study))
    if study.truth is not None:
        write_rows(folder / "spike_scores.csv", tables.spike_rows(study))
    write_rows(folder / "counts.csv", tables.count_rows(study))
    write_text(folder / "report.html", study_report(study, figures))


def _to_be_labelled(study: Study) -> Labels:
    """The disputed windows, with the truth where it is known and without a label where it is not."""
    known = study.truth
    if known is not None:
        return known.take(study.disputed)
    windows = study.applied.take(study.disputed)
    return Labels.of(windows, np.full(len(windows), NONE), "")


def _record(study: Study, key: str, outputs: list[str]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "path": str(study.recording.path),
        "plan": study.plan.facts(),
        "training": [int(study.training.number[0]), int(study.training.number[-1])],
        "applied": [int(study.applied.number[0]), int(study.applied.number[-1])],
        "reference": study.reference_name,
        "counts": tables.count_rows(study),
        "scores": tables.score_rows(study),
        "spike_scores": tables.spike_rows(study),
        "agreement": tables.agreement_rows(study),
        "priors": tables.prior_rows(study),
        "calibration": tables.calibration_rows(study),
        "ways": tables.way_rows(study),
        "borders": tables.border_rows(study),
        "neighbours": tables.neighbour_rows(study),
        "disputed": study.applied.number[study.disputed].tolist(),
        "warnings": list(study.warnings),
        "outputs": [*outputs, RUN_FILE],
        "fingerprint": study.recording.fingerprint,
        "version": VERSION,
        "key": key,
    }
