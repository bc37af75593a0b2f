"""Columns for Apache Arrow, by their bytes."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.pages import Column, Words, can_write, write_pages
from spikelens.texts import is_text

ROWS_PER_GROUP = 150_000
"""Rows that are read together where only some are wanted."""
GROUPS_TOGETHER = 7
"""Groups that are written in one go."""
SOUGHT_BY = ("time", "sample_index")
"""Columns that grow along a table, so that limits of their values tell where rows are."""
KEYS = {"channel": "channel_index"}
"""Columns of texts that have one for each number of another column."""
_MANY = 50_000
"""Words of so many rows are numbered by a kernel; of fewer, its import would take longer than sorting."""


def arrow_array(column: NDArray[Any]) -> Any:
    """A column for Arrow, by its bytes: `pyarrow.array` would import pandas, which takes half a second."""
    import pyarrow as pa

    if is_text(column):
        return words_once(column).dictionary_decode()
    whole = np.ascontiguousarray(column)
    packed = np.packbits(whole, bitorder="little") if whole.dtype.kind == "b" else whole
    kind = pa.bool_() if whole.dtype.kind == "b" else pa.from_numpy_dtype(whole.dtype)
    return pa.Array.from_buffers(kind, whole.size, [None, pa.py_buffer(packed)])


def words_once(column: NDArray[Any], keys: NDArray[Any] | None = None) -> Any:
    """A text column for Arrow as numbers of its words; each whole number of `keys` likely has one."""
    import pyarrow as pa

    places, words = _shared(column) if column.dtype.kind == "O" else _numbered(column, keys)
    texts = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, texts)]).astype(np.int32)
    named = pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))
    return pa.DictionaryArray.from_arrays(arrow_array(places), named)


def _numbered(column: NDArray[np.str_], keys: NDArray[Any] | None) -> tuple[NDArray[np.int32], list[str]]:
    """Which word stands in each row of a text column, and the words."""
    if column.size > _MANY:
        from spikelens.kernels.words import numbered

        numbers, known = numbered(column, keys)
        return numbers, known.tolist()
    words, places = np.unique(column, return_inverse=True)
    return places.astype(np.int32), words.tolist()


def _shared(column: NDArray[Any]) -> tuple[NDArray[np.int32], list[str]]:
    """The same of references to texts: by their hashes, which words know of themselves."""
    texts = list(map(str, column.tolist()))
    words = sorted(set(texts)) if column.size <= _MANY else list(dict.fromkeys(texts))
    number = {word: k for k, word in enumerate(words)}
    return np.fromiter(map(number.__getitem__, texts), np.int32, len(texts)), words


def write_tables(path: Path, tables: Iterable[Any], n_rows: int) -> None:
    """Write Arrow tables of `n_rows` in all as one Parquet file whose pages carry checksums.

    A short table is compressed. A long one is written as it lies in memory, for it hardly
    shrinks, and compressing it would take most of the time. Limits of values are kept of the
    numbers that rows are sought by.
    """
    parts = iter(tables)
    first = next(parts)
    whole = chain([first], parts)
    if n_rows > ROWS_PER_GROUP and all(can_write(column) for column in _columns(first).values()):
        _write_long(path, whole, first.schema)
    else:
        _write_short(path, whole, first.schema)


def _write_long(path: Path, tables: Iterable[Any], schema: Any) -> None:
    said = {key.decode(): text for key, text in (schema.metadata or {}).items()}
    write_pages(
        path,
        map(_columns, tables),
        rows_per_group=ROWS_PER_GROUP,
        metadata=said | {"ARROW:schema": _serialized(schema)},
        bounded=SOUGHT_BY,
    )


def _write_short(path: Path, tables: Iterable[Any], schema: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    ways: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": [field.name for field in schema if pa.types.is_dictionary(field.type)],
        "column_encoding": {f.name: "DELTA_BINARY_PACKED" for f in schema if f.type == pa.int64()},
        "write_statistics": [name for name in SOUGHT_BY if name in schema.names],
        "write_page_checksum": True,
    }
    with pq.ParquetWriter(path, schema, store_schema=False, **ways) as out:
        out.add_key_value_metadata({"ARROW:schema": _serialized(schema).decode()})
        for table in tables:
            out.write_table(table, row_group_size=ROWS_PER_GROUP)


def _serialized(schema: Any) -> bytes:
    """A schema for readers that use Arrow. Words once are a way of writing: they are told of texts."""
    return base64.b64encode(_of_texts(schema).serialize())


def _columns(table: Any) -> dict[str, Column]:
    """A table's columns by their bytes: `to_numpy` would import pandas."""
    return {name: _values(column.chunk(0)) for name, column in zip(table.column_names, table, strict=True)}


