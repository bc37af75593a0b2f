"""Apache Parquet: typed columns that notice when a bit has flipped."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from spikelens.arrow import ROWS_PER_GROUP, arrow_array, read_range, write_tables
from spikelens.errors import UnreadableFile
from spikelens.exporters import Exporter
from spikelens.exporters._arrays import table_columns
from spikelens.files import replacing, to_json
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Parquet(Exporter):
    """A table with a row per spike; each column knows its unit and its rule."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet",)

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        with replacing(path) as temporary:
            write_tables(temporary, _tables(spikes), len(spikes))


def read_parquet(
    path: Path,
    *,
    start: float | None = None,
    stop: float | None = None,
    channel_index: int | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read a table of spikes back, or a part of it, verifying its checksums.

    Parameters
    ----------
    path : Path
    start, stop : float, s, optional
        Only spikes from `start` up to, not including, `stop`, on the recording's clock.
    channel_index : int, optional
        Only spikes of this channel.
    columns : sequence of str, optional
        Only these columns; a long table is read many times faster so.

    Returns
    -------
    DataFrame
        As `Spikes.to_pandas` gives it, with ``attrs["units"]`` and ``attrs["rules"]``.

    Raises
    ------
    UnreadableFile
        Missing, no Parquet file, or not as it was written.
    """
    import pyarrow as pa

    bounds = {"time": (-math.inf if start is None else start, math.inf if stop is None else stop)}
    if start is None and stop is None:
        del bounds["time"]
    if channel_index is not None:
        bounds["channel_index"] = (channel_index, channel_index + 1)
    try:
        table = read_range(path, bounds, columns)
        frame: pd.DataFrame = table.to_pandas()
        fields = {field.name: field.metadata or {} for field in table.schema}
        frame.attrs["units"] = {n: m[b"unit"].decode() for n, m in fields.items() if b"unit" in m}
        frame.attrs["rules"] = {n: m[b"rule"].decode() for n, m in fields.items() if b"rule" in m}
    except (OSError, ValueError, pa.ArrowException) as why:
        first_line = str(why).partition("\n")[0]
        raise UnreadableFile(f"{path} is no table of spikes, or is damaged: {first_line}") from why
    return frame


def _tables(spikes: Spikes) -> Iterator[Any]:
    """The rows in parts, so that a long table is never in memory twice."""
    for start in range(0, max(len(spikes), 1), ROWS_PER_GROUP):
        yield _table(spikes.take(slice(start, start + ROWS_PER_GROUP)))


def _table(spikes: Spikes) -> Any:
    import pyarrow as pa

    columns = {name: arrow_array(column) for name, column in table_columns(spikes).items()}
    fields = []
    for name, column in columns.items():
        known = {"unit": spikes.units.get(name), "rule": spikes.rules.get(name)}
        fields.append(pa.field(name, column.type, metadata={k: v for k, v in known.items() if v}))
    made_by = to_json(dataclasses.asdict(spikes.provenance))
    return pa.Table.from_arrays(
        list(columns.values()), schema=pa.schema(fields, metadata={"spikelens": made_by})
    )
