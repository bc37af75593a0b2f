"""Excel workbooks (``.xlsx``): one table per sheet, read as text tables are.

A workbook is zipped XML; the sheet is parsed whole when first needed. With several
sheets that hold numbers, `--variable` chooses the sheet; with one, a column.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.errors import UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.readers._matrices import choose
from spikelens.readers._opening import reading
from spikelens.readers._tables import Table, headings, read_table
from spikelens.recording import Recording


@dataclass(frozen=True, kw_only=True)
class Excel(Reader):
    """The table of numbers on a sheet."""

    suffixes: ClassVar[tuple[str, ...]] = (".xlsx", ".xlsm")
    needs: ClassVar[tuple[str, ...]] = ("openpyxl",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"PK")

    def read(self, path: Path, hints: Hints) -> Recording:
        with reading(path, "an Excel workbook"):
            sheets = _sheets(path)
            if not sheets:
                raise UnreadableFile(f"{path} has no sheet with a table of numbers")
            chosen = next(iter(sheets))
            if len(sheets) > 1:
                chosen = choose("sheet", sheets, hints)
                hints = dataclasses.replace(hints, variable=None)
            return read_table(path, self.method_name(), partial(_load, sheet=chosen), hints)


def _sheets(path: Path) -> dict[str, tuple[int, int]]:
    """Sizes of the sheets that hold numbers."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        return {
            sheet.title: (sheet.max_row or 0, sheet.max_column or 0)
            for sheet in book.worksheets
            if any(_is_numbers(row) for row in sheet.iter_rows(max_row=200, values_only=True))
        }
    finally:
        book.close()


def _load(path: Path, *, sheet: str) -> Table:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        rows = [row for row in book[sheet].iter_rows(values_only=True) if any(c is not None for c in row)]
    finally:
        book.close()
    first = next(k for k, row in enumerate(rows) if _is_numbers(row))
    above = [["" if cell is None else str(cell) for cell in row] for row in rows[:first]]
    wrong = next((k for k, row in enumerate(rows[first:], first) if not _is_numbers(row)), None)
    if wrong is not None:
        raise UnreadableFile(f"{path}, sheet {sheet}: row {wrong + 1} of its table is not numbers")
    values = np.array(
        [[np.nan if cell is None else cell for cell in row] for row in rows[first:]], np.float64
    )
    notes = tuple(" ".join(filter(None, row)) for row in above)
    return Table(values, headings(above, values.shape[1]) if above else (), notes)


def _is_numbers(row: Sequence[Any]) -> bool:
    filled = [cell for cell in row if cell is not None]
    return bool(filled) and all(isinstance(cell, (int, float)) for cell in filled)
