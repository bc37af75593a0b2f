"""A folder of results: whole or not there, and never another run's.

The record vouches for the files beside it, and for itself: a run counts as done only if
all are as they were written.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spikelens import folders
from spikelens.errors import OutputExists
from spikelens.files import to_json, write_json

RUN_FILE = "run.json"
"""Written last; a folder that holds it is complete."""


CHANGED = ".changed"
"""What a file that is not as it was written is called once it is written anew."""

LEFT_BY_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What a look at a folder leaves in it, and nobody misses."""


@contextmanager
def placing(folder: Path) -> Iterator[Path]:
    """`folders.placing`, which keeps what people put beside the results of the same run.

    What the predecessor, if it is of the same run, held beyond what that run wrote goes
    into the new folder, and what was changed since with `CHANGED` after its name.
    """
    with folders.placing(folder) as temporary:
        yield temporary
        _spare(folder, temporary)


def write_record(folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Write ``run.json`` into a folder that holds all else, with the SHA-256 of each file and of itself."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    sums = {p.relative_to(folder).as_posix(): _sha256(p) for p in sorted(files)}
    vouching = {**record, "sha256": sums}
    sealed = {**vouching, "seal": _seal(vouching)}
    write_json(folder / RUN_FILE, sealed)
    return sealed


def finished_run(
    folder: Path, key: str, *, force: bool, inputs: Sequence[Path] = ()
) -> dict[str, Any] | None:
    """The record of this very run if `folder` holds it whole; None if it is to be done.

    Only a run of ours is ever replaced, and `force` is for that of other settings or of another input.

    Parameters
    ----------
    folder : Path
    key : str
    force : bool
        Replace another run, and do this one again.
    inputs : sequence of Path
        What the run reads, which may not lie in a folder that is replaced.

    Raises
    ------
    OutputExists
        The folder holds something else than runs of ours, or another run and `force` was not given;
        it, or one it lies in, is a file; it is the folder that is worked in.
    """
    for place in (folder, *folder.parents):
        if place.is_file():
            raise OutputExists(f"{place} is a file, where a folder is needed; choose another --out")
    if folder.exists() and any(folder.iterdir()):
        record, text = _record(folder / RUN_FILE)
        if record is None and key not in text:
            raise OutputExists(f"{folder} is not empty and holds no run of ours; choose another --out")
        if record is not None and record["key"] != key:
            _refuse_to_lose(folder, record, inputs)
            if not force:
                raise OutputExists(
                    f"{folder} holds results of another input or of other settings;"
                    " choose another --out or give --force"
                )
        elif record is not None and not force and not _changed(folder, record):
            return record
    folders.refuse_underfoot(folder)
    return None


def _refuse_to_lose(folder: Path, record: Mapping[str, Any], inputs: Sequence[Path]) -> None:
    """Raise `OutputExists` if replacing another run would take more away than what it wrote."""
    for path in inputs:
        if folder.resolve() in (path.resolve(), *path.resolve().parents):
            raise OutputExists(f"{folder} holds {path}, which is to be read; choose another --out")
    for path in sorted(p for p in folder.rglob("*") if not p.is_dir()):
        name = path.relative_to(folder).as_posix()
        if name == RUN_FILE or path.name in LEFT_BY_SYSTEMS or _sha256(path) == record["sha256"].get(name):
            continue
        whose = "was changed since" if name in record["sha256"] else "is not of that run"
        raise OutputExists(
            f"{folder} holds another run, and {name}, which {whose}; choose another --out, or move it away"
        )


def _changed(folder: Path, record: dict[str, Any]) -> list[str]:
    """The files that are not as they were written, the record itself among them; none of a sound run."""
    own = {k: v for k, v in record.items() if k != "seal"}
    if record.get("seal") != _seal(own):
        return [RUN_FILE]
    return [name for name, known in record["sha256"].items() if _sha256(folder / name) != known]


def _spare(old: Path, new: Path) -> None:
    """Carry over what a person may have put or changed in a folder that is written anew by the same run."""
    (before, text), (after, _) = _record(old / RUN_FILE), _record(new / RUN_FILE)
    if after is None or str(after["key"]) not in text:
        return
    known = (before or {}).get("sha256", {})
    for path in sorted(p for p in old.rglob("*") if p.is_file()):
        name = path.relative_to(old).as_posix()
        if name == RUN_FILE or _sha256(path) in (known.get(name), _sha256(new / name)):
            continue
        place = new / (name + CHANGED if (new / name).exists() else name)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)


def changed_in(folder: Path) -> list[str]:
    """Files of a run that were not as they had been written, and were kept when it was done again."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob(f"*{CHANGED}"))


def _seal(record: dict[str, Any]) -> str:
    return hashlib.sha256(to_json(record).encode()).hexdigest()


def _sha256(path: Path) -> str | None:
    """The sum of a file; None if it cannot be read."""
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None


def _record(path: Path) -> tuple[dict[str, Any] | None, str]:
    """A folder's record, None if it is none, and its text."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None, ""
    try:
        document = json.loads(text)
    except ValueError:
        return None, text
    is_ours = isinstance(document, dict) and "key" in document and isinstance(document.get("sha256"), dict)
    return (document if is_ours else None), text
