"""Whose results a folder holds: never another run's are written over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from spikelens.errors import OutputExists

RUN_FILE = "run.json"
"""Written last; a folder that holds it is complete."""


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
