"""From recordings to cells to comparisons: one row per cell and condition."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from spikelens.comparisons import Comparison, adjusted, compared
from spikelens.features import Feature
from spikelens.summary import COUNTS, Row

IDENTITY = ("cell", "animal", "group", "condition")
SUMMED = (*COUNTS, "exposure")
"""Counts of a cell's recordings are added; other numbers are medians over them."""
NAN = float("nan")
ABOUT_THE_RECORDING = ("spikes", "exposure", "sweeps", "bursts", "pauses")
"""Numbers that tell how much was recorded, not what the cell is like; they are not compared."""
ABOUT_A_FIT = ("_n", "_se", "_r2", "_start", "_stop")
"""How numbers end that tell how well another one is known; nor are they."""


def number(row: Row, name: str) -> float:
    """A row's number; NaN where it has none."""
    value = row.get(name)
    return float(value) if isinstance(value, (int, float)) else NAN


class Sample(NamedTuple):
    """The cells of one group and condition."""

    group: str
    condition: str

    def has(self, row: Row) -> bool:
        """Whether a row of a cell is one of these."""
        return (row["group"], row["condition"]) == tuple(self)


def cell_rows(recordings: Sequence[Row], columns: Sequence[Feature]) -> list[Row]:
    """One row per cell and condition, from one per recording.

    Returns
    -------
    list of dict
        ``cell``, ``animal``, ``group``, ``condition``, ``recordings`` (how many), then the
        measures: counts added up, the rate from their sums, the rest as medians.
    """
    told: dict[tuple[object, object], list[Row]] = {}
    for row in recordings:
        told.setdefault((row["cell"], row["condition"]), []).append(row)
    return [_cell(rows, columns) for rows in told.values()]


def _cell(rows: Sequence[Row], columns: Sequence[Feature]) -> Row:
    row: Row = {name: rows[0][name] for name in IDENTITY} | {"recordings": len(rows)}
    for feature in columns:
        values = [value for r in rows if (value := number(r, feature.name)) == value]
        if feature.name in SUMMED:
            row[feature.name] = int(sum(values)) if feature.name in COUNTS else sum(values)
        else:
            row[feature.name] = statistics.median(values) if values else NAN
    if row.get("exposure"):
        row["average_rate"] = number(row, "spikes") / number(row, "exposure")
    return row


def samples_of(cells: Sequence[Row]) -> dict[str, Sample]:
    """The groups and conditions there are, in the order of the table, by what tells them apart."""
    groups = dict.fromkeys(str(row["group"]) for row in cells)
    conditions = dict.fromkeys(str(row["condition"]) for row in cells)
    there = [Sample(g, c) for g in groups for c in conditions]
    there = [sample for sample in there if any(map(sample.has, cells))]
    told = len(groups) > 1, len(conditions) > 1
    return {_label(sample, told): sample for sample in there}


def _label(sample: Sample, told: tuple[bool, bool]) -> str:
    words = [word for word, differs in zip(sample, told, strict=True) if differs and word]
    return ", ".join(words) or ", ".join(filter(None, sample)) or "all cells"


def by_cell(cells: Sequence[Row], sample: Sample, name: str) -> dict[str, float]:
    """A measure of each cell of a sample."""
    return {str(row["cell"]): number(row, name) for row in cells if sample.has(row)}


def comparison_rows(cells: Sequence[Row], columns: Sequence[Feature]) -> list[Row]:
    """Groups within each condition, and conditions within each group, measure by measure.

    Conditions of one group that share cells are compared as pairs; groups never share any.
    """
    samples = samples_of(cells)
    found: list[tuple[Row, Comparison]] = []
    for feature in filter(is_compared, columns):
        for a, b in _pairs(samples):
            first, second = (by_cell(cells, samples[label], feature.name) for label in (a, b))
            shared = [cell for cell in first if cell in second]
            told = (
                compared([first[c] for c in shared], [second[c] for c in shared], paired=True)
                if shared
                else compared(list(first.values()), list(second.values()))
            )
            if told.n_a and told.n_b:
                row: Row = {"measure": feature.name, "unit": feature.unit, "a": a, "b": b}
                row |= {"paired": bool(shared)} | _animals(cells, samples[a], samples[b])
                found.append((row, told))
    final = adjusted([told for _, told in found])
    return [row | dataclasses.asdict(told) for (row, _), told in zip(found, final, strict=True)]


def is_compared(feature: Feature) -> bool:
    """Whether a measure says something of the cell itself."""
    return feature.name not in ABOUT_THE_RECORDING and not feature.name.endswith(ABOUT_A_FIT)


def _pairs(samples: Mapping[str, Sample]) -> list[tuple[str, str]]:
    """Every two samples that differ in one thing only."""
    return [
        (a, b)
        for a, b in combinations(samples, 2)
        if (samples[a].group == samples[b].group) != (samples[a].condition == samples[b].condition)
    ]


def _animals(cells: Sequence[Row], *samples: Sample) -> Row:
    """How many animals stand behind each sample; cells of one animal are not independent."""
    names = ("animals_a", "animals_b")
    return {
        name: len({row["animal"] for row in cells if s.has(row) and row["animal"]})
        for name, s in zip(names, samples, strict=True)
    }


def are_paired(cells: Sequence[Row], samples: Collection[Sample]) -> bool:
    """Whether the samples are conditions of the very same cells, so that lines may join them."""
    sets = [{str(row["cell"]) for row in cells if s.has(row)} for s in samples]
    return len(samples) > 1 and all(a == b for a, b in pairwise(sets))
