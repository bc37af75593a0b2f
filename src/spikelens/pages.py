"""Long tables as Parquet, written page by page.

Arrow's own writer copies each value several times and walks through columns that say
one thing; of ten million rows that is most of the time. Here a column of numbers goes to
the file as it lies in memory, summed up on the way. Each group of rows has one page per
column, encoded in the first of these ways that fits:

- texts, and numbers that are all one: a dictionary and places in it,
- whole numbers from a narrow range: the range as a dictionary,
- int64: differences, which sorted numbers make small, unless they are large,
- else plain.

Nothing is compressed, no value is missing. The format is Apache Parquet's
(https://parquet.apache.org/docs/file-format), so any reader of it takes the files.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spikelens.thrift import Coded, binary, i32, i64, listed, struct, varint
from spikelens.version import VERSION

MAGIC = b"PAR1"
NARROW = 4096
"""Whole numbers from so wide a range are places in it."""
MANY_WORDS = 4096
"""Of more words, each group of rows keeps those it has."""
_PHYSICAL = {"|b1": 0, "<i4": 1, "<i8": 2, "<f4": 4, "<f8": 5}
_BYTES = 6
_PLAIN, _RLE, _DIFFERENCES, _PLACES = 0, 3, 5, 8
_DATA, _DICTIONARY = 0, 2
_UTF8 = 0


@dataclass(frozen=True)
class Words:
    """A column of texts: which word stands in each row."""

    places: NDArray[np.int32]
    words: tuple[str, ...]

    def __len__(self) -> int:
        return self.places.size

    def __getitem__(self, rows: slice) -> Words:
        return Words(self.places[rows], self.words)


Column = NDArray[Any] | Words


def can_write(column: Column) -> bool:
    """Whether a column is of a kind that is written here."""
    return isinstance(column, Words) or column.dtype.str in _PHYSICAL


def write_pages(
    path: Path,
    parts: Iterable[Mapping[str, Column]],
    *,
    rows_per_group: int,
    metadata: Mapping[str, bytes],
    bounded: Collection[str] = (),
) -> None:
    """Write columns, part after part, as one Parquet file whose pages carry checksums.

    Parameters
    ----------
    path : Path
    parts : iterable of columns by name
        At least one; of the same names and types, each of columns of one length.
    rows_per_group : int
        Rows that can be read without the rest; groups do not cross parts.
    metadata : mapping of str to bytes
        What the file says beside the columns.
    bounded : names
        Columns of numbers whose least and largest value each group tells.
    """
    left = iter(parts)
    first = next(left)
    groups = []
    with path.open("wb") as out:
        out.write(MAGIC)
        for part in chain([first], left):
            n_rows = len(next(iter(part.values())))
            for start in range(0, n_rows, rows_per_group):
                rows = {name: column[start : start + rows_per_group] for name, column in part.items()}
                groups.append(_write_group(out, rows, bounded))
        foot = _foot(first, groups, metadata)
        out.write(foot + len(foot).to_bytes(4, "little") + MAGIC)


@dataclass(frozen=True)
class _Group:
    n_rows: int
    n_bytes: int
    chunks: tuple[Coded, ...]

    def coded(self) -> Coded:
        return struct({1: listed(self.chunks), 2: i64(self.n_bytes), 3: i64(self.n_rows)})


def _write_group(out: IO[bytes], rows: Mapping[str, Column], bounded: Collection[str]) -> _Group:
    begun = out.tell()
    chunks = tuple(_write_chunk(out, name, column, name in bounded) for name, column in rows.items())
    return _Group(len(next(iter(rows.values()))), out.tell() - begun, chunks)


def _write_chunk(out: IO[bytes], name: str, column: Column, is_bounded: bool) -> Coded:
    """Write a column's pages; what the foot tells of them."""
    begun, n_rows = out.tell(), len(column)
    known, places = _by_places(column)
    page: Any
    if known is None:
        encoding, page = _encoded(places)
    else:
        encoding, page = _PLACES, _packed(places, len(known))
        words = known if isinstance(known, np.ndarray) else _laid_out(known)
        _write_page(out, _DICTIONARY, words, _dictionary_told(len(known)))
    data_at = out.tell()
    _write_page(out, _DATA, page, _page_told(n_rows, encoding))
    n_bytes = i64(out.tell() - begun)
    facts = {**_column_told(name, _physical(column), encoding), 5: i64(n_rows), 6: n_bytes, 7: n_bytes}
    facts[9] = i64(data_at)
    if known is not None:
        facts[11] = i64(begun)
    if is_bounded and not isinstance(column, Words):
        facts |= _limits(column)
    return struct({2: i64(begun), 3: struct(facts)})


@lru_cache
def _dictionary_told(n_known: int) -> dict[int, Coded]:
    return {7: struct({1: i32(n_known), 2: i32(_PLAIN)})}


