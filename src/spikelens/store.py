"""Results of shares of work, on disk: written once, verified when read, so that a run resumes.

Each share has a table and, written after it, a row of the manifest with its SHA-256. A
share counts as done if its row is whole and its table is what the row says; anything
else is done again. The folder is named after what decides the results, so that no run
finds those of another.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spikelens.arrow import read_columns, write_columns
from spikelens.files import replacing, write_text
from spikelens.version import VERSION

Columns = dict[str, NDArray[Any]]
Row = dict[str, Any]
"""A share's entry in the manifest: name, samples, rows, sum of the table, what made it, and a seal."""


def store_key(*decisive: object) -> str:
    """A folder's name for what decides the results."""
    return hashlib.sha256(json.dumps([*decisive, VERSION], default=str).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Store:
    """A folder of shares' tables. Several processes may use one at once."""

    folder: Path
    key: str = ""
    """Hash of the settings, the input and the version."""
    fingerprint: str = ""
    """Of the recording."""

    def keep(self, name: str, table: Columns, **facts: object) -> Row:
        """Write a share's table, then its row of the manifest with more facts of the share.

        Raises
        ------
        WriteFailed
            The system refused; the message names the path. What was kept before stays.
        """
        path = self._table(name)
        with replacing(path) as temporary:
            write_columns(temporary, table)
            sha256 = _sha256(temporary)
        rows = len(next(iter(table.values())))
        row: Row = {**facts, "name": name, "rows": rows, "sha256": sha256, **self._made_by}
        sealed = row | {"seal": _seal(row)}
        write_text(self._row(name), json.dumps(sealed) + "\n")
        return sealed

    def row(self, name: str) -> Row | None:
        """The row of a share that is done; None if it is to be done, whatever the reason."""
        try:
            sealed = json.loads(self._row(name).read_text("utf-8"))
            row = {k: v for k, v in sealed.items() if k != "seal"}
            expected = self._made_by | {"name": name}
            whole = sealed["seal"] == _seal(row) and expected.items() <= row.items()
            return sealed if whole and _sha256(self._table(name)) == row["sha256"] else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def read(self, name: str) -> Columns | None:
        """A share's table; None if it is to be done."""
        if self.row(name) is None:
            return None
        try:
            return read_columns(self._table(name))
        except (OSError, ValueError):
            return None

    def remove(self) -> None:
        """Remove all of it, once what it holds is written elsewhere."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):  # Others' stores may stand beside it.
            self.folder.parent.rmdir()

    @property
    def _made_by(self) -> dict[str, str]:
        return {"key": self.key, "fingerprint": self.fingerprint, "version": VERSION}

    def _table(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    def _row(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _seal(row: Row) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
