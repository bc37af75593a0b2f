"""What a run finds in one recording, before anything is written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikelens import api
from spikelens.choosing import Chosen, choose
from spikelens.detecting import Progress
from spikelens.detectors import Detector
from spikelens.detectors.adaptive import Adaptive
from spikelens.errors import BadParameter
from spikelens.judging import Judgement, judge
from spikelens.missing import missing_runs, missing_warnings
from spikelens.reasons import with_reasons
from spikelens.recording import Events, Recording
from spikelens.runs.blanks import blank_events, blank_warnings
from spikelens.runs.request import Request
from spikelens.spikes import Spikes
from spikelens.stretches import Stretches
from spikelens.summary import Row, sweep_rows
from spikelens.teaching import Lesson, read_said, teach


@dataclass(frozen=True)
class Sought:
    """What a run looks at, where, and with what."""

    chosen: Chosen
    stretches: Stretches
    detector: Detector
    lesson: Lesson | None = None
    """What the request's labels taught the detector."""


@dataclass(frozen=True)
class Found:
    """A recording, its spikes and what a run says of both."""

    request: Request
    sought: Sought
    spikes: Spikes
    sweeps: list[Row]
    """A row per sweep, and one for all."""
    judgement: Judgement | None = None
    """None for methods that give no probability."""

    @property
    def chosen(self) -> Chosen:
        """The channel, and why this one and in this way."""
        return self.sought.chosen

    @property
    def recording(self) -> Recording:
        """Of the chosen channel, with the blanked stretches among its events."""
        return self.chosen.recording

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to distrust."""
        judged = self.judgement.warnings if self.judgement else ()
        return (
            *self.recording.warnings,
            *_off_candidates(self.sought.lesson),
            *judged,
            *_limits(self.spikes),
            *_without_onset(self),
        )


def _off_candidates(lesson: Lesson | None) -> list[str]:
    if lesson is None or not lesson.n_off:
        return []
    n_all = lesson.n_off + lesson.is_spike.size
    return [f"{lesson.n_off} of {n_all} labels lie on nothing that could be a spike, and taught nothing"]


def _limits(spikes: Spikes) -> list[str]:
    """What the instrument takes from most spikes, so that an empty median is not a riddle."""
    if not len(spikes) or "limited" not in spikes:
        return []
    limited = spikes["limited"] != ""
    if limited.sum() * 2 <= len(spikes):
        return []
    causes = sorted({cause for text in spikes["limited"][limited] for cause in text.split("; ")})
    verb = "limit" if len(causes) > 1 else "limits"
    return [
        f"{' and '.join(causes)} {verb} the shape of {limited.sum()} of {len(spikes)} spikes: their widths,"
        " slopes and thresholds are left out of medians (column limited)"
    ]


def _without_onset(found: Found) -> list[str]:
    if found.request.align != "onset":
        return []
    without = int(np.isnan(found.spikes["onset_time"]).sum())
    return [f"{without} spikes without an onset are dated by their peak"] if without else []


def find_in(recording: Recording, request: Request, *, progress: Progress | None = None) -> Found:
    """Find the spikes of an open recording, as a request says."""
    sought = seek_in(recording, request)
    spikes = detect_in(sought, request, progress=progress)
    spikes = api.measure(
        sought.chosen,
        spikes,
        feature_rule=request.feature_rule,
        junction_potential=request.junction_potential,
        **dict[str, Any](request.feature_parameters),
    )
    spikes = aligned(spikes, request.align)
    rows = sweep_rows(sought.chosen.recording, spikes)
    judgement = judge(sought.chosen, spikes, sought.detector, inject=False)
    return Found(request, sought, spikes, rows, judgement)


def examined(found: Found) -> Found:
    """With what only a report or a table of candidates shows, and what takes its time."""
    if found.request.report and found.judgement is not None:
        judgement = judge(found.chosen, found.spikes, found.sought.detector)
        found = dataclasses.replace(found, judgement=judgement)
    if found.request.report or found.request.candidates:
        found = dataclasses.replace(found, spikes=with_reasons(found.recording, found.spikes))
    return found


def seek_in(recording: Recording, request: Request) -> Sought:
    """Settle what is looked at, where and with what, as a request says; labels teach here."""
    chosen = choose(recording, channel=request.channel, mode=request.mode)
    blank = blank_events(recording, request.blank)
    missing = missing_runs(chosen.recording)
    bounds = {"start": request.start, "stop": request.stop}
    where = api.observed(chosen.recording, blank=blank, missing=missing, **bounds)
    told = chosen.recording.with_warnings(
        *missing_warnings(chosen.recording, missing), *blank_warnings(chosen.recording, blank)
    )
    chosen = dataclasses.replace(chosen, recording=_with_blanks(told, blank))
    sought = Sought(chosen, where, api.detector_for(chosen, request.method, request.parameters))
    return _taught(sought, request) if request.labels else sought


def detect_in(sought: Sought, request: Request, *, progress: Progress | None = None) -> Spikes:
    """Find the spikes of what is looked at."""
    return api.detect(
        sought.chosen,
        sought.detector,
        polarity=request.polarity,
        stretches=sought.stretches,
        progress=progress,
    )


def _taught(sought: Sought, request: Request) -> Sought:
    """The same with a detector that the request's labels refined."""
    detector, labels = sought.detector, request.labels
    assert labels is not None
    if not isinstance(detector, Adaptive):
        raise BadParameter(
            f"labels refine the method adaptive, and {detector.method_name()} is used here:"
            " give --method adaptive"
        )
    ways = {"auto": sought.chosen.polarity, "up": 1, "down": -1}
    if request.polarity not in ways:
        raise BadParameter("labels refine what is sought one way: give --polarity up or down")
    lesson = teach(
        sought.chosen,
        read_said(labels, sought.chosen.recording),
        detector=detector,
        stretches=sought.stretches,
        polarity=ways[request.polarity],
    )
    name = str(request.save_model or f"taught by {labels}")
    return dataclasses.replace(sought, detector=detector.refined(lesson.taught, name), lesson=lesson)


def _with_blanks(recording: Recording, blank: Events) -> Recording:
    """The recording with what was blanked among its events; those of another clock cannot be told with it."""
    events = recording.events if recording.events.clock == blank.clock else Events.none()
    return dataclasses.replace(recording, events=events + blank) if len(blank) else recording


def aligned(spikes: Spikes, align: str) -> Spikes:
    """The spikes, and their candidates, dated by their peak, or by their onset where one was found."""
    if align == "peak":
        return spikes
    if "onset_time" not in spikes:
        raise BadParameter("--align onset needs the onset, which cell-attached and extracellular spikes lack")
    onset = spikes["onset_time"]
    moved = np.where(np.isfinite(onset), onset, spikes.time)
    shift = moved - spikes.time
    dated = spikes.with_columns({"time": moved, "time_in_sweep": spikes.time_in_sweep + shift})
    if spikes.candidates is None:
        return dated
    return dataclasses.replace(dated, candidates=aligned(spikes.candidates, align))
