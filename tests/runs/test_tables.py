"""Rows as CSV and as a spreadsheet, read back by pandas and openpyxl."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from spikelens.runs.tables import cell, header, write_rows, write_sheets

ROWS = [
    {"file": "a.abf", "spikes": 3, "rate": 0.1 + 0.2, "told": True, "gone": math.nan},
    {"file": 'b, "two".abf', "spikes": 0, "rate": math.inf, "extra": "=SUM(A1)"},
]


def test_columns_come_as_rows_name_them_and_those_asked_for_first(tmp_path):
    assert header(ROWS) == ["file", "spikes", "rate", "told", "gone", "extra"]
    assert header([]) == []
    write_rows(tmp_path / "a.csv", ROWS, columns=["extra", "note", "file"])
    table = pd.read_csv(tmp_path / "a.csv")
    assert list(table) == ["extra", "note", "file", "spikes", "rate", "told", "gone"]


def test_a_csv_comes_back(tmp_path):
    write_rows(tmp_path / "a.csv", ROWS)
    table = pd.read_csv(tmp_path / "a.csv")
    assert table["file"].tolist() == ["a.abf", 'b, "two".abf']
    assert table["spikes"].tolist() == [3, 0]
    assert table["rate"][0] == 0.3 and math.isnan(table["rate"][1])
    assert table["gone"].isna().all()
    assert b"\r" not in (tmp_path / "a.csv").read_bytes()


def test_no_rows_are_a_header_at_most(tmp_path):
    write_rows(tmp_path / "a.csv", [], columns=["time", "height"])
    assert (tmp_path / "a.csv").read_text() == "time,height\n"


def test_a_spreadsheet_keeps_numbers_as_numbers_and_formulas_as_text(tmp_path):
    write_sheets(tmp_path / "a.xlsx", {"cells": ROWS, "groups": []})
    book = load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["cells", "groups"]
    names, first, second = book["cells"].values
    assert names == ("file", "spikes", "rate", "told", "gone", "extra")
    assert first == ("a.abf", 3, 0.3, True, None, None)
    assert second == ('b, "two".abf', 0, None, None, None, "'=SUM(A1)")
    assert all(c.data_type != "f" for row in book["cells"] for c in row)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (math.nan, None),
        (-math.inf, None),
        (2.9999999999999996, 3.0),
        (-0.5, -0.5),
        (7, 7),
        (True, True),
        ("-2", "'-2"),
        ("@x", "'@x"),
        ("\r=1+1", "'\r=1+1"),
        ("plain", "plain"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_a_cell(value, written):
    assert cell(value) == written
    assert type(cell(value)) is type(written)


@given(st.floats(-1e300, 1e300))
def test_a_number_loses_nothing_that_can_be_seen(value):
    assert cell(value) == pytest.approx(value, rel=1e-14)
    assert cell(cell(value)) == cell(value)


@given(st.text(min_size=1))
def test_no_text_is_a_formula(text):
    assert str(cell(text))[0] not in "=+-@\t\r"
