"""Folders: written whole or not at all."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spikelens.errors import OutputExists, WriteFailed

_unplaced: set[Path] = set()
"""New folders that have not taken their place."""


@contextmanager
def placing(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder` that takes its place, and its predecessor's, once the block ends well.

    Raises
    ------
    OutputExists
        `folder` is the one that is worked in, or holds it.
    WriteFailed
        The system refused; nothing is left behind, and what was there stays.
    """
    refuse_underfoot(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    except OSError as why:
        raise WriteFailed.of(folder, why) from why
    _unplaced.add(temporary)
    try:
        temporary.chmod(0o755)
        yield temporary
        _swap(temporary, folder)
    except WriteFailed as why:
        raise WriteFailed(str(why).replace(str(temporary), str(folder))) from why
    except OSError as why:
        raise WriteFailed.of(folder, why) from why
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        _unplaced.discard(temporary)


def refuse_underfoot(folder: Path) -> None:
    """Raise `OutputExists` if `folder` is the one that is worked in, or holds it: it cannot be replaced."""
    here = Path.cwd()
    if folder.exists() and folder.resolve() in (here, *here.parents):
        raise OutputExists(
            f"--out {folder} is the folder you work in, or holds it, and cannot be replaced;"
            " name a folder of its own"
        )


@atexit.register
def _leave_nothing_half_written() -> None:
    """Remove what threads were writing when the process was interrupted: they end with it."""
    for temporary in _unplaced.copy():
        for wait in (0.0, 0.05, 0.2):
            # A thread may still have a file of it open; the next one it cannot make.
            time.sleep(wait)
            shutil.rmtree(temporary, ignore_errors=True)
            if not temporary.exists():
                break


def _swap(new: Path, folder: Path) -> None:
    if not folder.exists():
        os.replace(new, folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    before = old / "before"
    try:
        os.replace(folder, before)
        os.replace(new, folder)
    finally:
        # If this fails, what was there is kept where it is.
        if before.exists() and not folder.exists():
            os.replace(before, folder)
        shutil.rmtree(old, ignore_errors=True)


def user_cache() -> Path:
    """Where this user's programs keep what can be had again."""
    home = Path.home()
    places = {
        "win32": Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"),
        "darwin": home / "Library" / "Caches",
    }
    elsewhere = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return places.get(sys.platform, elsewhere) / "spikelens"
