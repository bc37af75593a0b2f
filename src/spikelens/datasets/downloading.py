"""A file from an address: resumed where it broke off, and kept only if it is the one meant."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from spikelens.errors import DownloadFailed, WriteFailed
from spikelens.version import VERSION

Progress = Callable[[int, int], object]
"""Called with bytes done and bytes in all."""
ATTEMPTS = 4
"""How often a broken download is taken up again before it is given up for now."""
_TIMEOUT = 30.0
_PIECE = 1 << 16
_NO_SUCH_RANGE = 416


@dataclass(frozen=True)
class Wanted:
    """Which bytes are meant, wherever they come from."""

    address: str
    n_bytes: int
    sha256: str


def download(wanted: Wanted, path: Path, *, progress: Progress | None = None) -> bool:
    """Get a file, unless `path` holds it already.

    What has come so far lies in ``path.part`` and is gone on with, now or by the next
    call. The file takes its name once its checksum is right.

    Returns
    -------
    bool
        Whether anything had to be fetched.

    Raises
    ------
    DownloadFailed
        The address does not answer, breaks off again and again, or gives another file.
    WriteFailed
        The disk refused.
    """
    if _is_whole(path, wanted):
        return False
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        was_begun = part.exists()
        _fill(part, wanted, progress)
        if not _is_whole(part, wanted) and was_begun:
            # What lay there was of another version of the file: once more from the start.
            part.unlink()
            _fill(part, wanted, progress)
        _check(part, wanted)
        os.replace(part, path)
    except HTTPError as why:
        raise DownloadFailed(f"{wanted.address} answers {why.code} {why.reason}; try later") from why
    except URLError as why:
        raise DownloadFailed(f"{wanted.address} cannot be reached: {why.reason}") from why
    except OSError as why:
        raise WriteFailed(f"cannot write {path}: {why.strerror or why}") from why
    return True


def _is_whole(path: Path, wanted: Wanted) -> bool:
    return path.is_file() and path.stat().st_size == wanted.n_bytes and sha256_of(path) == wanted.sha256


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _check(part: Path, wanted: Wanted) -> None:
    """Throw what came away unless it is what was meant."""
    size, digest = part.stat().st_size, sha256_of(part)
    if (size, digest) != (wanted.n_bytes, wanted.sha256):
        part.unlink()
        raise DownloadFailed(
            f"{wanted.address} gives another file than the catalogue names ({size} bytes, SHA-256"
            f" {digest[:12]}... instead of {wanted.sha256[:12]}...); nothing was kept"
        )


def _fill(part: Path, wanted: Wanted, progress: Progress | None) -> None:
    """Fetch what is missing of a file; a connection that breaks is made anew."""
    for attempt in range(1, ATTEMPTS + 1):
        before = _size(part)
        if before >= wanted.n_bytes:
            return
        with suppress(HTTPException, ConnectionError, TimeoutError):
            _go_on(part, wanted, progress)
        if _size(part) >= wanted.n_bytes:
            return
        if attempt == ATTEMPTS:
            raise DownloadFailed(
                f"{wanted.address} broke off after {_size(part)} of {wanted.n_bytes} bytes;"
                " run again to go on from there"
            )


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _go_on(part: Path, wanted: Wanted, progress: Progress | None) -> None:
    """Ask for the rest and append it; a server that gives all begins the file anew."""
    have = _size(part)
    asked = Request(wanted.address, headers={"User-Agent": f"spikelens/{VERSION}"})
    if have:
        asked.add_header("Range", f"bytes={have}-")
    try:
        answer = urlopen(asked, timeout=_TIMEOUT)
    except HTTPError as why:
        if why.code != _NO_SUCH_RANGE or not have:
            raise
        part.unlink()
        return
    with answer:
        goes_on = answer.status == 206 and _starts_at(answer, have)
        with part.open("ab" if goes_on else "wb") as out:
            _copy(answer, out.write, have if goes_on else 0, wanted.n_bytes, progress)


def _starts_at(answer: HTTPResponse, have: int) -> bool:
    return (answer.headers.get("Content-Range") or "").startswith(f"bytes {have}-")


def _copy(
    answer: HTTPResponse, write: Callable[[bytes], object], done: int, total: int, progress: Progress | None
) -> None:
    """Copy no more than was meant, and one byte that tells a longer file."""
    while done <= total:
        piece = answer.read(min(_PIECE, total + 1 - done))
        if not piece:
            return
        write(piece)
        done += len(piece)
        if progress is not None:
            progress(min(done, total), total)
