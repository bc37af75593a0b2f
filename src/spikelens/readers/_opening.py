"""Opening files so that whatever goes wrong is said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from spikelens.errors import SpikelensError, UnreadableFile
from spikelens.files import absent, fingerprint, printable

_CUT_OFF = ("truncated file", "could not read bytes", "unexpected end", "EOF")
"""What libraries say of a file that ends too early."""


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Run a block that reads `path`, a `what` such as "an NWB file".

    Raises
    ------
    UnreadableFile
        The path is missing or empty, or the block failed with anything that is not an
        error of ours: libraries raise all sorts of things on a damaged file.
    """
    _check_there(path)
    try:
        yield
    except SpikelensError:
        raise
    except MemoryError as why:
        raise UnreadableFile(f"{path} does not fit into memory, or claims a size it cannot have") from why
    except Exception as why:
        detail = " ".join(str(why).split())[:160]
        if any(word in detail for word in _CUT_OFF):
            raise UnreadableFile(f"{path} is cut off, or damaged; copy it again") from why
        raise UnreadableFile(f"{path} is damaged or not {what}: {detail or type(why).__name__}") from why


def _check_there(path: Path) -> None:
    try:
        empty = path.is_file() and path.stat().st_size == 0
    except OSError as why:
        raise UnreadableFile(f"cannot read {path}: {why.strerror or why}") from why
    if not path.exists():
        raise absent(path)
    if empty:
        raise UnreadableFile(f"{path} is empty; copy it again from where it was recorded")


class Identity(TypedDict):
    """The fields of a `Recording` that say which file it is."""

    name: str
    path: Path
    fingerprint: str
    reader: str


def identity(path: Path, reader: str) -> Identity:
    """Which file a recording comes from, and by which reader."""
    return Identity(name=printable(path.stem), path=path, fingerprint=fingerprint(path), reader=reader)
