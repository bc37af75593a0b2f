"""Parquet written page by page, read by Arrow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from spikelens import pages
from spikelens.pages import Words, can_write, write_pages

KINDS = ["<i4", "<i8", "<f4", "<f8", "?"]
LETTERS = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])


def read(path):
    return pq.read_table(path, page_checksum_verification=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.integers(0, 30).flatmap(lambda n: st.tuples(*(arrays.arrays(k, n) for k in KINDS))), st.integers(1, 9)
)
def test_numbers_come_back_to_the_bit_in_groups_and_parts(tmp_path, columns, rows_per_group):
    part = dict(zip(KINDS, columns, strict=True))
    path = tmp_path / "a.parquet"
    write_pages(
        path, [part, part], rows_per_group=rows_per_group, metadata={"made": b"here"}, bounded=KINDS[:4]
    )
    back = read(path)
    assert back.schema.metadata == {b"made": b"here"}
    for kind, column in part.items():
        found = back[kind].to_numpy()
        assert found.dtype == column.dtype and found.tobytes() == 2 * column.tobytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.text(LETTERS, max_size=4), min_size=1, max_size=40), st.integers(1, 9))
def test_texts_come_back_also_if_there_are_very_many(tmp_path, texts, most):
    words, places = np.unique(np.array(texts, "U4"), return_inverse=True)
    column = Words(places.astype(np.int32), tuple(words.tolist()))
    held, pages.MANY_WORDS = pages.MANY_WORDS, most
    try:
        write_pages(tmp_path / "a.parquet", [{"word": column}], rows_per_group=16, metadata={})
    finally:
        pages.MANY_WORDS = held
    back = read(tmp_path / "a.parquet")
    assert back["word"].to_pylist() == texts and back.schema.field("word").type == pa.string()


@pytest.mark.parametrize(
    ("column", "encoding", "n_bytes"),
    [
        (np.full(1000, np.nan), "RLE_DICTIONARY", 100),
        (np.repeat([3, 4], 500).astype("i4"), "RLE_DICTIONARY", 250),
        (np.arange(0, 10_000_000, 10_000), "DELTA_BINARY_PACKED", 150),
        (np.arange(1000) * 2**40, "PLAIN", 8_100),
        (np.sqrt(np.arange(1000)), "PLAIN", 8_100),
    ],
)
def test_each_column_is_written_in_the_way_that_fits(tmp_path, column, encoding, n_bytes):
    write_pages(tmp_path / "a.parquet", [{"x": column}], rows_per_group=1000, metadata={})
    told = pq.ParquetFile(tmp_path / "a.parquet").metadata.row_group(0).column(0)
    assert encoding in told.encodings and told.total_compressed_size < n_bytes
    assert read(tmp_path / "a.parquet")["x"].to_numpy().tobytes() == column.tobytes()


def test_limits_are_told_of_what_is_asked_for_and_known(tmp_path):
    table = {"a": np.array([0.0, 2.0, 1.0, np.nan]), "b": np.arange(4), "c": np.arange(4)}
    write_pages(tmp_path / "a.parquet", [table], rows_per_group=3, metadata={}, bounded=("a", "b"))
    groups = pq.ParquetFile(tmp_path / "a.parquet").metadata
    first, second = (groups.row_group(k).column(0).statistics for k in (0, 1))
    assert (first.min, first.max) == (0.0, 2.0) and np.signbit(first.min)
    assert second is None and groups.row_group(0).column(2).statistics is None
    assert groups.row_group(0).column(1).statistics.max == 2


def test_what_cannot_be_written_is_known_before():
    assert can_write(Words(np.zeros(1, np.int32), ("a",))) and can_write(np.zeros(2, np.float32))
    assert not any(can_write(np.zeros(2, kind)) for kind in ("u1", "i2", "f2", "c8", ">f8"))
