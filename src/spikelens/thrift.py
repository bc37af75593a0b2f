"""Thrift's compact protocol, as far as the headers of Parquet files need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_SHORT = 15


class Coded(NamedTuple):
    """A value as bytes, and the number of its kind."""

    kind: int
    data: bytes


def varint(number: int) -> bytes:
    """A whole number, not negative, seven bits a byte, the lowest first.

    >>> varint(300).hex()
    'ac02'
    """
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def zigzag(number: int) -> bytes:
    """A whole number of either sign, small ones in few bytes.

    >>> zigzag(-1).hex(), zigzag(64).hex()
    ('01', '8001')
    """
    return varint(2 * number if number >= 0 else -2 * number - 1)


@lru_cache(maxsize=1024)
def i32(number: int) -> Coded:
    """A whole number of 32 bits; mostly one of a few."""
    return Coded(_I32, zigzag(number))


def i64(number: int) -> Coded:
    """A whole number of 64 bits."""
    return Coded(_I64, zigzag(number))


def binary(data: bytes) -> Coded:
    """Bytes, or a text in UTF-8."""
    return Coded(_BINARY, varint(len(data)) + data)


def listed(values: Sequence[Coded]) -> Coded:
    """Several values of one kind; structs if there are none."""
    n, kind = len(values), values[0].kind if values else _STRUCT
    head = bytes([n << 4 | kind]) if n < _SHORT else bytes([0xF0 | kind]) + varint(n)
    return Coded(_LIST, head + b"".join(value.data for value in values))


def struct(fields: Mapping[int, Coded]) -> Coded:
    """Values by the numbers of their fields, which rise by no more than 15 at a time.

    >>> struct({1: i32(2), 3: binary(b"a")}).data.hex()
    '150428016100'
    """
    out, last = bytearray(), 0
    for number, (kind, data) in fields.items():
        assert 0 < number - last <= _SHORT
        out.append((number - last) << 4 | kind)
        out += data
        last = number
    return Coded(_STRUCT, bytes(out) + b"\0")
