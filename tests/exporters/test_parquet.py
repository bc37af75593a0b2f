"""Parquet tables: what they hold, and that damage is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from spikelens.errors import UnreadableFile
from spikelens.exporters.parquet import Parquet, read_parquet
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


def test_no_flipped_bit_passes_unseen(written: Path) -> None:
    whole = written.read_bytes()
    sound = read_parquet(written)
    pages_end = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    noticed = 0
    for at in range(4, pages_end, 7):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        written.write_bytes(damaged)
        try:
            pd.testing.assert_frame_equal(read_parquet(written), sound)
        except UnreadableFile:
            noticed += 1
    assert noticed > 100


@pytest.mark.parametrize("content", [b"", b"PAR1", b"time,height\n"])
def test_what_is_no_parquet_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="no table of spikes"):
        read_parquet(path)
    with pytest.raises(UnreadableFile):
        read_parquet(tmp_path / "absent.parquet")
