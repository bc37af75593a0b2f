"""Rows of cells and groups: what is added up, what is a median, and who is counted."""

from __future__ import annotations

import math

import pytest

from spikelens.runs.sheet import Sheet
from spikelens.runs.summing import cell_rows, group_rows, recording_row


def row(cell, spikes, exposure, **more):
    return {"file": f"{cell}.abf", "cell": cell, "spikes": spikes, "exposure": exposure,
            "average_rate": spikes / exposure, **more}  # fmt: skip


def test_a_rate_is_of_all_time_and_not_a_mean_of_rates():
    (cell,) = cell_rows([row("c", 10, 1.0), row("c", 0, 9.0)])
    assert (cell["recordings"], cell["spikes"], cell["exposure"], cell["average_rate"]) == (2, 10, 10.0, 1.0)


def test_features_are_medians_of_recordings_without_those_that_lack_them():
    widths = [1.0, math.nan, 3.0, None, 100.0]
    (cell,) = cell_rows([row("c", 1, 1.0, median_width=w) for w in widths])
    assert cell["median_width"] == 3.0
    (lacking,) = cell_rows([row("c", 1, 1.0, median_width=math.nan)])
    assert "median_width" not in lacking


def test_conditions_of_one_cell_are_rows_of_their_own_and_one_cell_of_a_group():
    rows = cell_rows([
        row("a", 2, 1.0, group="wt", animal="r1", condition="before"),
        row("a", 6, 1.0, group="wt", animal="r1", condition="after"),
        row("b", 4, 1.0, group="wt", animal="r1", condition="before"),
        row("c", 1, 1.0, group="ko", animal="r2", condition="before"),
        row("d", 9, 1.0),
    ])  # fmt: skip
    assert [(r["cell"], r.get("condition")) for r in rows] == [
        ("a", "before"), ("a", "after"), ("b", "before"), ("c", "before"), ("d", None),
    ]  # fmt: skip
    groups = group_rows(rows)
    told = [(g["group"], g["condition"], g["n_cells"], g["n_animals"], g["average_rate"]) for g in groups]
    assert told == [("wt", "before", 2, 1, 3.0), ("wt", "after", 1, 1, 6.0), ("ko", "before", 1, 1, 1.0)]
    assert all("spikes" not in g and "exposure" not in g and "recordings" not in g for g in groups)


def test_a_group_counts_cells_alike_whatever_their_spikes_and_animals_that_are_told():
    rows = cell_rows(
        [row("a", 1000, 10.0, group="wt"), row("b", 0, 1.0, group="wt"), row("c", 1, 1.0, group="wt")]
    )
    (group,) = group_rows(rows)
    assert group["average_rate"] == 1.0
    assert group["n_animals"] is None


def test_a_cell_that_was_never_observed_has_no_rate():
    (cell,) = cell_rows([{"cell": "c", "spikes": 0, "exposure": 0.0}])
    assert cell["average_rate"] is None
    assert cell_rows([]) == group_rows([]) == []


@pytest.mark.parametrize(
    ("sheet", "cell"),
    [
        (None, "/d/a.abf"),
        ("file,cell\nb.abf,x\n", "/d/a.abf"),
        ("file,cell\na.abf,\n", "/d/a.abf"),
        ("file,cell,group\na,c7,wt\n", "c7"),
    ],
)
def test_a_recording_is_its_own_cell_unless_the_sheet_says_which(tmp_path, sheet, cell):
    named = None
    if sheet:
        (tmp_path / "s.csv").write_text(sheet)
        named = Sheet.read(tmp_path / "s.csv")
    record = {
        "path": "/d/a.abf",
        "mode": "current-clamp",
        "method": "level",
        "sweeps": [{"sweep": 0, "spikes": 1}, {"sweep": "all", "start_time": math.nan, "spikes": 3}],
        "features": [{"feature": "width", "median": 1e-3, "n": 3}],
    }
    found = recording_row(record, named)
    assert (found["cell"], found["spikes"], found["median_width"]) == (cell, 3, 1e-3)
    assert found.get("group") == ("wt" if cell == "c7" else None)
    assert not {"sweep", "start_time"} & set(found)
