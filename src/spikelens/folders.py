"""Folders: written whole or not at all, and where a user's own are."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spikelens.errors import WriteFailed


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder`, which is absent or empty, that takes its name once the block ends well.

    Raises
    ------
    WriteFailed
        The system refused; nothing is left behind.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
        temporary.chmod(0o755)
    except OSError as why:
        raise WriteFailed(f"cannot write {folder}: {why.strerror or why}") from why
    try:
        yield temporary
        if folder.is_dir():
            folder.rmdir()
        os.replace(temporary, folder)
    except OSError as why:
        raise WriteFailed(f"cannot write {folder}: {why.strerror or why}") from why
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def user_cache() -> Path:
    """Where this user's programs keep what can be had again."""
    home = Path.home()
    places = {
        "win32": Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"),
        "darwin": home / "Library" / "Caches",
    }
    elsewhere = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return places.get(sys.platform, elsewhere) / "spikelens"
