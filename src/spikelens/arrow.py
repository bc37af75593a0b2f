"""Columns for Apache Arrow, by their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS_PER_GROUP = 200_000
"""Rows that are read together where only some are wanted."""


def arrow_array(column: NDArray[Any]) -> Any:
    """A column for Arrow, by its bytes: `pyarrow.array` would import pandas, which takes half a second."""
    import pyarrow as pa

    if column.dtype.kind not in "UO":
        whole = np.ascontiguousarray(column)
        packed = np.packbits(whole, bitorder="little") if whole.dtype.kind == "b" else whole
        kind = pa.bool_() if whole.dtype.kind == "b" else pa.from_numpy_dtype(whole.dtype)
        return pa.Array.from_buffers(kind, whole.size, [None, pa.py_buffer(packed)])
    texts = [str(text).encode() for text in column]
    ends = np.cumsum([0, *map(len, texts)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))


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


def read_range(path: Path, column: str, low: float, high: float) -> dict[str, NDArray[Any]]:
    """Read the rows of which a column lies from `low` up to, not including, `high`.

    Only the parts of the file that can hold such rows are read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = []
    with pq.ParquetFile(path, page_checksum_verification=True) as opened:
        where = opened.schema_arrow.names.index(column)
        for k in range(opened.num_row_groups):
            known = opened.metadata.row_group(k).column(where).statistics
            if known is not None and not (known.min < high and known.max >= low):
                continue
            values = opened.read_row_group(k, columns=[column], use_threads=False)[column].to_numpy()
            kept = np.flatnonzero((values >= low) & (values < high))
            if kept.size:
                parts.append(opened.read_row_group(k, use_threads=False).take(kept))
        table = pa.concat_tables(parts) if parts else opened.schema_arrow.empty_table()
    return {name: table[name].to_numpy() for name in table.column_names}
