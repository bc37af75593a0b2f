"""The summary of many recordings: their sweeps, recordings, cells and groups, none pooled with another."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spikelens.errors import OutputExists
from spikelens.files import printable
from spikelens.runs.sheet import Sheet
from spikelens.runs.tables import write_rows, write_sheets
from spikelens.summary import Row

Rows = list[Row]

SUMMARY = ("summary.csv", "summary.xlsx")


def refuse_to_forget(out: Path, paths: Sequence[Path], *, force: bool) -> None:
    """Raise `OutputExists` if the summary below `out` tells of recordings that this one would not."""
    there = [path for name in SUMMARY if (path := out / name).exists()]
    if not there:
        return
    summed = _summed_in(out / SUMMARY[0])
    if summed is None:
        raise OutputExists(f"{there[0]} is in the way, and no summary of ours; choose another --out")
    given = {printable(path.resolve()) for path in paths}
    others = [name for name in summed if str(Path(name).resolve()) not in given]
    if others and not force:
        raise OutputExists(
            f"{there[0]} sums up other recordings, such as {others[0]}; give them as well, choose"
            " another --out, or give --force"
        )


def _summed_in(path: Path) -> list[str] | None:
    """The files that a summary tells of; None if it is none of ours."""
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            rows = csv.DictReader(opened)
            if not {"level", "file"} <= set(rows.fieldnames or ()):
                return None
            return [row["file"] for row in rows if row["level"] == "recording"]
    except (OSError, ValueError, csv.Error):
        return None


def write_summary(out: Path, records: Sequence[Mapping[str, Any]], sheet: Sheet | None) -> None:
    """Write ``summary.csv`` and ``summary.xlsx`` below `out`."""
    recordings = [recording_row(record, sheet) for record in records]
    sweeps = [
        row for record, whole in zip(records, recordings, strict=True) for row in _sweeps(record, whole)
    ]
    cells = cell_rows(recordings)
    levels: dict[str, Rows] = {
        "sweeps": sweeps,
        "recordings": recordings,
        "cells": cells,
        "groups": group_rows(cells),
    }
    joined = [{"level": level.removesuffix("s"), **row} for level, rows in levels.items() for row in rows]
    write_rows(out / SUMMARY[0], joined)
    write_sheets(out / SUMMARY[1], {name: rows for name, rows in levels.items() if rows})


def recording_row(record: Mapping[str, Any], sheet: Sheet | None) -> Row:
    """One recording's row: who it is, its train, and the median of each feature."""
    path = Path(record["path"])
    named = dict(sheet.of(path)) if sheet else {}
    identity: Row = {"file": str(path), "cell": named.get("cell") or str(path)}
    identity |= {c: named[c] for c in ("animal", "group", "condition") if named.get(c)}
    train = {k: v for k, v in record["sweeps"][-1].items() if k not in ("sweep", "start_time")}
    medians = {f"median_{row['feature']}": row["median"] for row in record["features"]}
    return {**identity, "mode": record["mode"], "method": record["method"], **train, **medians}


def _sweeps(record: Mapping[str, Any], whole: Row) -> Rows:
    identity: Row = {k: whole[k] for k in ("file", "cell", "animal", "group", "condition") if k in whole}
    return [{**identity, **row} for row in record["sweeps"] if row["sweep"] != "all"]


def cell_rows(recordings: Sequence[Row]) -> Rows:
    """One row per cell and condition: counts and time added up, the rest as medians of its recordings."""
    rows: Rows = []
    for key in dict.fromkeys((r["cell"], r.get("condition", "")) for r in recordings):
        mine = [r for r in recordings if (r["cell"], r.get("condition", "")) == key]
        identity: Row = {k: mine[0][k] for k in ("cell", "animal", "group", "condition") if k in mine[0]}
        # Where none were sought, as in voltage clamp, no time was without spikes.
        sought = [r for r in mine if isinstance(r.get("spikes"), int)]
        spikes, exposure = (_total(sought, name) if sought else None for name in ("spikes", "exposure"))
        rate = spikes / exposure if exposure and spikes is not None else None
        summed: Row = {"recordings": len(mine), "spikes": spikes, "exposure": exposure, "average_rate": rate}
        rows.append({**identity, **summed, **_medians(mine, skip={*identity, *summed})})
    return rows


def group_rows(cells: Sequence[Row]) -> Rows:
    """One row per group and condition; its n is its cells, with its animals beside; medians over cells."""
    rows: Rows = []
    for key in dict.fromkeys((c.get("group", ""), c.get("condition", "")) for c in cells if c.get("group")):
        mine = [c for c in cells if (c.get("group", ""), c.get("condition", "")) == key]
        animals = {c["animal"] for c in mine if "animal" in c}
        identity: Row = {"group": key[0], "condition": key[1], "n_cells": len({c["cell"] for c in mine})}
        identity["n_animals"] = len(animals) or None
        rows.append(identity | _medians(mine, skip={*identity, "recordings", "spikes", "exposure"}))
    return rows


def _total(rows: Sequence[Row], name: str) -> float:
    return sum(value for row in rows if isinstance(value := row.get(name), (int, float)))


def _medians(rows: Sequence[Row], *, skip: set[str]) -> Row:
    names = [n for n in dict.fromkeys(n for row in rows for n in row) if n not in skip]
    values = {n: [v for row in rows if isinstance(v := row.get(n), (int, float)) and v == v] for n in names}
    return {n: statistics.median(v) for n, v in values.items() if v}
