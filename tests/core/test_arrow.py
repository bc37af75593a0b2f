"""Columns through Parquet: the same bits, wholly or in part."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from spikelens import arrow
from spikelens.arrow import arrow_array, read_columns, read_range, write_columns

KINDS = ["<i8", "<i4", "<f8", "<f4", "?"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(st.integers(0, 50).flatmap(lambda n: st.tuples(*(arrays.arrays(kind, n) for kind in KINDS))))
def test_columns_come_back_to_the_bit(tmp_path, columns):
    table = dict(zip(KINDS, columns, strict=True))
    write_columns(tmp_path / "a.parquet", table)
    read = read_columns(tmp_path / "a.parquet")
    assert list(read) == KINDS
    for kind, column in table.items():
        assert read[kind].dtype == column.dtype and read[kind].tobytes() == column.tobytes()


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=6)))
def test_text_is_text(texts):
    assert arrow_array(np.array(texts, "U6")).to_pylist() == texts
    assert arrow_array(np.array(texts, object)).to_pylist() == texts


def test_many_words_are_told_apart():
    words = np.array([f"word {k % 70_000}" for k in range(100_000)])
    assert arrow_array(words).to_pylist() == words.tolist()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.integers(-50, 50), max_size=40), st.integers(-60, 60), st.integers(0, 30), st.booleans())
def test_a_range_is_the_rows_of_it(tmp_path, values, low, width, is_sorted):
    at = np.array(sorted(values) if is_sorted else values, np.int64)
    table = {"at": at, "row": np.arange(at.size), "fifth": np.arange(at.size) % 5}
    held = arrow.ROWS_PER_GROUP
    arrow.ROWS_PER_GROUP = 7
    try:
        write_columns(tmp_path / "a.parquet", table)
    finally:
        arrow.ROWS_PER_GROUP = held
    path, kept = tmp_path / "a.parquet", (at >= low) & (at < low + width)
    assert read_range(path, {"at": (low, low + width)}).to_pydict() == {
        "at": at[kept].tolist(),
        "row": np.flatnonzero(kept).tolist(),
        "fifth": (np.flatnonzero(kept) % 5).tolist(),
    }
    kept &= np.arange(at.size) % 5 < 3
    both = read_range(path, {"at": (low, low + width), "fifth": (0, 3)}, ["row"])
    assert both.to_pydict() == {"row": np.flatnonzero(kept).tolist()}
    assert read_range(path, {}).num_rows == at.size


def test_a_flipped_bit_is_an_error_and_not_a_number(tmp_path):
    path = tmp_path / "a.parquet"
    write_columns(path, {"x": np.arange(1000)})
    whole = bytearray(path.read_bytes())
    for place in range(0, len(whole), 7):
        damaged = whole.copy()
        damaged[place] ^= 16
        path.write_bytes(damaged)
        try:
            read = read_columns(path)
        except (OSError, ValueError):
            continue
        # What no checksum covers is bookkeeping: the numbers are right.
        np.testing.assert_array_equal(next(iter(read.values())), np.arange(1000))


def test_what_is_no_table_is_an_error(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1nothingPAR1")
    with pytest.raises((OSError, ValueError)):
        read_columns(path)


@pytest.mark.parametrize("n", [10, 250_000])
def test_writing_a_table_does_not_wait_for_pandas(tmp_path, n):
    code = (
        "import sys, numpy as np; from pathlib import Path;"
        "from spikelens.arrow import typed_table, write_tables;"
        f"columns = {{'x': np.zeros({n}), 'of': np.full({n}, 'a')}};"
        f"write_tables(Path('t.parquet'), [typed_table(columns, {{}}, {{}}, numbered=True)], {n});"
        "sys.exit('pandas' in sys.modules)"
    )
    ours = os.environ | {"PYTHONPATH": str(Path(arrow.__file__).parents[1])}
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=ours, check=False).returncode == 0
