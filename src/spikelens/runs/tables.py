"""Rows of mixed values as CSV and as a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from spikelens.files import printable, replacing, write_text

Rows = Sequence[Mapping[str, object]]


def write_rows(path: Path, rows: Rows, *, columns: Sequence[str] = ()) -> None:
    """Write rows as CSV: UTF-8, commas, empty for NaN; `columns` first, others as they appear."""
    out = io.StringIO()
    names = list(dict.fromkeys([*columns, *header(rows)]))
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: cell(v) for k, v in row.items()} for row in rows)
    write_text(path, out.getvalue())


def write_sheets(path: Path, sheets: Mapping[str, Rows]) -> None:
    """Write one spreadsheet with a sheet per name; numbers stay numbers."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        columns = header(rows)
        sheet.append(columns)
        for row in rows:
            sheet.append([cell(row.get(column)) for column in columns])
    with replacing(path) as temporary:
        book.save(temporary)


def header(rows: Rows) -> list[str]:
    """All columns, in the order in which rows first name them."""
    return list(dict.fromkeys(name for row in rows for name in row))


def cell(value: object) -> object:
    """A value as a table holds it; text that a spreadsheet would run as a formula is quoted."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, float):
        # All the digits there are, without the noise of the last bit: 3, not 2.9999999999999996.
        return float(f"{value:.15g}")
    if isinstance(value, (int, float, bool)):
        return value
    text = printable(str(value))
    return (
        "'" + text if isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
    )
