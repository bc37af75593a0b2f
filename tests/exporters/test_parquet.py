"""Parquet tables: what they hold, and that damage is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from spikelens import arrow
from spikelens.errors import UnreadableFile
from spikelens.exporters import parquet
from spikelens.exporters.parquet import Parquet, read_parquet
from spikelens.spikes import Spikes
from tests.exporters.cases import in_sweeps, table


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "spikes.parquet"
    Parquet().write_spikes(path, table(in_sweeps(), np.linspace(0.001, 0.29, 200).tolist()))
    return path


def test_a_table_comes_back_with_units_and_rules(written: Path) -> None:
    spikes = table(in_sweeps(), np.linspace(0.001, 0.29, 200).tolist())
    back = read_parquet(written)
    pd.testing.assert_frame_equal(back, spikes.to_pandas(), check_dtype=False)
    assert back.attrs["units"] == dict(spikes.units)
    assert back.attrs["rules"] == dict(spikes.rules)
    assert back["probability"].dtype == np.float32 and back["sweep"].dtype == np.int32


def test_the_file_says_what_made_it_and_is_compressed(written: Path) -> None:
    file = pq.ParquetFile(written)
    assert json.loads(file.schema_arrow.metadata[b"spikelens"])["method"] == "level"
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_the_same_table_gives_the_same_bytes(written: Path) -> None:
    before = written.read_bytes()
    Parquet().write_spikes(written, table(in_sweeps(), np.linspace(0.001, 0.29, 200).tolist()))
    assert written.read_bytes() == before


def test_an_empty_table_keeps_its_types(tmp_path: Path) -> None:
    Parquet().write_spikes(tmp_path / "a.parquet", table(in_sweeps(), []))
    back = pq.read_table(tmp_path / "a.parquet")
    assert back.num_rows == 0
    assert str(back.schema.field("channel").type) == "string"


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Spikes]:
    """A table of several parts, as long ones are written."""
    for module in (arrow, parquet):
        monkeypatch.setattr(module, "ROWS_PER_GROUP", 30)
    monkeypatch.setattr(arrow, "_MANY", 10)
    spikes = table(in_sweeps(), np.linspace(0.001, 0.29, 200).tolist())
    names = np.array(["left", "right", "a third"])[np.arange(200) % 3]
    spikes = spikes.with_columns({"kind": names})
    Parquet().write_spikes(tmp_path / "long.parquet", spikes)
    return tmp_path / "long.parquet", spikes


def test_a_long_table_is_the_same_table(long: tuple[Path, Spikes]) -> None:
    path, spikes = long
    assert pq.ParquetFile(path).num_row_groups == 7
    back = read_parquet(path)
    pd.testing.assert_frame_equal(back, spikes.to_pandas(), check_dtype=False)
    assert back.attrs["units"] == dict(spikes.units)
    third = back[back["channel_index"] == 0].iloc[50:60]
    start, stop = float(third["time"].iloc[0]), float(third["time"].iloc[-1])
    part = read_parquet(path, start=start, stop=stop, columns=["time", "kind"])
    kept = (back["time"] >= start) & (back["time"] < stop)
    pd.testing.assert_frame_equal(part, back.loc[kept, ["time", "kind"]].reset_index(drop=True))


def test_other_libraries_read_texts_and_numbers(long: tuple[Path, Spikes]) -> None:
    path, spikes = long
    told = pq.read_schema(path)
    assert {str(told.field(name).type) for name in ("channel", "verdict", "kind")} == {"string"}
    assert told.field("height").metadata[b"unit"] == b"V"
    polars = pytest.importorskip("polars").read_parquet(path)
    for name in spikes.columns:
        for column in (polars[name].to_numpy(), pd.read_parquet(path)[name].to_numpy()):
            np.testing.assert_array_equal(column.astype(spikes[name].dtype), spikes[name])


def test_a_long_table_notices_flipped_bits(long: tuple[Path, Spikes]) -> None:
    notices_flipped_bits(long[0], step=41)


def notices_flipped_bits(path: Path, step: int) -> None:
    whole, sound = path.read_bytes(), read_parquet(path)
    pages_end = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    noticed = 0
    for at in range(4, pages_end, step):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(damaged)
        try:
            pd.testing.assert_frame_equal(read_parquet(path), sound)
        except UnreadableFile:
            noticed += 1
    assert noticed > 100


def test_no_flipped_bit_passes_unseen(written: Path) -> None:
    notices_flipped_bits(written, step=7)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"time,height\n"])
def test_what_is_no_parquet_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="no table of spikes"):
        read_parquet(path)
    with pytest.raises(UnreadableFile):
        read_parquet(tmp_path / "absent.parquet")
