"""Files: written whole or not at all, named without collisions, known by fingerprint."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import IO, Any

from spikelens.errors import UnreadableFile, WriteFailed

_BLOCK = 1 << 16
_N_BLOCKS = 64


def printable(name: str | Path) -> str:
    """A name as text that can be written anywhere; bytes that are not UTF-8 as escapes."""
    return str(name).encode(errors="backslashreplace").decode()


def absent(path: Path) -> UnreadableFile:
    """The error of a path that is not there: it names what is near, or where it was looked for."""
    beside = path.parent
    names = [there.name for there in beside.iterdir()] if beside.is_dir() else []
    near = get_close_matches(path.name, names, n=1)
    if near:
        return UnreadableFile(f"{path} does not exist; did you mean {beside / near[0]}?")
    if not beside.is_dir():
        return UnreadableFile(f"{path} does not exist, nor does its folder; check the path")
    return UnreadableFile(f"{path} does not exist; check the path, it was looked for in {beside.resolve()}")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place once the block ends well.

    Readers of `path` see the old file or the whole new one, even after a crash: the
    new one is flushed to disk before it takes the name. If the block fails, nothing
    is left behind.

    Raises
    ------
    WriteFailed
        The system refused; the message names `path` and the reason.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        os.close(handle)
    except OSError as why:
        raise WriteFailed.of(path, why) from why
    temporary = Path(name)
    try:
        yield temporary
        _flush(temporary)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        flush_folder(path.parent)
    except OSError as why:
        raise WriteFailed.of(path, why) from why
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Call `write` with an open binary file that becomes `path` once it returns."""
    with replacing(path) as temporary, temporary.open("wb") as out:
        write(out)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, with line feeds on every system; what is not UTF-8 in a file's name as escapes."""
    write_atomically(path, lambda out: out.write(text.encode(errors="backslashreplace")))


def write_json(path: Path, document: object) -> None:
    """Write a JSON document, indented, with NaN as null."""
    write_text(path, to_json(document) + "\n")


def to_json(document: object) -> str:
    """One JSON document as text, with NaN and infinities as null."""
    return json.dumps(_json_ready(document), indent=2, allow_nan=False)


def fingerprint(path: Path) -> str:
    """What a file is, by content: size and SHA-256 of its head, tail and 64 blocks between.

    A copy has the same fingerprint; it costs the same for any size. A folder's is made
    from those of its files.
    """
    try:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file())
            parts = [f"{p.relative_to(path).as_posix()}:{fingerprint(p)}" for p in inside]
            return hashlib.sha256("\n".join(parts).encode(errors="backslashreplace")).hexdigest()
        return _file_fingerprint(path)
    except OSError as why:
        raise UnreadableFile(f"cannot read {path}: {why.strerror or why}") from why


def _file_fingerprint(path: Path) -> str:
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    last = max(0, size - _BLOCK)
    starts = sorted({last * k // (_N_BLOCKS + 1) for k in range(_N_BLOCKS + 2)})
    with path.open("rb") as source:
        for start in starts:
            source.seek(start)
            digest.update(source.read(_BLOCK))
    return digest.hexdigest()


def unique_names(paths: Sequence[Path]) -> list[str]:
    """A short folder name per path, with as much of the path as makes it unique.

    >>> unique_names([Path("cell1/0001.abf"), Path("cell2/0001.abf"), Path("b.abf")])
    ['cell1-0001', 'cell2-0001', 'b']
    """
    whole = [p.resolve() for p in paths]
    names = [_name(p, 1) for p in whole]
    for depth in range(2, 1 + max((len(p.parts) for p in whole), default=0)):
        doubled = {n for n in names if names.count(n) > 1}
        if not doubled:
            break
        names = [_name(p, depth) if n in doubled else n for p, n in zip(whole, names, strict=True)]
    told = [_with_suffix_if_doubled(n, p, names) for p, n in zip(whole, names, strict=True)]
    # b/a.abf and b-a.abf read alike however much is told of them.
    marks = [hashlib.sha256(printable(p).encode()).hexdigest()[:8] for p in whole]
    return [f"{n}-{mark}" if told.count(n) > 1 else n for n, mark in zip(told, marks, strict=True)]


def file_name(text: str) -> str:
    """A text as the name of a file that every system takes.

    >>> file_name("cell 1/a: 5 µM")
    'cell_1_a_5_µM'
    """
    return re.sub(r"[^\w.+-]+", "_", text).strip("_.") or "unnamed"


def _name(path: Path, depth: int) -> str:
    *folders, _last = path.parts[1:]
    kept = folders[len(folders) - depth + 1 :] if depth > 1 else []
    name = "-".join([*kept, path.stem])
    return re.sub("[\ud800-\udfff]", "_", name)


def _with_suffix_if_doubled(name: str, path: Path, names: list[str]) -> str:
    return name + path.suffix.replace(".", "-") if names.count(name) > 1 else name


def _json_ready(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _json_ready(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_ready(v) for v in value]
    if hasattr(value, "tolist"):
        return _json_ready(value.tolist())
    if isinstance(value, float) and not (abs(value) < float("inf")):
        return None
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return str(value)


def _flush(path: Path) -> None:
    with path.open("rb+") as written:
        os.fsync(written.fileno())


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on disk: a file's own flush does not cover that it is there."""
    # Windows cannot open a folder for this; there the rename is enough.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@cache
def _umask() -> int:
    # Asked once: to read it is to change it for a moment, which other threads would see.
    current = os.umask(0)
    os.umask(current)
    return current
