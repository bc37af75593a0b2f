"""The folder of a study of cells: tables for people and programs, figures, report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.comparisons import COLUMNS as COMPARISON
from spikelens.features import Feature
from spikelens.files import file_name, fingerprint, write_atomically
from spikelens.groups.files import write_igor, write_prism
from spikelens.groups.study import Cells, Watch, compare_cells
from spikelens.groups.table import are_paired, by_cell, is_compared, number, samples_of
from spikelens.html import Table, figure_of, measured
from spikelens.plots.bars import bars
from spikelens.plots.images import svg
from spikelens.plots.strip import strip, strips
from spikelens.profiles import MEASURES, NOTHING, Beside, checked_measures
from spikelens.runs.analysis import Analysis, Picture, Section, key_of, write_once
from spikelens.runs.finding import Found
from spikelens.runs.request import Request
from spikelens.runs.sheet import Sheet
from spikelens.runs.tables import write_sheets
from spikelens.runs.words import counted, methods_paragraph
from spikelens.summary import Row

SHOWN = 1.0
"""So much of a cell's trace is drawn with scale bars, s."""
TELLING = ("average_rate", "isi_cv", "height", "threshold_v", "width", "upstroke", "rheobase", "fi_gain",
           "input_resistance", "time_constant", "resting_v")  # fmt: skip
"""Measures that the report draws; the folder holds a figure of each."""

Floats = NDArray[np.float64]
_IDENTITY = (
    Feature("cell", "", "As the sheet names it; else its file."),
    Feature("animal", "", "From the sheet."),
    Feature("group", "", "From the sheet."),
    Feature("condition", "", "From the sheet."),
    Feature("recordings", "", "Recordings put together."),
)
_COMPARED = (
    Feature("measure", "", "What is compared; a value per cell."),
    Feature("unit", "", "Its unit."),
    Feature("a", "", "Group and condition of the first."),
    Feature("b", "", "Of the second."),
    Feature("paired", "", "Whether the same cells stand in both."),
    Feature("animals_a", "", "Animals of the first; 0 if the sheet does not say."),
    Feature("animals_b", "", "Animals of the second."),
    *COMPARISON,
)


