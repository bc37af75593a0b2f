"""The sections and tables that show kinds and firing patterns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Feature
from spikelens.html import Table, figure_of
from spikelens.kinds.columns import BURSTS, PATTERNS, STRETCHES
from spikelens.kinds.shapes import silences, sizes
from spikelens.kinds.terms import CONTEXTS, KINDS, Term
from spikelens.plots.burst_raster import burst_raster
from spikelens.plots.correlograms import correlograms
from spikelens.plots.joint_intervals import joint_intervals
from spikelens.plots.kind_heights import kind_heights
from spikelens.plots.kind_waveforms import kind_waveforms
from spikelens.prefixes import quantity
from spikelens.recording import Recording
from spikelens.runs.analysis import Picture, Section
from spikelens.runs.kinds import Named
from spikelens.runs.kindwords import amount, heading
from spikelens.runs.patternreport import pattern_parts
from spikelens.runs.tables import Rows
from spikelens.spikes import Spikes
from spikelens.summary import Row

_COLUMNS = {"stretches": STRETCHES, "bursts": BURSTS, "patterns": PATTERNS}
_SIZE = "How tall spikes are, from threshold to peak. Dashed: what a rested full spike reaches."
SHOWN_BURSTS = 40
"""A report lists no more bursts than this; bursts.csv has all."""


def tables_of(named: Named) -> dict[str, Rows]:
    """The tables that there is anything to say in, by the name of their CSV."""
    tables: dict[str, Rows] = {
        "stretches": named.kinds.stretches,
        "bursts": named.kinds.bursts,
        "patterns": named.patterns.rows,
    }
    return {name: rows for name, rows in tables.items() if rows or name == "bursts"}


def columns_of(tables: Mapping[str, Rows]) -> dict[str, list[Feature]]:
    """What the columns of these tables mean; of a table without rows all there may be."""
    return {
        name: [f for f in _COLUMNS[name] if not rows or f.name in rows[0]] for name, rows in tables.items()
    }


def sections_of(recording: Recording, named: Named) -> list[Section]:
    """What a report shows of kinds, bursts and patterns.

    Parameters
    ----------
    recording : Recording
        Of the channel the spikes were found in.
    named : Named
    """
    if not len(named.spikes):
        return []
    return [
        Section("Kinds of spikes", _kinds(recording, named)),
        Section("Doublets and bursts", _bursts(named)),
        *([] if "unit_id" in named.spikes else [Section("Firing pattern", pattern_parts(recording, named))]),
    ]


def _kinds(recording: Recording, named: Named) -> list[str | Table | Picture]:
    counts = named.kinds.counts("kind")
    size = sizes(named.spikes)
    heights = kind_heights(recording, named.spikes, size, list(counts), levels=_levels(named))
    by_rule = named.kinds.author == "rules"
    parts: list[str | Table | Picture] = [
        Picture(
            "kinds",
            kind_waveforms(recording, named.spikes, list(counts)),
            "Spikes of each kind, and their median.",
        ),
        Picture(
            "kind_heights",
            heights,
            _SIZE if named.kinds.stretches else "How tall spikes are.",
        ),
        _terms("Kinds", named, counts, KINDS) if by_rule else _words(counts, named.kinds.author),
    ]
    if "unit_id" in named.spikes and any(counts):
        parts.append(_correlograms(named, [word for word in counts if word]))
    return [*parts, *([_stretches(named)] if named.kinds.stretches else [])]


def _correlograms(named: Named, units: Sequence[str]) -> Picture:
    """Whether each unit is one neuron, and no two are halves of one."""
    trains = [named.spikes.time[named.spikes["kind"] == unit] for unit in units]
    words = (
        "On the diagonal, how long after its own spikes a unit fires: one neuron leaves the refractory period"
        " empty. Elsewhere, how long after the row's unit the column's fires."
    )
    return Picture("correlograms", correlograms(trains, units), words)


def _levels(named: Named) -> list[tuple[int, int, float]]:
    """What a full spike reaches, over each stretch of stable access."""
    levels, first = [], 0
    for row in named.kinds.stretches:
        last = first + int(str(row["spikes"])) - 1
        samples = named.spikes.sample_index
        levels.append((int(samples[first]), int(samples[last]), float(str(row["full_size"]))))
        first = last + 1
    return levels


def _terms(caption: str, named: Named, counts: Mapping[str, int], terms: Sequence[Term]) -> Table:
    """The words that occur, how often, and their rules."""
    kinds = named.kinds
    known = [t for t in terms if t.name in counts]
    body = [(t.name, counts[t.name], t.told(kinds.rule, burst_interval=kinds.interval)) for t in known]
    return Table(caption, ("word", "spikes", "rule"), body)


def _words(counts: Mapping[str, int], author: str) -> Table:
    body = [(word or "none", n) for word, n in counts.items()]
    return Table("Kinds", ("kind", "spikes"), body, f"Told apart by {author}.")


def _stretches(named: Named) -> Table:
    unit = "A" if named.spikes.provenance.mode == "cell-attached" else "V"
    names = ("start", "stop", "spikes", "full_size", "lower_mode", "upper_mode", "n_lower", "separation")
    body = [
        (
            *(amount(row[name], unit) if name in _HEIGHTS else row[name] for name in names),
            row["no_spikelets_since"],
        )
        for row in named.kinds.stretches
    ]
    header = [*(name.replace("_", " ") for name in names), "no spikelets, since"]
    return Table(
        "Stretches of stable access", header, body, "stretches.csv has all the numbers behind kinds."
    )


_HEIGHTS = ("full_size", "lower_mode", "upper_mode")


def _bursts(named: Named) -> list[str | Table | Picture]:
    kinds = named.kinds
    counts = kinds.counts("context")
    before, after = _around(kinds.spikes)
    joint = joint_intervals(before, after, kinds.spikes["context"], list(counts), limit=kinds.interval)
    source = "told by the recording's intervals" if kinds.is_valley else "the rule's"
    words = f"Dashed: the longest interval within a burst, {quantity(kinds.interval, 's')}, {source}."
    parts: list[str | Table | Picture] = [Picture("intervals", figure_of(joint), words)]
    if kinds.bursts:
        drawn = burst_raster(kinds.spikes.time, kinds.spikes["burst"])
        parts.append(Picture("bursts", figure_of(drawn), "Each burst from its first spike on."))
    parts.append(_terms("Contexts", named, counts, CONTEXTS))
    return [*parts, *([_burst_table(kinds.bursts)] if kinds.bursts else [])]


def _around(spikes: Spikes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The intervals before and after each spike, of the same unit where spikes were sorted, s."""
    before, after = np.full(len(spikes), np.inf), np.full(len(spikes), np.inf)
    unit = spikes["unit_id"] if "unit_id" in spikes else np.zeros(len(spikes), np.int64)
    for one in np.unique(unit):
        mine = unit == one
        before[mine] = silences(spikes.take(mine))
        after[mine] = np.append(before[mine][1:], np.inf)
    return before, after


def _burst_table(bursts: Sequence[Row]) -> Table:
    names = list(bursts[0])
    note = (
        ""
        if len(bursts) <= SHOWN_BURSTS
        else f"The first {SHOWN_BURSTS} of {len(bursts)}; bursts.csv has all."
    )
    body = [[row[name] for name in names] for row in bursts[:SHOWN_BURSTS]]
    return Table("Bursts", [heading(name, BURSTS) for name in names], body, note)
