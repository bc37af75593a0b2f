"""Labels as files: one CSV row per item, and a note beside it that says of which recording."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikelens.errors import UnreadableFile
from spikelens.files import write_json, write_text
from spikelens.labels import NONE, Labels

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("item", "sweep", "first_sample", "n_samples", "label", "author", "probability")
_NUMBERS = COLUMNS[:4]
OPEN = ("", "?", "ambiguous", "doubtful", "unsure", "nan")
"""Words for what nobody can tell; they teach nothing."""


def write_labels(path: Path, labels: Labels) -> None:
    """Write labels as CSV, and ``<name>.json`` with the recording's fingerprint and the classes.

    The CSV alone is enough to read the labels back; the note lets labels of another
    recording be refused.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    columns = (labels.item, labels.sweep, labels.first_sample, labels.n_samples, labels.names, labels.author)
    for row in zip(*(c.tolist() for c in columns), _texts(labels), strict=True):
        writer.writerow(row)
    write_text(path, out.getvalue())
    note = {"schema_version": 1, "classes": list(labels.classes), "fingerprint": labels.fingerprint}
    write_json(path.with_suffix(".json"), note)


def _texts(labels: Labels) -> list[str]:
    return ["" if np.isnan(p) else str(p) for p in labels.probability]


def read_labels(path: Path, classes: Sequence[str] = ()) -> Labels:
    """Read labels that we, or a person with a spreadsheet, wrote.

    Parameters
    ----------
    path : Path
        CSV with the columns of `COLUMNS`; `author` and `probability` may lack. A label
        may be left empty: that item has none.
    classes : sequence of str, optional
        Their order; as the note beside the file says, else noise and spike, else sorted.

    Raises
    ------
    UnreadableFile
        No such file, a column that lacks, or something in it that is no number.
    """
    table = _table(path)
    numbers = {name: _whole(path, table, name) for name in _NUMBERS}
    note = _note(path.with_suffix(".json"))
    names = table["label"].str.strip().to_numpy(str) if len(table) else np.empty(0, "U1")
    known = _classes(names, tuple(classes) or tuple(note.get("classes", ())))
    codes = {name: k for k, name in enumerate(known)} | {"": NONE}
    return Labels(
        codes=np.array([codes[name] for name in names], np.int64),
        classes=known,
        author=table["author"].to_numpy(str) if "author" in table else np.full(len(table), path.stem),
        probability=_probabilities(path, table),
        fingerprint=str(note.get("fingerprint", "")),
        **numbers,
    )


def read_table(path: Path, what: str = "labels") -> pd.DataFrame:
    """A table of what a person said, every cell as it was written.

    Raises
    ------
    UnreadableFile
        No such file, or no table; the message says that it was to hold `what`.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as why:
        reason = (isinstance(why, OSError) and why.strerror) or str(why).splitlines()[0]
        raise UnreadableFile(f"cannot read {what} from {path}: {reason}") from why


def times_of(path: Path, table: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The column ``time`` of such a table, s.

    Raises
    ------
    UnreadableFile
        A time that is no number, or not finite.
    """
    try:
        time = table["time"].to_numpy(np.float64)
    except ValueError:
        time = np.array([np.nan])
    if not np.isfinite(time).all():
        raise UnreadableFile(f"{path}: column 'time' holds something that is not a number")
    return time


def _table(path: Path) -> pd.DataFrame:
    table = read_table(path)
    missing = [name for name in (*_NUMBERS, "label") if name not in table]
    if missing:
        raise UnreadableFile(
            f"{path} has no column {missing[0]!r}; it has: {', '.join(map(str, table.columns))}"
        )
    return table


def _whole(path: Path, table: pd.DataFrame, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    try:
        return np.array([int(text) for text in table[name]], np.int64)
    except ValueError:
        raise UnreadableFile(f"{path}: column {name!r} holds something that is not a whole number") from None


def _probabilities(path: Path, table: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    if "probability" not in table:
        return np.full(len(table), np.nan, np.float32)
    try:
        return np.array([float(text) if text else np.nan for text in table["probability"]], np.float32)
    except ValueError:
        raise UnreadableFile(f"{path}: column 'probability' holds something that is not a number") from None


def _classes(names: np.ndarray[tuple[int], np.dtype[np.str_]], stated: tuple[str, ...]) -> tuple[str, ...]:
    used = {str(name) for name in names} - {""}
    usual = ("noise", "spike") if used <= {"noise", "spike"} else ()
    first = stated or usual
    return (*first, *sorted(used - set(first)))


def _note(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
