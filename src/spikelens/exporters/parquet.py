"""Apache Parquet: typed columns that notice when a bit has flipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from spikelens.arrow import facts_of_fields
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
        import pyarrow.parquet as pq

        with replacing(path) as temporary:
            pq.write_table(arrow_table(spikes), temporary, compression="zstd", write_page_checksum=True)

    def read_spikes(self, path: Path, recording: Recording) -> Spikes:
        return spikes_of_frame(recording, read_parquet(path), made_by="parquet")


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table of spikes back, verifying its checksums.

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
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
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
