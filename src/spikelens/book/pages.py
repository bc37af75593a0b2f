"""The pages of a book: each an analysis of the same spikes, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from spikelens.book.asking import Asked
from spikelens.conditions.analysis import measure_conditions
from spikelens.conditions.epochs import epochs_of
from spikelens.conditions.report import describe_conditions
from spikelens.errors import MissingFact, SpikelensError
from spikelens.membrane import report as membrane_report
from spikelens.membrane.measuring import measure_membrane
from spikelens.quality import report as quality_report
from spikelens.quality.measuring import measure_quality, measured_current
from spikelens.recording import Recording
from spikelens.responses.running import respond
from spikelens.responses.sources import SENSORY, Given
from spikelens.responses.writing import describe as describe_responses
from spikelens.runs.analysis import Analysis
from spikelens.runs.finding import Found
from spikelens.runs.kinds import KindPlan, named_in
from spikelens.runs.kindsfolder import analysis_of as describe_kinds
from spikelens.steps import report as steps_report
from spikelens.steps.measuring import measure_steps


class Material(NamedTuple):
    """What all pages are written from."""

    recording: Recording
    """With all its channels."""
    found: Found
    asked: Asked


class Pages(NamedTuple):
    """The pages that could be written, and why the others could not."""

    written: Mapping[str, Analysis]
    missing: Mapping[str, str]


def pages_of(material: Material) -> Pages:
    """Write every page that fits the recording."""
    written, missing = {}, {}
    for name, write in _PAGES.items():
        try:
            written[name] = write(material)
        except SpikelensError as why:
            missing[name] = str(why)
    return Pages(written, missing)


def _kinds(material: Material) -> Analysis:
    plan = KindPlan(protocol=material.asked.beside.protocol)
    named = named_in(material.recording, material.found, plan)
    return describe_kinds(material.recording, material.found, named)


def _steps(material: Material) -> Analysis:
    found, beside = material.found, material.asked.beside
    steps = measure_steps(
        material.recording,
        found.spikes,
        protocol=beside.protocol,
        junction_potential=material.asked.request.junction_potential,
    )
    return steps_report.analysis_of(steps, found.chosen.reasons, found.warnings)


def _responses(material: Material) -> Analysis:
    beside = material.asked.beside
    events = beside.events or _sensory(material.recording)
    found = respond(material.found.recording, material.found.spikes, events, **beside.plan.facts())
    return describe_responses(found, {"events": str(events), **beside.plan.facts()}, material.found.warnings)


def _sensory(recording: Recording) -> Given:
    """The stimuli that the recording names, other than its own current steps."""
    if recording.header.get("n_tones"):
        return "ac2"
    there = [source for source in SENSORY if source in recording.events.source]
    if not there:
        raise MissingFact("no stimuli are named: give --events, as respond takes them")
    return there[0]


def _membrane(material: Material) -> Analysis:
    second = material.recording.select(material.asked.second) if material.asked.second else None
    measured = measure_membrane(material.found.chosen, material.found.spikes, second=second)
    return membrane_report.analysis_of(measured, material.found.chosen.reasons, material.found.warnings)


def _quality(material: Material) -> Analysis:
    current = measured_current(material.recording)
    measured = measure_quality(material.found.chosen, material.found.spikes, current=current)
    return quality_report.analysis_of(measured, material.found.chosen.reasons, material.found.warnings)


def _conditions(material: Material) -> Analysis:
    found, asked = material.found, material.asked
    if asked.epochs is None and "tag" not in material.recording.events.source:
        raise MissingFact("no tags, and no epochs were named: give --epochs, as conditions takes them")
    named = asked.epochs or "tag"
    measured = measure_conditions(
        found.recording,
        found.spikes,
        epochs_of(material.recording, named) if isinstance(named, str) else named,
        beside=replace(asked.beside, junction_potential=asked.request.junction_potential),
    )
    told = describe_conditions(found, measured)
    # How spikes were found, and how each condition was measured, other pages say.
    return replace(told, methods=told.methods.split("\n\n")[1])


_PAGES: Mapping[str, Callable[[Material], Analysis]] = {
    "kinds": _kinds,
    "steps": _steps,
    "responses": _responses,
    "membrane": _membrane,
    "quality": _quality,
    "conditions": _conditions,
}
"""In the order in which they are read, after the spikes."""
