"""Igor's waves, as WaveMetrics' technical notes 003 and PTN003 lay them out.

A ``.ibw`` file is one wave; a ``.pxp`` experiment is a chain of records, some of which
are waves, each with the bytes of a ``.ibw`` file. Only headers are read here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from spikelens.errors import UnreadableFile, UnsupportedInput

_TYPES = {2: "f4", 4: "f8", 8: "i1", 16: "i2", 32: "i4", 72: "u1", 80: "u2", 96: "u4"}
_WAVE, _FOLDER, _END_OF_FOLDER = 3, 9, 10
_RECORD = 8
"""Bytes of a record's heading: type, version, size."""
_V5_DATA, _V2_DATA = 384, 126
"""Where the samples begin; version 2 has a shorter header, and one dimension."""


@dataclass(frozen=True)
class Wave:
    """A wave's header."""

    name: str
    unit: str
    x_unit: str
    step: float
    start: float
    """x of the first point, in `x_unit`."""
    shape: tuple[int, ...]
    """Samples first, then sweeps."""
    stored: str
    offset: int
    """First byte of the samples in the file."""
    note: str


def waves_of(path: Path) -> list[Wave]:
    """The numeric waves of a ``.ibw`` or ``.pxp`` file, named by their folders.

    Raises
    ------
    UnreadableFile
        Cut off, damaged, or not Igor's.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if path.suffix.lower() == ".ibw":
            return [_wave(file, 0, size, "")]
        return list(_packed(file, size))


def _packed(file: IO[bytes], size: int) -> Iterator[Wave]:
    """The waves of an experiment."""
    at, folders = 0, [""]
    end = _byte_order(_bytes(file, 0, 2))
    while at < size:
        kind, _version, length = struct.unpack(end + "HhI", _bytes(file, at, _RECORD))
        at += _RECORD
        if at + length > size:
            raise UnreadableFile(f"{file.name} is cut off within a record; copy it again")
        if kind == _FOLDER:
            folders.append(folders[-1] + _text(_bytes(file, at, length)) + ":")
        elif kind == _END_OF_FOLDER and len(folders) > 1:
            folders.pop()
        elif kind == _WAVE and length:
            yield from _numeric_wave(file, at, at + length, folders[-1])
        at += length


def _numeric_wave(file: IO[bytes], at: int, stop: int, folder: str) -> Iterator[Wave]:
    try:
        yield _wave(file, at, stop, folder)
    except UnsupportedInput:
        return  # an experiment may hold texts beside its recordings


def _wave(file: IO[bytes], at: int, stop: int, folder: str) -> Wave:
    end = _byte_order(_bytes(file, at, 2))
    version = struct.unpack(end + "h", _bytes(file, at, 2))[0]
    readers = {2: _version_2, 5: _version_5}
    if version not in readers:
        raise UnreadableFile(f"{file.name} is not an Igor wave of version 2 or 5")
    wave = readers[version](file, at, end, folder)
    n_bytes = int(wave.stored[-1])
    for length in wave.shape:
        n_bytes *= length
    if wave.offset + n_bytes > stop or n_bytes <= 0:
        raise UnreadableFile(f"{file.name} is cut off, or its wave {wave.name} is empty")
    return wave


def _version_5(file: IO[bytes], at: int, end: str, folder: str) -> Wave:
    n_formula, n_note = struct.unpack(end + "ii", _bytes(file, at + 8, 8))
    head = _bytes(file, at + 64, _V5_DATA - 64)
    n_points, kind = struct.unpack_from(end + "ih", head, 12)
    dims = [n for n in struct.unpack_from(end + "4i", head, 68) if n > 0]
    steps, starts = struct.unpack_from(end + "4d", head, 84), struct.unpack_from(end + "4d", head, 116)
    stored = end + _type_of(file, kind)
    after = at + _V5_DATA + n_points * int(stored[-1])
    return Wave(
        name=folder + _text(head[28:60]),
        # Units are four characters each: reading only the first is how "mV" becomes "m".
        unit=_text(head[148:152]),
        x_unit=_text(head[152:156]),
        step=steps[0],
        start=starts[0],
        shape=tuple(dims) or (n_points,),
        stored=stored,
        offset=at + _V5_DATA,
        note=_note(file, after + n_formula, n_note),
    )


def _version_2(file: IO[bytes], at: int, end: str, folder: str) -> Wave:
    n_note = struct.unpack(end + "i", _bytes(file, at + 6, 4))[0]
    head = _bytes(file, at + 16, _V2_DATA - 16)
    kind = struct.unpack_from(end + "h", head, 0)[0]
    n_points = struct.unpack_from(end + "i", head, 42)[0]
    step, start = struct.unpack_from(end + "2d", head, 48)
    stored = end + _type_of(file, kind)
    # Samples are followed by 16 bytes of padding, then by the note.
    after = at + _V2_DATA + n_points * int(stored[-1]) + 16
    return Wave(
        name=folder + _text(head[6:26]),
        unit=_text(head[34:38]),
        x_unit=_text(head[38:42]),
        step=step,
        start=start,
        shape=(n_points,),
        stored=stored,
        offset=at + _V2_DATA,
        note=_note(file, after, n_note),
    )


def _type_of(file: Any, kind: int) -> str:
    if kind not in _TYPES:
        raise UnsupportedInput(f"{file.name} holds text or complex numbers, not a recording")
    return _TYPES[kind]


def _byte_order(number: bytes) -> str:
    """Versions and types of records are small numbers: the zero byte tells the order."""
    return ">" if number[:1] == b"\0" else "<"


def _bytes(file: IO[bytes], at: int, size: int) -> bytes:
    file.seek(at)
    found = file.read(size)
    if len(found) < size:
        raise UnreadableFile(f"{file.name} is cut off; copy it again")
    return found


def _note(file: IO[bytes], at: int, size: int) -> str:
    file.seek(at)
    return file.read(max(0, size)).decode("utf-8", errors="replace")


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", errors="replace").strip()
