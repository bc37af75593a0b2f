"""Steps as an analysis: the tables, sections and facts that are written."""

from __future__ import annotations

import math
from collections.abc import Sequence

from spikelens.features import Feature
from spikelens.html import Table
from spikelens.prefixes import megohms, quantity
from spikelens.runs.analysis import Analysis, Picture, Section, origin_of
from spikelens.steps import figures, words
from spikelens.steps.columns import CELL, SWEEPS
from spikelens.steps.measuring import Steps
from spikelens.steps.sweeps import Row

SHOWN = (
    "sweep",
    "current",
    "baseline_v",
    "spikes",
    "average_rate",
    "latency",
    "first_isi",
    "adaptation_index",
    "steady_state_v",
    "minimum_v",
    "sag_ipfx",
    "rebound_spikes",
    "notes",
)
"""Columns of the report's table; the CSV has all."""


def analysis_of(steps: Steps, chosen: Sequence[tuple[str, str]], warnings: Sequence[str]) -> Analysis:
    """Describe what was measured.

    Parameters
    ----------
    steps : Steps
    chosen : sequence of (choice, reason)
        Of the channel, the mode and the detector; those of the protocol are added.
    warnings : sequence of str
        Of the recording and its spikes; those of the steps are added.
    """
    recording = steps.recording
    return Analysis(
        command="steps",
        title=(recording.name, str(recording.path or "")),
        telling=words.telling(steps.cell),
        verdict=words.verdict(steps),
        sections=_sections(steps),
        tables={"sweeps": steps.sweeps, "cell": [steps.cell]},
        columns={"sweeps": SWEEPS, "cell": CELL},
        facts=_facts(steps),
        chosen=(*chosen, *steps.protocol.reasons),
        warnings=(*warnings, *steps.warnings),
        methods=words.methods(steps),
        origin=origin_of(recording),
    )


def _facts(steps: Steps) -> dict[str, object]:
    recording = steps.recording
    return {
        "n_spikes": len(steps.spikes),
        "origin": steps.protocol.origin,
        "settings": steps.rule.parameters(),
        "cell": steps.cell,
        "sweeps": list(steps.sweeps),
        "fingerprint": recording.fingerprint,
    }


def _sections(steps: Steps) -> list[Section]:
    membrane = [p for p in (figures.vi_picture(steps), figures.charging_picture(steps)) if p is not None]
    silent: list[str | Picture] = [] if membrane else ["No silent step tells of the membrane."]
    return [
        Section("The steps", [figures.traces_picture(steps), figures.raster_picture(steps)]),
        Section("Firing and membrane", [figures.fi_picture(steps), *membrane, *silent]),
        Section("The cell in numbers", [cell_table(steps.cell)]),
        Section("Sweep by sweep", [sweep_table(steps.sweeps)]),
    ]


def cell_table(cell: Row) -> Table:
    """The cell's numbers, each with its rule."""
    rows = [(f.name, _written(cell[f.name], f), f.meaning) for f in CELL if f.name != "notes"]
    return Table("", ("measure", "value", "rule"), rows, str(cell["notes"]).capitalize())


def sweep_table(rows: Sequence[Row]) -> Table:
    """The columns that tell most of each sweep."""
    features = {f.name: f for f in SWEEPS}
    names = [n for n in SHOWN if any(row.get(n) not in (None, "") and not _lacks(row.get(n)) for row in rows)]
    body = [[_written(row.get(n), features[n]) for n in names] for row in rows]
    return Table("", [n.replace("_", " ") for n in names], body, "sweeps.csv has all, columns.csv the rules.")


def _written(value: object, feature: Feature) -> object:
    """A value with its unit, None where there is none."""
    if value is None or _lacks(value):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return value
    if feature.unit == "ohm":
        return megohms(value)
    if feature.unit == "Hz/A":
        return words.per_picoampere(value)
    return quantity(value, feature.unit) if feature.unit not in ("", "Hz") else value


def _lacks(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
