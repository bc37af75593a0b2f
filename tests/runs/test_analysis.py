"""An analysis appears whole, once, and says what its tables mean."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.factory import make_recording

from spikelens.errors import OutputExists, WriteFailed
from spikelens.features import Feature
from spikelens.html import Table
from spikelens.plots.images import canvas
from spikelens.runs.analysis import Analysis, Picture, Section, key_of, origin_of, report_of, write_once

ROWS = [{"sweep": 0, "gain": 2.5}, {"sweep": 1, "gain": float("nan"), "notes": "no spike"}]
COLUMNS = {"sweeps": [Feature("sweep", "", "Counted from 0."), Feature("gain", "Hz/A", "Slope.")]}


def analysis(**changes: object) -> Analysis:
    axes = canvas(2, 1)
    axes.plot([0, 1])
    figure = axes.get_figure(root=True)
    assert figure is not None
    drawn = Picture("curve", figure, "A line & no more")
    facts = {
        "command": "steps",
        "title": ("<b>cell", "data/cell.abf"),
        "telling": [("3", "spikes")],
        "verdict": "All is well.",
        "sections": [Section("First", ["Some words.", drawn]), Section("Then", [Table("", ("a",), [(1,)])])],
        "tables": {"sweeps": ROWS},
        "columns": COLUMNS,
        "facts": {"n_spikes": 3, "height": np.float64("nan")},
        "chosen": [("the first step", "it starts from rest")],
        "warnings": ["little data"],
        "methods": "Steps were measured.",
    }
    return Analysis(**{**facts, **changes})


def test_the_folder_holds_what_the_record_says(tmp_path: Path) -> None:
    record = write_once(tmp_path / "out", "key", analysis)
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == sorted(record["outputs"])
    assert names == [
        "columns.csv",
        "curve.png",
        "curve.svg",
        "methods.txt",
        "report.html",
        "run.json",
        "sweeps.csv",
    ]
    written = json.loads((tmp_path / "out" / "run.json").read_text())
    assert written["n_spikes"] == 3 and written["height"] is None
    assert written["command"] == "steps" and written["warnings"] == ["little data"]
    assert (tmp_path / "out" / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(tmp_path / "out" / "curve.svg").getroot().tag.endswith("svg")


def test_a_table_has_its_columns_in_order_and_nothing_for_nan(tmp_path: Path) -> None:
    write_once(tmp_path / "out", "key", analysis)
    with (tmp_path / "out" / "sweeps.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    assert list(rows[0]) == ["sweep", "gain", "notes"]
    assert [row["gain"] for row in rows] == ["2.5", ""]
    with (tmp_path / "out" / "columns.csv").open() as opened:
        meanings = {row["column"]: (row["table"], row["unit"]) for row in csv.DictReader(opened)}
    assert meanings == {"sweep": ("sweeps", ""), "gain": ("sweeps", "Hz/A")}


def test_the_same_analysis_is_done_once_and_another_needs_force(tmp_path: Path) -> None:
    calls = []

    def counted() -> Analysis:
        calls.append(1)
        return analysis()

    first = write_once(tmp_path / "out", "key", counted)
    again = write_once(tmp_path / "out", "key", counted)
    assert again == {**first, "height": None, "already_done": True}
    assert len(calls) == 1
    with pytest.raises(OutputExists):
        write_once(tmp_path / "out", "another", counted)
    assert write_once(tmp_path / "out", "another", counted, force=True)["key"] == "another"
    assert len(calls) == 2


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WriteFailed):
        write_once(tmp_path / "out", "key", lambda: analysis(tables={"long" * 99: ROWS}))
    assert list(tmp_path.iterdir()) == []


def test_the_report_tells_all_and_escapes_it() -> None:
    text = report_of(analysis())
    for said in (
        "All is well.",
        "little data",
        "First",
        "Some words.",
        "it starts from rest",
        "were measured",
    ):
        assert said in text
    assert "<b>cell" not in text and "A line &amp; no more" in text
    assert text.index("First") < text.index("Then") < text.index("What was chosen")
    bare = report_of(analysis(sections=(), chosen=(), warnings=(), methods=""))
    assert "<section>" not in bare and "warnings" not in bare.partition("</style>")[2]


def test_small_figures_stand_side_by_side_and_wide_ones_alone() -> None:
    def drawn(width: float) -> Picture:
        figure = canvas(width, 1).get_figure(root=True)
        assert figure is not None
        return Picture("a", figure, "")

    parts = [drawn(3), drawn(3), "words", drawn(8), drawn(3)]
    text = report_of(analysis(sections=[Section("Drawn", parts)])).partition("Drawn</h2>")[2]
    assert text.count('<div class="grid">') == 2
    first = text[: text.index("words")]
    assert first.count("<figure>") == 2 and first.count('class="grid"') == 1


def test_the_key_is_of_inputs_and_settings() -> None:
    keys = {
        key_of("steps", ["a"], {}),
        key_of("respond", ["a"], {}),
        key_of("steps", ["b"], {}),
        key_of("steps", ["a", "b"], {}),
        key_of("steps", ["a"], {"window": 1}),
    }
    assert len(keys) == 5
    assert key_of("steps", ["a"], {"window": 1}) in keys


def test_the_origin_leaves_warnings_to_their_own_place() -> None:
    told = dict(origin_of(make_recording([500]).with_warnings("odd")))
    assert told["sampling rate"] == "20,000 Hz" and told["version"].startswith("Spikelens")
    assert "odd" not in told.values()
