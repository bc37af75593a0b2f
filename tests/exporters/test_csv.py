"""Comma-separated text, read back by the standard library and pandas."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.exporters.csv import Csv, _text
from spikelens.spikes import REQUIRED
from tests.exporters.cases import in_sweeps, simulated, table


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_has_the_agreed_columns_and_digits(tmp_path: Path) -> None:
    spikes = table(in_sweeps(), [0.1, 0.2, 90.05])
    Csv().write_spikes(tmp_path / "a.csv", spikes)
    rows = rows_of(tmp_path / "a.csv")
    assert list(rows[0])[: len(REQUIRED)] == list(REQUIRED)
    assert [row["time"] for row in rows] == ["0.1000000", "0.2000000", "90.0500000"]
    assert rows[0]["onset_time"] == "0.0999000"
    assert [row["width"] for row in rows] == ["0.0003333333333333333", "", "0.0003333333333333333"]
    assert [float(row["height"]) for row in rows] == spikes.height.tolist()
    assert [np.float32(row["probability"]) for row in rows] == spikes.probability.tolist()
    assert rows[0]["probability"] == "0.1"
    assert b"\r" not in (tmp_path / "a.csv").read_bytes()


def test_text_is_never_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    spikes = table(in_sweeps(), [0.1, 0.15, 0.2, 0.25, 90.05])
    spikes = spikes.with_columns({"trough_v": np.full(5, -0.07)})
    Csv().write_spikes(tmp_path / "a.csv", spikes)
    rows = rows_of(tmp_path / "a.csv")
    assert [row["notes"] for row in rows] == ["'=1+1", "'-2", "a, b", 'say "no"', "plain"]
    assert {row["trough_v"] for row in rows} == {"-0.07"}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
@settings(max_examples=100, deadline=None)
def test_any_text_comes_back_from_its_cell(text: str) -> None:
    (row,) = (
        csv.reader([f"x,{_text(text)},y"]) if "\n" not in text and "\r" not in text else [["x", text, "y"]]
    )
    assert row[0] == "x" and row[2] == "y"
    assert row[1] in (text, "'" + text)
    assert not _text(text).lstrip('"').startswith(("=", "+", "-", "@"))


def test_an_empty_table_is_a_line_of_names(tmp_path: Path) -> None:
    Csv().write_spikes(tmp_path / "a.csv", table(in_sweeps(), []))
    assert (tmp_path / "a.csv").read_text().count("\n") == 1


def test_a_recording_comes_back_to_the_bit(tmp_path: Path) -> None:
    recording = simulated().recording
    Csv().write_recording(tmp_path / "a.csv", recording)
    back = pd.read_csv(tmp_path / "a.csv")
    assert list(back.columns) == ["time (s)", "voltage (V)"]
    np.testing.assert_array_equal(back["voltage (V)"].to_numpy(np.float32), recording.read()[:, 0])
    np.testing.assert_allclose(back["time (s)"], np.arange(20_000) / 1e4, atol=1e-9)


def test_sweeps_stand_side_by_side_however_long(tmp_path: Path) -> None:
    recording = in_sweeps()
    Csv().write_recording(tmp_path / "a.csv", recording)
    back = pd.read_csv(tmp_path / "a.csv")
    assert list(back.columns) == ["time (s)", "voltage 1 (V)", "voltage 2 (V)"]
    for sweep, name in enumerate(back.columns[1:]):
        held = back[name].dropna().to_numpy(np.float32)
        np.testing.assert_array_equal(held, recording.read_sweep(sweep)[:, 0])
