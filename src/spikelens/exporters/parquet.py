"""Apache Parquet: typed columns that notice when a bit has flipped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from spikelens.arrow import GROUPS_TOGETHER, ROWS_PER_GROUP, facts_of_fields, read_range, write_tables
from spikelens.errors import UnreadableFile
from spikelens.exporters import Exporter
from spikelens.files import replacing
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import arrow_table, read_observed, read_provenance, spikes_of_frame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Parquet(Exporter):
    """A table with a row per spike; each column knows its unit and its rule."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet",)

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        self.write_parts(path, _parts(spikes), len(spikes))

    def write_parts(self, path: Path, parts: Iterable[Spikes], n_rows: int) -> None:
        """Write one table of `n_rows` that comes in parts, one at least, of the same columns."""
        with replacing(path) as temporary:
            write_tables(temporary, (arrow_table(part, numbered=True) for part in parts), n_rows)

    def read_spikes(self, path: Path, recording: Recording) -> Spikes:
        return spikes_of_frame(recording, read_parquet(path), made_by="parquet")


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
        frame.attrs["units"] = facts_of_fields(table.schema, "unit")
        frame.attrs["rules"] = facts_of_fields(table.schema, "rule")
        metadata = table.schema.metadata or {}
        frame.attrs["provenance"] = read_provenance(metadata.get(b"spikelens"))
        frame.attrs["observed"] = read_observed(metadata.get(b"observed"))
    except (OSError, ValueError, pa.ArrowException) as why:
        first_line = str(why).partition("\n")[0]
        raise UnreadableFile(f"{path} is no table of spikes, or is damaged: {first_line}") from why
    return frame


def _parts(spikes: Spikes) -> Iterator[Spikes]:
    """The rows in parts, so that a long table is never in memory twice."""
    rows = ROWS_PER_GROUP * GROUPS_TOGETHER
    for start in range(0, max(len(spikes), 1), rows):
        yield spikes.take(slice(start, start + rows))
