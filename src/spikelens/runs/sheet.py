"""The user's sheet of cells: which file is which cell, animal, group and condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spikelens.errors import BadParameter, UnreadableFile

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("file", "cell", "animal", "group", "condition", "exclude", "events", "protocol")


@dataclass(frozen=True)
class Sheet:
    """One row per file."""

    rows: Mapping[str, Mapping[str, str]]
    """By the file's name as the sheet writes it."""
    folder: Path = Path()
    """Where the sheet lies; files that it names are sought there, then beside the recording."""

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Read a table with a column ``file`` and any of `COLUMNS`.

        A CSV with commas or, as spreadsheets write it in much of Europe, semicolons; or an .xlsx.
        """
        try:
            table = _table(path)
        except (OSError, ValueError) as why:
            reason = (isinstance(why, OSError) and why.strerror) or " ".join(str(why).split())
            raise UnreadableFile(f"cannot read {path}: {reason}; the sheet is a CSV or .xlsx") from why
        if "file" not in table:
            raise UnreadableFile(f"{path} has no column 'file'; it has: {', '.join(map(str, table.columns))}")
        doubled = table["file"][table["file"].duplicated()].tolist()
        if doubled:
            raise BadParameter(f"{path} names {doubled[0]!r} twice; one row per file")
        kept = [c for c in COLUMNS if c in table]
        rows = {row["file"]: {c: row[c].strip() for c in kept} for row in table.to_dict("records")}
        _check_cells(path, rows)
        return cls(rows, path.resolve().parent)

    def of(self, path: Path) -> Mapping[str, str]:
        """The row of a file: by its path as written, or by the end of it; empty if there is none."""
        matching = [row for name, row in self.rows.items() if _is_end(path, Path(name))]
        if len(matching) > 1:
            raise BadParameter(f"the sheet names {path} more than once: write more of its path")
        return matching[0] if matching else {}

    def named(self, path: Path, column: str) -> str:
        """What the sheet says of a file in a column; a file's path where it names one that is there."""
        said = self.of(path).get(column, "")
        there = [place / said for place in (self.folder, path.parent) if said and (place / said).is_file()]
        return str(there[0]) if there else said

    def excludes(self, path: Path) -> bool:
        """Whether the sheet says to leave a file out."""
        return _is_excluded(self.of(path))

    def unmatched(self, paths: Sequence[Path]) -> list[str]:
        """Names in the sheet that are none of the files, apart from those it leaves out anyway."""
        wanted = [name for name, row in self.rows.items() if not _is_excluded(row)]
        return [name for name in wanted if not any(_is_end(path, Path(name)) for path in paths)]


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    if path.suffix.lower() == ".xlsx":
        return pd.read_excel(path, dtype=str, keep_default_na=False)
    with path.open(encoding="utf-8-sig") as opened:
        header = opened.readline()
    comma = ";" if header.count(";") > header.count(",") else ","
    return pd.read_csv(path, dtype=str, keep_default_na=False, sep=comma, encoding="utf-8-sig")


def _is_excluded(row: Mapping[str, str]) -> bool:
    return row.get("exclude", "").lower() in ("1", "yes", "true", "x")


def _check_cells(path: Path, rows: Mapping[str, Mapping[str, str]]) -> None:
    """A cell has one animal and one group, whatever its files and conditions."""
    seen: dict[tuple[str, str], str] = {}
    for row in rows.values():
        for column in ("animal", "group"):
            if row.get("cell") and row.get(column):
                first = seen.setdefault((row["cell"], column), row[column])
                if first != row[column]:
                    raise BadParameter(
                        f"{path} gives cell {row['cell']!r} two values of {column}, {first!r} and"
                        f" {row[column]!r}; one cell has one"
                    )


def _is_end(path: Path, end: Path) -> bool:
    whole = path.resolve().parts
    parts = end.parts if not end.is_absolute() else end.resolve().parts
    return whole[-len(parts) :] == parts or (len(parts) == 1 and whole[-1].rpartition(".")[0] == end.name)
