"""Folders: written whole or not at all."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spikelens.errors import WriteFailed

_unplaced: set[Path] = set()
"""New folders that have not taken their place."""


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
        _unplaced.add(temporary)
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
        _unplaced.discard(temporary)


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
    os.replace(folder, old / "before")
    try:
        os.replace(new, folder)
    except OSError:
        os.replace(old / "before", folder)
        raise
    finally:
        with suppress(OSError):
            shutil.rmtree(old)


def user_cache() -> Path:
    """Where this user's programs keep what can be had again."""
    home = Path.home()
    places = {
        "win32": Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"),
        "darwin": home / "Library" / "Caches",
    }
    elsewhere = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return places.get(sys.platform, elsewhere) / "spikelens"
