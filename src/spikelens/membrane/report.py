"""What the analysis of a membrane potential leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from spikelens.html import Table
from spikelens.membrane import tables, words
from spikelens.membrane.measuring import Membrane
from spikelens.membrane.passing import EDGES
from spikelens.membrane.triggered import Triggered
from spikelens.plots.bridges import bridges
from spikelens.plots.coherence import coherence
from spikelens.plots.distribution import distribution
from spikelens.plots.states import states
from spikelens.plots.sweep_averages import sweep_averages
from spikelens.plots.triggered import triggered
from spikelens.prefixes import quantity
from spikelens.runs.analysis import Analysis, Picture, Section, origin_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 20.0
"""Seconds of states drawn."""
Part = str | Table | Picture


def analysis_of(membrane: Membrane, chosen: Sequence[tuple[str, str]], warned: Sequence[str]) -> Analysis:
    """Describe what was measured: sections, figures, tables and words."""
    tally = membrane.whole.passed.whole
    rows = {
        "sweeps": tables.sweep_rows(membrane),
        "conditions": tables.condition_rows(membrane),
        "states": tables.state_rows(membrane),
        "averages": tables.average_rows(membrane),
        "triggered": tables.triggered_rows(membrane),
        "coherence": tables.coherence_rows(membrane),
    }
    written = {name: found for name, found in rows.items() if found}
    return Analysis(
        command="membrane",
        title=(membrane.recording.name, str(membrane.recording.path or "")),
        telling=[
            (quantity(tally.mean, "V"), "mean"),
            (quantity(tally.sd, "V"), "standard deviation"),
            (f"{len(membrane.spikes):,}", "spikes bridged"),
            (f"{words.share_bridged(membrane) * 100:.3g} %", "of the time"),
        ],
        verdict=words.verdict(membrane),
        sections=[section for section in _sections(membrane, rows) if section.parts],
        tables=written,
        columns={name: tables.COLUMNS[name] for name in written},
        facts={"conditions": rows["conditions"], "settings": membrane.rule.parameters(), **_facts(membrane)},
        chosen=chosen,
        warnings=[*warned, *words.warnings(membrane)],
        methods=words.methods(membrane),
        origin=origin_of(membrane.recording),
    )


def _facts(membrane: Membrane) -> dict[str, Any]:
    found = {"spikes_in_average": membrane.triggered.n_used}
    if membrane.second is None:
        return found
    held = membrane.second.coherence
    return found | {
        "second": membrane.second.name,
        "coherence_level": None if held is None else held.level,
        "coherence_segments": 0 if held is None else held.n_segments,
    }


def _sections(membrane: Membrane, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> list[Section]:
    cuts = np.column_stack([membrane.cuts.start, membrane.cuts.stop])
    drawn = bridges(membrane.recording, membrane.bridged, cuts)
    caption = "A few spikes as recorded, and what was laid across. Judge whether the cuts are wide enough."
    return [
        Section("Spikes cut and bridged", [_picture("bridges", drawn, caption)] if len(cuts) else []),
        Section("The membrane potential", _distribution(membrane, rows)),
        Section("Up and down states", _states(membrane)),
        Section("Averages over sweeps", _averages(membrane)),
        Section("Around spikes", _triggered(membrane)),
        Section("Shared with the second channel", _coherence(membrane)),
    ]


def _distribution(membrane: Membrane, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> list[Part]:
    counts = {name: c.passed.whole.counts for name, c in membrane.conditions.items()}
    if len(counts) > 1:
        del counts["all"]
    levels = membrane.whole.bimodality
    marked = (levels.low, levels.high) if levels.is_bimodal else ()
    drawn = distribution(counts, EDGES, levels=marked)
    parts: list[Part] = [
        _picture("distribution", drawn, "Share of the time at each voltage, spikes bridged.")
    ]
    parts.append(_table("By condition", rows["conditions"], 9))
    if len(rows["sweeps"]) > 1:
        parts.append(_table("By sweep", rows["sweeps"], 9))
    return parts


def _table(caption: str, rows: Sequence[Mapping[str, object]], n: int) -> Table:
    """The first `n` columns after the name, with voltages in mV."""
    header = list(rows[0])[: n + 1]
    body = [[_shown(name, row[name]) for name in header] for row in rows]
    return Table(
        caption, [h.removesuffix("_v") + (" (mV)" if h.endswith("_v") else "") for h in header], body
    )


def _shown(name: str, value: object) -> object:
    return float(str(value)) * 1e3 if name.endswith("_v") else value


def _states(membrane: Membrane) -> list[Part]:
    """The stretch with most states, from its start."""
    levels, whole = membrane.whole.bimodality, membrane.whole
    if not whole.states:
        return []
    coarse, rate = whole.passed.coarse, membrane.recording.sampling_rate
    starts = np.array([s.start for s in whole.states])
    k = int(np.argmax(np.bincount(whole.stretches.at(starts))))
    low, first = int(coarse.first[k]), int(whole.stretches.start[k])
    high = min(int(coarse.first[k + 1]), low + round(SHOWN * coarse.sampling_rate))
    end = first + (high - low) * coarse.step
    up = [(s.start, min(s.stop, end)) for s in whole.states if s.is_up and first <= s.start < end]
    begun = float(membrane.recording.time_of(first))
    seconds = begun + (np.array(up, np.float64).reshape(-1, 2) - first) / rate
    time = begun + np.arange(high - low) / coarse.sampling_rate
    drawn = states(time, coarse.values[low:high], seconds, cutoffs=levels.cutoffs)
    return [_picture("states", drawn, f"Up to {SHOWN:g} s of the spike-less membrane potential.")]


def _averages(membrane: Membrane) -> list[Part]:
    shown = {
        f"{a.sweeps.size} sweeps {tables.command_words(a.command)}".strip(): (a.time, a.mean, a.sd)
        for a in membrane.averages
    }
    caption = "Mean over sweeps of one command, spikes bridged; the band is one standard deviation."
    return [_picture("sweep_averages", sweep_averages(shown), caption)] if shown else []


def _triggered(membrane: Membrane) -> list[Part]:
    parts: list[Part] = []
    if membrane.triggered.n_used:
        drawn = _drawn(membrane.triggered, "membrane potential", "V")
        parts.append(_picture("triggered_membrane", drawn, "The membrane potential, its spikes bridged."))
        if membrane.second is not None:
            drawn = _drawn(membrane.second.triggered, membrane.second.name, membrane.second.unit)
            parts.append(_picture("triggered_second", drawn, f"The second channel, {membrane.second.name}."))
    return parts


def _drawn(found: Triggered, name: str, unit: str) -> Axes:
    curves = {k: getattr(found, k) for k in ("mean", "control", "low", "high")}
    return triggered(found.lag, curves, (name, unit), n=found.n_used)


def _coherence(membrane: Membrane) -> list[Part]:
    found = membrane.second.coherence if membrane.second else None
    if found is None:
        return []
    drawn = coherence(found.frequency, found.coherence, level=found.level)
    return [
        _picture("coherence", drawn, "Coherence of the spike-less membrane potential and the second channel.")
    ]


def _picture(name: str, axes: Axes, caption: str) -> Picture:
    return Picture(name, cast("Figure", axes.get_figure(root=True)), caption)
