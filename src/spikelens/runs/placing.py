"""A folder of results: whole or not there, and never another run's."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from spikelens.errors import OutputExists, WriteFailed

RUN_FILE = "run.json"
"""Written last; a folder that holds it is complete."""


@contextmanager
def placing(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder` that takes its place, and its predecessor's, once the block ends well.

    Raises
    ------
    WriteFailed
        The system refused; nothing is left behind, and what was there stays.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
        temporary.chmod(0o755)
    except OSError as why:
        raise WriteFailed(f"cannot write {folder}: {why.strerror or why}") from why
    try:
        yield temporary
        _swap(temporary, folder)
    except WriteFailed as why:
        raise WriteFailed(str(why).replace(str(temporary), str(folder))) from why
    except OSError as why:
        raise WriteFailed(f"cannot write {folder}: {why.strerror or why}") from why
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _swap(new: Path, folder: Path) -> None:
    if not folder.exists():
        os.replace(new, folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    os.replace(folder, old / "before")
    try:
        os.replace(new, folder)
    except OSError:
        os.replace(old / "before", folder)
        raise
    finally:
        with suppress(OSError):
            shutil.rmtree(old)


def finished_run(folder: Path, key: str, *, force: bool) -> dict[str, Any] | None:
    """The record of this very run if `folder` holds it; None if there is room for it.

    Raises
    ------
    OutputExists
        The folder holds something else, and `force` was not given; or it is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputExists(f"{folder} is a file, where a folder is needed; choose another --out")
    if force or not folder.exists() or not any(folder.iterdir()):
        return None
    record = _record(folder / RUN_FILE)
    if record is None:
        raise OutputExists(
            f"{folder} is not empty and holds no run of ours; choose another --out or give --force"
        )
    if record.get("key") != key:
        raise OutputExists(
            f"{folder} holds results of another input or of other settings;"
            " choose another --out or give --force"
        )
    return record


def _record(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None
