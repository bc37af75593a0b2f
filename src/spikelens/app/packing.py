"""A table of spikes as bytes: of a hundred thousand rows, JSON takes a third of a second.

Layout, little-endian: ``SLS1``, the length of the head (uint32), the head (JSON, padded by
spaces so that what follows starts at a multiple of 8), then the columns in the head's
order, each padded likewise: numbers as float64 (NaN for none), words as one or two bytes
that count into the column's list of words.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.texts import is_text

_NONE_BELOW_0 = ("kind", "unit_id", "runner_up")
"""Whole numbers of which those below 0 say that there is none."""
_AS_WORDS = ("kind",)


def packed(head: Mapping[str, Any], table: Mapping[str, NDArray[Any]]) -> bytes:
    """A head, and columns of equal length, as bytes."""
    told, parts = [], []
    for name, column in table.items():
        described, data = _column(name, column)
        told.append({"name": name, **described})
        parts.append(_padded(data))
    n = len(next(iter(table.values()))) if table else 0
    text = json.dumps({**head, "n": n, "columns": told}, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<4sI", b"SLS1", len(text)) + text + b"".join(parts)


def _column(name: str, column: NDArray[Any]) -> tuple[dict[str, Any], bytes]:
    if name in _AS_WORDS or is_text(column):
        words, codes = np.unique(column, return_inverse=True)
        listed = ["" if name in _AS_WORDS and word < 0 else str(word) for word in words.tolist()]
        kind = "u1" if len(listed) <= 256 else "u2" if len(listed) <= 65_536 else "u4"
        return {"type": kind, "words": listed}, codes.astype(f"<{kind}").tobytes()
    numbers = column.astype("<f8")
    if name in _NONE_BELOW_0:
        numbers[numbers < 0] = np.nan
    elif column.dtype.kind == "f":
        # What is no number at all is none, as in JSON.
        numbers[np.isinf(numbers)] = np.nan
    return {"type": "f8"}, numbers.tobytes()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)
