"""Text tables: CSV, TSV, TXT and DAT, whatever their delimiter and decimal sign.

Text cannot be sliced in place: the file is parsed whole when first needed, and held as
float32.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np

from spikelens.errors import UnreadableFile
from spikelens.readers import Hints, Reader
from spikelens.readers._opening import reading
from spikelens.readers._tables import Table, headings, read_table
from spikelens.recording import Floats, Recording

_COMMENT = ("#", "%", "//")
_HEAD_LINES = 200
_CHECKED_LINES = 20
_DELIMITERS = ("\t", ";", ",", r"\s+")
_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?nan|[-+]?inf|", re.IGNORECASE)


@dataclass(frozen=True)
class _Layout:
    """How a text is to be split."""

    delimiter: str
    decimal: str
    n_columns: int
    first_row: int
    """Lines above the numbers."""
    above: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Text(Reader):
    """Columns of numbers, with or without headings, units and times."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".dat", ".asc")

    def recognises(self, path: Path, head: bytes) -> bool:
        encoding = _encoding(head)
        if b"\x00" in head and encoding != "utf-16":
            return False
        lines = head.decode(encoding, "ignore").splitlines()
        # The head may end within a line.
        return _layout(lines[:-1] or lines) is not None

    def advice(self, path: Path) -> str:
        with path.open("rb") as file:
            head = file.read(4096)
        encoding = _encoding(head)
        if b"\x00" in head and encoding != "utf-16":
            return "it holds binary numbers, and no text"
        why = _why_no_table(path, head.decode(encoding, "ignore").splitlines())
        return f"it {why.removeprefix(f'{path} ')}"

    def read(self, path: Path, hints: Hints) -> Recording:
        with reading(path, "a table of numbers"):
            return read_table(path, self.method_name(), _load, hints)


def _load(path: Path) -> Table:
    import pandas as pd

    with path.open("rb") as file:
        head = file.read(4096)
    encoding = _encoding(head)
    if encoding != "utf-16" and b"\x00" in head:
        raise UnreadableFile(f"{path} is not text: it holds binary numbers")
    with path.open(encoding=encoding) as text:
        lines = [line.rstrip("\r\n") for line, _ in zip(text, range(_HEAD_LINES), strict=False)]
    layout = _layout(lines)
    if layout is None:
        raise UnreadableFile(_why_no_table(path, lines))
    try:
        values = pd.read_csv(
            path,
            sep=layout.delimiter,
            decimal=layout.decimal,
            skiprows=layout.first_row,
            names=range(layout.n_columns),
            index_col=False,
            dtype=np.float64,
            encoding=encoding,
            comment="#",
            skipinitialspace=True,
        ).to_numpy()
    except ValueError as why:
        for number, line in _rows(path, encoding, layout):
            if not _is_row(line, layout.delimiter, layout.decimal, layout.n_columns):
                raise UnreadableFile(_no_row(path, number, line)) from why
        raise
    values, doubts = _without_unfinished(path, encoding, layout, values)
    comments = [line.lstrip("#%/ ") for line in layout.above if line.startswith(_COMMENT)]
    rows = [_split_heading(line.lstrip("#%/ "), layout.delimiter) for line in layout.above if line.strip()]
    names = headings(rows, layout.n_columns) if rows else ()
    if layout.n_columns == 1:
        doubts += _blank_lines(path, encoding, layout, len(values))
    return Table(values, names, tuple(comments), doubts)


def _rows(path: Path, encoding: str, layout: _Layout) -> Iterator[tuple[int, str]]:
    """Lines of numbers, without comments, and which line of the file each is, counted from 1."""
    with path.open(encoding=encoding) as text:
        for number, line in enumerate(text, 1):
            row = line.partition("#")[0].rstrip("\r\n")
            if number > layout.first_row and row.strip():
                yield number, row


def _without_unfinished(
    path: Path, encoding: str, layout: _Layout, values: Floats
) -> tuple[Floats, tuple[str, ...]]:
    """The rows without a last one that broke off, and what to say of it.

    Raises
    ------
    UnreadableFile
        A row before it has fewer columns than the others; names its line.
    """
    used = np.flatnonzero(np.isfinite(values).any(axis=0))
    # A column that ends early leaves its cells empty; a row that is cut off lacks them.
    if used.size == 0 or not np.isnan(values[:, used[-1]]).any():
        return values, ()
    short = [
        row for row in _rows(path, encoding, layout) if len(_split(row[1], layout.delimiter)) <= used[-1]
    ]
    if not short:
        return values, ()
    last, _ = deque(_rows(path, encoding, layout), maxlen=1).pop()
    number, line = short[0]
    if number != last:
        raise UnreadableFile(_no_row(path, number, line))
    return values[:-1], (
        f"the last line, {number}, is cut off and left out; copy the file again for all of it",
    )


