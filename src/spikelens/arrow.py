"""Columns for Apache Arrow, by their bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def write_columns(path: Path, columns: dict[str, NDArray[Any]]) -> None:
    """Write columns of equal length as Parquet whose pages carry checksums."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_arrays([arrow_array(c) for c in columns.values()], names=list(columns))
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


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
            table = opened.read()
    except pa.ArrowException as why:
        raise ValueError(str(why)) from why
    return {name: table[name].to_numpy() for name in table.column_names}