def _values(array: Any) -> Column:
    import pyarrow as pa

    kind, rows = array.type, slice(array.offset, array.offset + len(array))
    if pa.types.is_dictionary(kind):
        return Words(np.asarray(_values(array.indices)), tuple(array.dictionary.to_pylist()))
    held = array.buffers()[1]
    if pa.types.is_boolean(kind):
        return np.unpackbits(np.frombuffer(held, np.uint8), bitorder="little")[rows].view(np.bool_)
    # `to_pandas_dtype` of pyarrow 17 would import pandas, too.
    letter = "f" if pa.types.is_floating(kind) else "u" if pa.types.is_unsigned_integer(kind) else "i"
    return np.frombuffer(held, f"{letter}{kind.bit_width // 8}")[rows]


def _of_texts(schema: Any) -> Any:
    """A schema with texts for words that are numbered."""
    import pyarrow as pa

    def plain(field: Any) -> Any:
        return field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field

    return pa.schema([plain(field) for field in schema], metadata=schema.metadata)


def typed_table(
    columns: Mapping[str, NDArray[Any]],
    facts: Mapping[str, Mapping[str, str]],
    metadata: Mapping[str, str],
    *,
    numbered: bool = False,
) -> Any:
    """A `pyarrow.Table`; `facts` give each kind of fact, such as ``unit``, by column.

    Texts are numbers of their words where `numbered`. No value is missing: a number that
    is not known is NaN.
    """
    import pyarrow as pa

    arrays = {
        name: words_once(c, columns.get(KEYS.get(name, ""))) if numbered and is_text(c) else arrow_array(c)
        for name, c in columns.items()
    }
    fields = []
    for name, array in arrays.items():
        known = {fact: told.get(name) for fact, told in facts.items()}
        told = {k: v for k, v in known.items() if v}
        fields.append(pa.field(name, array.type, nullable=False, metadata=told))
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields, metadata=dict(metadata)))


def facts_of_fields(schema: Any, fact: str) -> dict[str, str]:
    """One kind of fact, such as ``unit``, of the fields of a table that have it."""
    told = {field.name: (field.metadata or {}).get(fact.encode()) for field in schema}
    return {name: text.decode() for name, text in told.items() if text is not None}


def write_columns(path: Path, columns: dict[str, NDArray[Any]]) -> None:
    """Write columns of numbers, of equal length, as Parquet whose pages carry checksums."""
    write_pages(path, [columns], rows_per_group=ROWS_PER_GROUP, metadata={})


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """Read columns of numbers back, verifying the checksums.

    Raises
    ------
    OSError, ValueError
        Missing, or not as it was written.
    """
    import pyarrow as pa

    try:
        table = read_range(path, {})
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

    # Read ahead, every page would be copied once more.
    with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False) as opened:
        schema = opened.schema_arrow
        names = list(schema.names if columns is None else columns)
        held = [
            k
            for k in range(opened.num_row_groups)
            if _may_hold(opened.metadata.row_group(k), schema.names, bounds)
        ]
        wanted = list(dict.fromkeys([*names, *bounds]))
        empty = schema.empty_table().select(names)
        return pa.concat_tables([empty, *(_within(_group(opened, k, wanted), bounds, names) for k in held)])


def _group(opened: Any, k: int, names: Sequence[str]) -> Any:
    """A part of a file, read by itself, so that a damaged page does not shift the next rows."""
    read = opened.read_row_group(k, columns=names, use_threads=False)
    if read.num_rows != opened.metadata.row_group(k).num_rows:
        raise ValueError("rows are missing")
    return read


def _may_hold(group: Any, names: Sequence[str], bounds: Bounds) -> bool:
    """Whether a part of a file has values within the bounds, as far as it is known."""
    for name, (low, high) in bounds.items():
        known = group.column(names.index(name)).statistics
        if known is not None and known.has_min_max and not (known.min < high and known.max >= low):
            return False
    return True


def _within(table: Any, bounds: Bounds, names: Sequence[str]) -> Any:
    """The rows within the bounds, of the columns asked for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = table.select(names)
    if not bounds:
        return asked
    kept = np.flatnonzero(np.logical_and.reduce([_lies(table[name], *bounds[name]) for name in bounds]))
    if kept.size and kept[-1] - kept[0] == kept.size - 1:
        return asked.slice(kept[0], kept.size)
    # Beside the parts that are read and let go, so that their memory is whole again for the next.
    return pc.take(asked, arrow_array(kept), boundscheck=False, memory_pool=pa.system_memory_pool())


def _lies(column: Any, low: float, high: float) -> NDArray[np.bool_]:
    """Whether values lie within bounds; of whole numbers with one within them, whether they are it."""
    values = column.to_numpy()
    if values.dtype.kind in "iu" and high == low + 1:
        return np.asarray(values == low)
    return np.asarray((values >= low) & (values < high))