@lru_cache
def _page_told(n_rows: int, encoding: int) -> dict[int, Coded]:
    return {5: struct({1: i32(n_rows), 2: i32(encoding), 3: i32(_RLE), 4: i32(_RLE)})}


@lru_cache
def _column_told(name: str, physical: int, encoding: int) -> dict[int, Coded]:
    encodings = listed([i32(kind) for kind in sorted({_PLAIN, _RLE, encoding})])
    return {1: i32(physical), 2: encodings, 3: listed([binary(name.encode())]), 4: i32(0)}


def _write_page(out: IO[bytes], kind: int, page: Any, told: Mapping[int, Coded]) -> None:
    data = memoryview(page).cast("B")
    size, summed = i32(len(data)), zlib.crc32(data)
    # The sum is a signed number there.
    signed = i32(summed - (1 << 32) if summed >> 31 else summed)
    out.write(struct({1: i32(kind), 2: size, 3: size, 4: signed, **told}).data)
    out.write(data)


def _by_places(column: Column) -> tuple[NDArray[Any] | tuple[str, ...] | None, NDArray[Any]]:
    """What a column says, each thing once, and which stands in each row; None where that saves nothing."""
    if isinstance(column, Words):
        return _of_rows(column)
    if column.dtype.kind == "b":
        return None, column
    bits = column.view(f"u{column.dtype.itemsize}")
    if bits[0] == bits[-1] and (bits == bits[0]).all():
        return column[:1], np.broadcast_to(np.int32(0), column.size)
    if column.dtype.kind == "i":
        low, high = column.min(), column.max()
        if int(high) - int(low) < NARROW:
            return np.arange(low, high + 1, dtype=column.dtype), column - low
    return None, column


def _of_rows(column: Words) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Words and places; of very many words only those that stand in a row."""
    if len(column.words) <= MANY_WORDS:
        return column.words, column.places
    used, places = np.unique(column.places, return_inverse=True)
    return tuple(column.words[word] for word in used.tolist()), places


def _packed(places: NDArray[Any], n_known: int) -> bytes:
    """Places in a dictionary: a run if they are all the same, else in as few bits as they need."""
    width = max(1, (n_known - 1).bit_length())
    first = int(places[0])
    if places[-1] == first and (places == first).all():
        return bytes([width]) + varint(places.size << 1) + first.to_bytes(-(-width // 8), "little")
    from spikelens.kernels.packing import TOGETHER, bit_packed

    groups = -(-places.size // TOGETHER)
    return bytes([width]) + varint(groups << 1 | 1) + bit_packed(places, width).tobytes()


def _encoded(column: NDArray[Any]) -> tuple[int, NDArray[Any]]:
    """A column's values as bytes, and how."""
    if column.dtype.kind == "b":
        return _PLAIN, np.packbits(column, bitorder="little")
    if column.dtype == np.int64:
        from spikelens.kernels.packing import differences

        packed = differences(column)
        if packed.size:
            return _DIFFERENCES, packed
    return _PLAIN, np.ascontiguousarray(column)


@lru_cache(maxsize=64)
def _laid_out(words: tuple[str, ...]) -> bytes:
    """Texts one after the other, each after its length; asked for again by each group of rows."""
    texts = [word.encode() for word in words]
    return b"".join(len(text).to_bytes(4, "little") + text for text in texts)


def _limits(column: NDArray[Any]) -> dict[int, Coded]:
    """The least and the largest value, unless some are not numbers."""
    low, high = column.min(), column.max()
    if np.isnan(low):
        return {}
    # Of the two zeros the one that lies further out, so that both are within.
    low, high = (-abs(low) if low == 0 else low), (abs(high) if high == 0 else high)
    return {12: struct({3: i64(0), 5: binary(high.tobytes()), 6: binary(low.tobytes())})}


def _physical(column: Column) -> int:
    return _BYTES if isinstance(column, Words) else _PHYSICAL[column.dtype.str]


def _foot(columns: Mapping[str, Column], groups: Sequence[_Group], metadata: Mapping[str, bytes]) -> bytes:
    """What the file holds, and where."""
    root = struct({4: binary(b"schema"), 5: i32(len(columns))})
    said = [struct({1: binary(key.encode()), 2: binary(text)}) for key, text in metadata.items()]
    by_type = struct({1: struct({})})
    return struct(
        {
            1: i32(2),
            2: listed([root, *(_leaf(name, column) for name, column in columns.items())]),
            3: i64(sum(group.n_rows for group in groups)),
            4: listed([group.coded() for group in groups]),
            5: listed(said),
            6: binary(f"spikelens version {VERSION}".encode()),
            7: listed([by_type] * len(columns)),
        }
    ).data


def _leaf(name: str, column: Column) -> Coded:
    """What the foot tells of a column's kind: required, and of texts that they are."""
    told = {1: i32(_physical(column)), 3: i32(0), 4: binary(name.encode())}
    if isinstance(column, Words):
        told |= {6: i32(_UTF8), 10: struct({1: struct({})})}
    return struct(told)
