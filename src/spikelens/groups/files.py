"""The table of cells as other programs take it: Prism's columns and Igor's text waves."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path

from spikelens.features import Feature
from spikelens.files import write_text
from spikelens.groups.table import by_cell, samples_of
from spikelens.prefixes import si_factor
from spikelens.runs.tables import cell
from spikelens.summary import Row

LONGEST_NAME = 31
"""Of a wave, in every version of Igor."""


def write_prism(path: Path, cells: Sequence[Row], feature: Feature) -> None:
    """Write one measure as a column table: a row title per cell, a column per group and condition.

    Values are in the prefixed unit that the headers name, since Prism draws what it reads.
    """
    samples = samples_of(cells)
    values = {label: by_cell(cells, sample, feature.name) for label, sample in samples.items()}
    factor, unit = _scale(feature, [v for told in values.values() for v in told.values()])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["cell", *(cell(f"{label} ({unit})" if unit else label) for label in samples)])
    for name in dict.fromkeys(str(row["cell"]) for row in cells):
        row = [values[label].get(name, math.nan) / factor for label in samples]
        writer.writerow([cell(name), *(f"{v:.10g}" if v == v else "" for v in row)])
    write_text(path, out.getvalue())


def write_igor(path: Path, cells: Sequence[Row], columns: Sequence[Feature]) -> None:
    """Write an Igor text file: a wave per measure and sample, in SI units, and the cells' names."""
    lines = ["IGOR"]
    for label, sample in samples_of(cells).items():
        names = list(by_cell(cells, sample, columns[0].name))
        lines += _wave(f"cell_{label}", [f'"{_quoted(name)}"' for name in names], text=True)
        for feature in columns:
            values = by_cell(cells, sample, feature.name).values()
            name = _wave_name(f"{feature.name}_{label}")
            lines += _wave(name, ["NaN" if v != v else f"{v:.15g}" for v in values])
            lines.append(f'X SetScale d 0,0,"{feature.unit}",{name}')
            lines.append(f'X Note {name},"{_quoted(feature.meaning)[:800]}"')
    write_text(path, "\r".join(lines) + "\r")


def _wave(name: str, values: Sequence[str], *, text: bool = False) -> list[str]:
    kind = "/T" if text else "/D"
    return [f"WAVES{kind}\t{_wave_name(name)}", "BEGIN", *(f"\t{value}" for value in values), "END"]


def _wave_name(text: str) -> str:
    """A name that Igor takes without quotes: letters, digits and underscores, 31 at most, from the end."""
    plain = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    cut = plain if len(plain) <= LONGEST_NAME else f"{plain[:18]}_{plain[-12:]}"
    return cut if cut[:1].isalpha() else f"w{cut}"[:LONGEST_NAME]


def _quoted(text: str) -> str:
    """Text for between quotation marks of Igor's commands."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _scale(feature: Feature, values: Sequence[float]) -> tuple[float, str]:
    known = [abs(v) for v in values if v == v]
    return si_factor(max(known, default=1.0) or 1.0, feature.unit)
