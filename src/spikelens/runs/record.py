"""The record of a run: what `run.json` and `--json` say."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikelens.recording import Recording
from spikelens.runs.finding import Found
from spikelens.summary import feature_rows
from spikelens.version import VERSION


def record_of(found: Found, key: str, outputs: list[str]) -> dict[str, Any]:
    """Everything that a run used and found, and where it wrote."""
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
        "judgement": found.judgement.facts() if found.judgement else None,
        "taught": _taught(found),
        "blanked": _blanked(recording),
        "sampling_rate": recording.sampling_rate,
        "n_sweeps": len(recording.sweeps),
        "reader": recording.reader,
        "header": recording.header,
        "features": feature_rows(spikes),
        "sweeps": found.sweeps,
        "request": found.request.facts(),
        "fingerprint": recording.fingerprint,
        "version": VERSION,
        "versions": _versions(),
        "key": key,
    }


def _taught(found: Found) -> dict[str, int] | None:
    """How many labels refined the method, and how many of those candidates came out as labelled."""
    if found.sought.lesson is None:
        return None
    lesson = found.sought.lesson
    n_spikes = int(lesson.is_spike.sum())
    return {
        "spikes": n_spikes,
        "others": lesson.is_spike.size - n_spikes,
        "off_candidates": lesson.n_off,
        "came_out_as_labelled": lesson.n_followed(found.spikes),
    }


def _blanked(recording: Recording) -> list[list[float]]:
    blanks = recording.events.where(np.array([label == "blank" for label in recording.events.label], bool))
    return [[float(a), float(b)] for a, b in zip(blanks.start, blanks.stop, strict=True)]


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    return {"python": platform.python_version()} | {n: version(n) for n in ("numpy", "scipy", "numba", "neo")}