def groups_file(
    paths: Sequence[Path],
    folder: Path,
    sheet: Path,
    request: Request,
    *,
    measures: Sequence[str],
    beside: Beside = NOTHING,
    force: bool = False,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Measure the recordings of a sheet, compare its groups, and write the folder; see `write_once`."""
    names, read = checked_measures(measures), Sheet.read(sheet)
    named = [Path(read.named(path, column)) for path in paths for column in ("events", "protocol")]
    used = [*paths, *(path for path in (*named, *beside.files) if path.is_file())]
    inputs = [fingerprint(sheet), *(fingerprint(path) for path in used if path.exists())]
    settings = {
        "measures": names,
        "paths": [str(path) for path in paths],
        "request": request.facts(),
        "beside": beside.facts(),
    }

    def analyse() -> Analysis:
        cells = compare_cells(paths, read, request, measures=names, beside=beside, watch=watch)
        return describe_groups(cells, sheet)

    files = [sheet, *used, *request.files]
    return write_once(folder, key_of("groups", inputs, settings), analyse, inputs=files, force=force)


def describe_groups(cells: Cells, sheet: Path) -> Analysis:
    """Everything that the folder of ``spikelens groups`` is to hold."""
    drawn = [
        feature for feature in cells.columns if is_compared(feature) and _has_values(cells.rows, feature)
    ]
    return Analysis(
        command="groups",
        title=(sheet.stem, str(sheet)),
        telling=[(str(n), what) for what, n in _sizes(cells).items()],
        verdict=_verdict(cells),
        sections=_sections(cells, drawn),
        tables={"cells": cells.rows, "recordings": cells.recordings, "comparisons": cells.comparisons},
        columns={"cells": (*_IDENTITY, *cells.columns), "comparisons": _COMPARED},
        files=_files(cells, drawn),
        facts={**_sizes(cells), "cells": cells.rows, "comparisons": cells.comparisons},
        warnings=cells.warnings,
        methods=_methods(cells),
    )


def _has_values(rows: Sequence[Row], feature: Feature) -> bool:
    return not all(isnan(number(row, feature.name)) for row in rows)


def _sizes(cells: Cells) -> dict[str, int]:
    return {
        "recordings": len(cells.recordings),
        "cells": len({row["cell"] for row in cells.rows}),
        "animals": len({row["animal"] for row in cells.rows if row["animal"]}),
        "groups": len({row["group"] for row in cells.rows if row["group"]}),
    }


def _verdict(cells: Cells) -> str:
    samples = samples_of(cells.rows)
    told = [f"{label}: {counted(sum(map(s.has, cells.rows)), 'cell')}" for label, s in samples.items()]
    differing = sum(number(row, "q") < 0.05 for row in cells.comparisons)
    tested = sum(number(row, "p") <= 1 for row in cells.comparisons)
    words = f"{differing} of {counted(tested, 'comparison')} differ at q below 0.05."
    if not tested:
        words = "Nothing was tested: there are too few cells." if cells.comparisons else ""
    return f"{'; '.join(told)}. {words or 'There is nothing to compare.'}"


def _values(rows: Sequence[Row], feature: Feature) -> dict[str, Floats]:
    """A measure of the cells of each sample; of paired ones, in the same order."""
    told = {label: by_cell(rows, sample, feature.name) for label, sample in samples_of(rows).items()}
    cells = list(dict.fromkeys(name for mine in told.values() for name in mine))
    return {label: np.array([mine[c] for c in cells if c in mine]) for label, mine in told.items()}


def _write_strip(path: Path, *, cells: Cells, feature: Feature) -> None:
    what = feature.name.replace("_", " ")
    axes = strip(_values(cells.rows, feature), what=what, unit=feature.unit, pairs=_paired(cells))
    drawn = svg(figure_of(axes))
    write_atomically(path, lambda out: out.write(drawn))


def _paired(cells: Cells) -> bool:
    return are_paired(cells.rows, samples_of(cells.rows).values())


def _overview(cells: Cells, drawn: Sequence[Feature]) -> Picture:
    """The telling measures in one figure: every cell of every group; lines join a cell's conditions."""
    telling = {f.name: f for f in drawn if f.name in TELLING}
    measures = {
        name.replace("_", " "): (_values(cells.rows, telling[name]), telling[name].unit)
        for name in TELLING
        if name in telling
    }
    caption = "A point is a cell, the bar the median. A figure of every measure is in the folder figures."
    return Picture("groups", strips(measures, pairs=_paired(cells)), caption)


def _sections(cells: Cells, drawn: Sequence[Feature]) -> list[Section]:
    sections = [
        Section("The cells", [_cell_table(cells)]),
        Section("Groups, cell by cell", [_overview(cells, drawn)]),
    ]
    if cells.comparisons:
        words = (
            "A value per cell; cells that stand in both are compared as pairs. q is p after Benjamini and"
            " Hochberg over this table. Cells of one animal are not independent: see how many there are."
        )
        table = _comparison_table(cells)
        sections.append(Section("What differs", [words, table] if table.rows else [table.note]))
    return sections


def _cell_table(cells: Cells) -> Table:
    known = [name for name in TELLING if any(name in row for row in cells.rows)]
    names = [*(f.name for f in _IDENTITY), "spikes", *known]
    units = {f.name: f.unit for f in cells.columns}
    body = [[measured(row.get(name), units.get(name, "")) for name in names] for row in cells.rows]
    return Table("", [n.replace("_", " ") for n in names], body, "cells.csv has all.")


def _comparison_table(cells: Cells) -> Table:
    """The comparisons that say most first."""
    names = ["measure", "a", "b", "paired", "n_a", "n_b", "difference", "low", "high", "p", "q"]
    told = ("difference", "low", "high")
    tested = [row for row in cells.comparisons if number(row, "p") <= 1]
    ordered = sorted(tested, key=lambda row: number(row, "p"))
    untested = len(cells.comparisons) - len(tested)
    more = "more" if tested else "comparisons"
    note = f"{untested} {more} had too few cells for a test; comparisons.csv has them." if untested else ""
    body = [[measured(row[n], str(row["unit"]) if n in told else "") for n in names] for row in ordered]
    return Table("", [n.replace("_", " ") for n in names], body, note)


def _files(cells: Cells, drawn: Sequence[Feature]) -> dict[str, Any]:
    """What other programs read, and the traces."""
    sheets = {"cells": cells.rows, "recordings": cells.recordings, "comparisons": cells.comparisons}
    files: dict[str, Any] = {
        "cells.xlsx": lambda path: write_sheets(path, {n: rows for n, rows in sheets.items() if rows}),
        "igor/cells.itx": lambda path: write_igor(path, cells.rows, drawn),
    }
    for feature in drawn:
        files[f"figures/{feature.name}.svg"] = partial(_write_strip, cells=cells, feature=feature)
        files[f"prism/{feature.name}.csv"] = partial(_write_prism, cells=cells, feature=feature)
    for k, (name, found) in enumerate(cells.shown, 1):
        files[f"traces/{k:02d}_{file_name(name)}.svg"] = partial(_write_trace, found=found)
    return files


def _write_prism(path: Path, *, cells: Cells, feature: Feature) -> None:
    write_prism(path, cells.rows, feature)


def _write_trace(path: Path, *, found: Found) -> None:
    """A second of the trace around the densest spikes, with scale bars."""
    start, stop = _densest(found)
    axes = bars(found.recording, found.spikes, start=start, stop=stop)
    drawn = svg(figure_of(axes))
    write_atomically(path, lambda out: out.write(drawn))


def _densest(found: Found) -> tuple[float | None, float | None]:
    """The part of `SHOWN` seconds that holds most spikes, within one sweep; else the beginning."""
    recording, spikes = found.recording, found.spikes
    first = float(recording.time_of(0))
    if not len(spikes):
        return first, min(first + SHOWN, float(recording.time_of(recording.n_samples - 1)))
    inside = [
        int(((spikes.time >= t) & (spikes.time < t + SHOWN * 0.9) & (spikes.sweep == k)).sum())
        for t, k in zip(spikes.time, spikes.sweep, strict=True)
    ]
    best = int(np.argmax(inside))
    low, high = recording.sweeps.bounds[spikes.sweep[best] : spikes.sweep[best] + 2]
    begin = max(float(spikes.time[best]) - 0.05, float(recording.time_of(int(low))))
    return begin, min(begin + SHOWN, float(recording.time_of(int(high) - 1)))


def _methods(cells: Cells) -> str:
    """How one recording was analysed, and how cells were compared."""
    found = cells.shown[0][1]
    words = [methods_paragraph(found.recording, found.spikes, found.request)]
    words += [
        f"{name.capitalize()}, of the first recording with them: {cells.methods[name]}"
        for name in MEASURES
        if name in cells.methods
    ]
    alike = "\n\n".join(words)
    return (
        f"Every recording was analysed alike; of the first: {alike}\n\nOf a cell's recordings, counts were"
        " added and other numbers are medians. Groups were compared by Mann-Whitney's U, conditions of the"
        " same cells by Wilcoxon's signed ranks, a value per cell; p was adjusted after Benjamini and"
        " Hochberg (1995); intervals of differences of medians are 95 % bootstrap percentiles."
    )
