"""Columns for Apache Arrow, by their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS_PER_GROUP = 200_000
"""Rows that are read together where only some are wanted."""
_SLOTS = 1 << 16
"""Words of a text column that can be told apart in one round."""
_FACTORS = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F)
"""One for each round; odd, and without a pattern."""


def arrow_array(column: NDArray[Any]) -> Any:
    """A column for Arrow, by its bytes: `pyarrow.array` would import pandas, which takes half a second."""
    import pyarrow as pa

    if column.dtype.kind not in "UO":
        whole = np.ascontiguousarray(column)
        packed = np.packbits(whole, bitorder="little") if whole.dtype.kind == "b" else whole
        kind = pa.bool_() if whole.dtype.kind == "b" else pa.from_numpy_dtype(whole.dtype)
        return pa.Array.from_buffers(kind, whole.size, [None, pa.py_buffer(packed)])
    places, words = _words(column)
    texts = [str(word).encode() for word in words]
    ends = np.cumsum([0, *map(len, texts)]).astype(np.int32)
    named = pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))
    return pa.DictionaryArray.from_arrays(arrow_array(places), named).dictionary_decode()


def _words(column: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Which word stands in each row of a text column, and the words.

    A column says few words many times, so each word is found by a number made from its
    letters; of words with one number the last waits for the next round.
    """
    place, n_words = np.empty(column.size, np.int32), 0
    words: list[NDArray[Any]] = []
    left = np.arange(column.size)
    for factor in _FACTORS if column.dtype.kind == "U" and column.dtype.itemsize else ():
        part = column[left]
        slot = _slots(part, factor)
        row_of = np.full(_SLOTS, -1, np.int64)
        row_of[slot] = np.arange(part.size)
        used = row_of >= 0
        found = part[row_of[slot]] == part
        place[left[found]] = (n_words + np.cumsum(used, dtype=np.int32) - 1)[slot[found]]
        words.append(part[row_of[used]])
        n_words, left = n_words + words[-1].size, left[~found]
        if not left.size:
            break
    place[left] = n_words + np.arange(left.size)
    return place, np.concatenate([*words, column[left]])


def _slots(column: NDArray[Any], factor: int) -> NDArray[np.uint32]:
    """A number below `_SLOTS` from the letters of each word."""
    mixed = np.zeros(column.size, np.uint32)
    for letters in column.view(np.uint32).reshape(column.size, column.dtype.itemsize // 4).T:
        mixed = (mixed ^ letters) * np.uint32(factor)
        mixed ^= mixed >> np.uint32(15)
    return mixed & np.uint32(_SLOTS - 1)


def write_tables(path: Path, tables: Iterable[Any], n_rows: int) -> None:
    """Write Arrow tables of `n_rows` in all as one Parquet file whose pages carry checksums.

    Whole numbers are written as differences and text as words once. Measured numbers of a
    long table are not compressed: they hardly shrink, and it would take most of the time.
    """
    import pyarrow.parquet as pq

    parts = iter(tables)
    first = next(parts)
    with pq.ParquetWriter(path, first.schema, write_page_checksum=True, **_ways(first.schema, n_rows)) as out:
        for table in chain([first], parts):
            out.write_table(table, row_group_size=ROWS_PER_GROUP)


def _ways(schema: Any, n_rows: int) -> dict[str, Any]:
    """How each column is encoded and compressed."""
    import pyarrow as pa

    kinds = {field.name: field.type for field in schema}
    whole = [name for name, kind in kinds.items() if pa.types.is_integer(kind)]
    text = [name for name, kind in kinds.items() if pa.types.is_string(kind)]
    measured = [name for name, kind in kinds.items() if n_rows > ROWS_PER_GROUP and kind == pa.float64()]
    return {
        "compression": dict.fromkeys(kinds, "zstd") | dict.fromkeys(measured, "none"),
        "use_dictionary": text,
        "column_encoding": dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        "write_statistics": [name for name in kinds if name not in text],
    }


def typed_table(
    columns: Mapping[str, NDArray[Any]], facts: Mapping[str, Mapping[str, str]], metadata: Mapping[str, str]
) -> Any:
    """A `pyarrow.Table`; `facts` give each kind of fact, such as ``unit``, by column."""
    import pyarrow as pa

    arrays = {name: arrow_array(column) for name, column in columns.items()}
    fields = []
    for name, array in arrays.items():
        known = {fact: told.get(name) for fact, told in facts.items()}
        fields.append(pa.field(name, array.type, metadata={k: v for k, v in known.items() if v}))
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields, metadata=dict(metadata)))


def facts_of_fields(schema: Any, fact: str) -> dict[str, str]:
    """One kind of fact, such as ``unit``, of the fields of a table that have it."""
    told = {field.name: (field.metadata or {}).get(fact.encode()) for field in schema}
    return {name: text.decode() for name, text in told.items() if text is not None}


def write_columns(path: Path, columns: dict[str, NDArray[Any]]) -> None:
    """Write columns of equal length as Parquet whose pages carry checksums.

    Whole numbers are written as differences, which sorted ones make small; dictionaries
    of values that hardly repeat would cost most of the time.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_arrays([arrow_array(c) for c in columns.values()], names=list(columns))
    whole = [name for name, column in columns.items() if column.dtype.kind in "iu"]
    pq.write_table(
        table,
        path,
        compression="none",
        use_dictionary=False,
        column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        write_page_checksum=True,
        row_group_size=ROWS_PER_GROUP,
    )


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """Read columns of numbers back, verifying the checksums.

    Raises
    ------
    OSError, ValueError
        Missing, or not as it was written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as opened:
            table = opened.read(use_threads=False)
    except pa.ArrowException as why:
        raise ValueError(str(why)) from why
    return {name: table[name].to_numpy() for name in table.column_names}


Bounds = Mapping[str, tuple[float, float]]
"""By column: from which value on, up to, not including, which."""


def read_range(path: Path, bounds: Bounds, columns: Sequence[str] | None = None) -> Any:
    """Read the rows whose values lie within bounds, as an Arrow table.

    Only the parts of the file that can hold such rows are read, and only the columns asked for.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, page_checksum_verification=True) as opened:
        empty = opened.schema_arrow.empty_table()
        names = list(empty.column_names if columns is None else columns)
        parts = [empty.select(names)]
        for k in range(opened.num_row_groups):
            if _may_hold(opened.metadata.row_group(k), empty.column_names, bounds):
                read = opened.read_row_group(k, columns=[*names, *bounds], use_threads=False)
                parts.append(_within(read, bounds).select(names))
        return pa.concat_tables(parts)


def _may_hold(group: Any, names: Sequence[str], bounds: Bounds) -> bool:
    """Whether a part of a file has values within the bounds, as far as it is known."""
    for name, (low, high) in bounds.items():
        known = group.column(names.index(name)).statistics
        if known is not None and known.has_min_max and not (known.min < high and known.max >= low):
            return False
    return True


def _within(table: Any, bounds: Bounds) -> Any:
    if not bounds:
        return table
    values = [(table[name].to_numpy(), low, high) for name, (low, high) in bounds.items()]
    kept = np.logical_and.reduce([(v >= low) & (v < high) for v, low, high in values])
    return table.take(np.flatnonzero(kept))