def _blank_lines(path: Path, encoding: str, layout: _Layout, n_rows: int) -> tuple[str, ...]:
    """What to say of blank lines within a column, where each line is a sample."""
    if path.read_bytes().rstrip().count(b"\n") + 1 == layout.first_row + n_rows:
        return ()
    at = [number for number, _ in _rows(path, encoding, layout)]
    # Every other line is blank where line ends were doubled on the way.
    blank = at[-1] - at[0] + 1 - len(at)
    if len(at) != n_rows or not 0 < blank < len(at) - 1:
        return ()
    first = next(b + 1 for b, c in pairwise(at) if c > b + 1)
    return (
        f"line {first} is blank or a comment ({blank} such among the numbers), and is left out:"
        " if a sample is missing there, all after it are early",
    )


def _no_row(path: Path, number: int, line: str) -> str:
    shown = line.strip() if len(line) < 40 else f"{line.strip()[:36]} ..."
    return f"{path} is no table of numbers at line {number}, {shown!r}; mend the line, or copy the file again"


def _why_no_table(path: Path, lines: Sequence[str]) -> str:
    """Which of its first lines keeps a text from being a table, where a table begins at all."""
    for n in range(len(lines) - 1, 1, -1):
        if _layout(lines[:n]) is not None:
            return _no_row(path, n + 1, lines[n])
    return f"{path} holds no table of numbers with one delimiter throughout"


def _encoding(head: bytes) -> str:
    for mark, encoding in _ENCODINGS.items():
        if head.startswith(mark):
            return encoding
    try:
        head[: head.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _layout(lines: Sequence[str]) -> _Layout | None:
    """The first layout in which lines become numbers, with the fewest lines above them."""
    found = [
        layout
        for decimal in (".", ",")
        for delimiter in _DELIMITERS
        if delimiter != decimal and (layout := _tried(lines, delimiter, decimal))
    ]
    return min(found, key=lambda layout: (layout.first_row, -layout.n_columns), default=None)


def _tried(lines: Sequence[str], delimiter: str, decimal: str) -> _Layout | None:
    for first, line in enumerate(lines):
        n_columns = len(_split(line, delimiter))
        checked = [row for row in lines[first : first + _CHECKED_LINES] if row.strip()]
        if not line.strip() or line.startswith(_COMMENT):
            continue
        if delimiter == "," and _is_decimal_comma(checked):
            return None
        if all(_is_row(row, delimiter, decimal, n_columns) for row in checked):
            above = [
                len(_split(row, delimiter)) for row in lines[:first] if _is_numbers(row, delimiter, decimal)
            ]
            # A row of its own below other numbers is a list of settings, not a sweep.
            is_lone = len(checked) == 1 and (n_columns < 3 or bool(above))
            if is_lone or n_columns in above:
                return None
            return _Layout(delimiter, decimal, n_columns, first, tuple(lines[:first]))
    return None


def _is_row(line: str, delimiter: str, decimal: str, n_columns: int) -> bool:
    return len(_split(line, delimiter)) == n_columns and _is_numbers(line, delimiter, decimal)


def _is_numbers(line: str, delimiter: str, decimal: str) -> bool:
    cells = _split(line, delimiter)
    return any(cells) and all(map(_NUMBER.fullmatch, _pointed(cells, decimal)))


def _is_decimal_comma(lines: Iterable[str]) -> bool:
    """Whether lines with one comma each, such as -65,08, are numbers rather than pairs."""
    parts = [line.strip().split(",") for line in lines]
    if not all(len(p) == 2 and p[1].isdecimal() and p[0].lstrip("+-").isdecimal() for p in parts):
        return False
    return any(len(fraction) > 1 and fraction.startswith("0") for _, fraction in parts)


def _split(line: str, delimiter: str) -> list[str]:
    cells = line.split() if delimiter == r"\s+" else line.split(delimiter)
    return [cell.strip() for cell in cells]


def _split_heading(line: str, delimiter: str) -> list[str]:
    # "t (ms) Vm (mV)" are two headings, not four.
    return re.split(r"\s+(?![\[(])", line.strip()) if delimiter == r"\s+" else _split(line, delimiter)


def _pointed(cells: Iterable[str], decimal: str) -> list[str]:
    return [cell.replace(decimal, ".") if decimal == "," else cell for cell in cells]
