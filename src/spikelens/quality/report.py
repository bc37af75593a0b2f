"""What the analysis of a recording's quality leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.html import Table
from spikelens.plots.qualities import qualities
from spikelens.prefixes import megohms, quantity
from spikelens.quality import tables, words
from spikelens.quality.measuring import Quality
from spikelens.runs.analysis import Analysis, Picture, Section, origin_of

LISTED = 200
"""Sections listed in the report; the file beside it has them all."""
_DRAWN = ("resting_potential", "spike_height", "noise_level", "hum", "bridge", "access_resistance",
          "holding_current", "railed")  # fmt: skip
_UNITS = {"bridge": "MΩ", "access_resistance": "MΩ", "railed": "", "holding_current": "A"}


def analysis_of(quality: Quality, chosen: Sequence[tuple[str, str]], warned: Sequence[str]) -> Analysis:
    """Describe a recording's quality: figure, tables and words."""
    rows = tables.quality_rows(quality)
    proposed = tables.proposed_rows(quality)
    written = {"quality": rows} | ({"proposed": proposed} if proposed else {})
    return Analysis(
        command="quality",
        title=(quality.recording.name, str(quality.recording.path or "")),
        telling=_telling(quality),
        verdict=words.verdict(quality),
        sections=[
            Section("Over time", _over_time(quality)),
            Section("Proposed for exclusion", _proposed(quality)),
        ],
        tables=written,
        columns={name: tables.COLUMNS[name] for name in written},
        facts={
            "settings": quality.rule.parameters(),
            "drift": quality.drift,
            "mains_frequency": quality.mains,
            "holding_source": quality.holding_source,
            "proposed": proposed,
        },
        chosen=chosen,
        warnings=[*warned, *words.warnings(quality)],
        methods=words.methods(quality),
        origin=origin_of(quality.recording),
    )


def _telling(quality: Quality) -> list[tuple[str, str]]:
    resting = quality.columns["resting_potential"]
    known = resting[np.isfinite(resting)]
    shown = [(f"{len(quality):,}", "section" if len(quality) == 1 else "sections")]
    if known.size:
        shown.append((quantity(float(np.median(known)), "V"), "resting potential"))
    access = words.typical_access(quality)
    if np.isfinite(access):
        shown.append((megohms(access), "access resistance"))
    return [*shown, (f"{len(quality.proposals)}", "proposed for exclusion")]


def _over_time(quality: Quality) -> list[str | Table | Picture]:
    unit = quality.recording.channels[0].unit
    measures = {}
    for name in (n for n in _DRAWN if n in quality.columns):
        values = quality.columns[name].astype(np.float64)
        if _UNITS.get(name) == "MΩ":
            values = values / 1e6
        # A current that is 0 throughout, or no saturation at all, needs no panel.
        if values.any():
            measures[name.replace("_", " ")] = (values, _UNITS.get(name, unit))
    marked: dict[str, list[tuple[float, float]]] = {}
    for p in quality.proposals:
        marked.setdefault(p.measure.replace("_", " "), []).append((p.start, p.stop))
    time = (quality.columns["start"] + quality.columns["stop"]) / 2
    caption = (
        "A dot per section; stretches proposed for exclusion are shaded in the panel that gave the reason."
    )
    drawn = qualities(time, measures, marked=marked)
    return [Picture("quality", drawn, caption), _sections(quality)]


def _sections(quality: Quality) -> Table:
    names = ["sweep", "start", "stop", "resting_potential", "noise_level", "hum", "n_spikes", "spike_height"]
    names += ["bridge", "access_resistance", "membrane_resistance", "membrane_capacitance", "holding_current"]
    without = ("n_spikes",) if words.is_held(quality) else ()
    names = [n for n in names if n not in without and _is_told(quality.columns.get(n))]
    units = {
        f.name: f.unit.replace("V or A", quality.recording.channels[0].unit)
        for f in tables.COLUMNS["quality"]
    }
    rows = tables.quality_rows(quality)
    body = [[_worded(row[name], units[name]) for name in names] for row in rows[:LISTED]]
    note = "" if len(rows) <= LISTED else f"The first {LISTED} of {len(rows)}; all are in quality.csv."
    return Table("Sections", [name.replace("_", " ") for name in names], body, note)


def _is_told(values: NDArray[Any] | None) -> bool:
    return values is not None and (values.dtype.kind != "f" or bool(np.isfinite(values).any()))


def _worded(value: object, unit: str) -> object:
    if unit in ("", "s") or not np.isfinite(float(str(value))):
        return value
    number = float(str(value))
    return megohms(number) if unit == "Ohm" else quantity(number, unit)


def _proposed(quality: Quality) -> list[str | Table | Picture]:
    if not quality.proposals:
        return ["Nothing is proposed for exclusion."]
    body = [[p.start, p.stop, p.reason, p.words] for p in quality.proposals]
    told = (
        "Nothing was left out. To leave these out, look at them, delete what you would keep from"
        " proposed.csv, and give that file to --blank."
    )
    return [told, Table("", ["start (s)", "stop (s)", "reason", "what is wrong"], body)]
