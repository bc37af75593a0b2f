from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tests.factory import make_trace

from spikelens.errors import OutputExists, UnreadableFile
from spikelens.runs.batch import files_in, run_batch
from spikelens.runs.request import Request
from spikelens.runs.sheet import Sheet
from spikelens.runs.summing import cell_rows, group_rows, write_summary

RATE = 10_000.0
QUICK = Request(hints={"unit": "V", "sampling_rate": RATE}, report=False)


def write_cell(path: Path, n_spikes: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, make_trace(20_000, RATE, list(range(1000, 1000 + 500 * n_spikes, 500))))
    return path


def silent(path):
    return lambda done, total: None


@pytest.fixture
def cells(tmp_path):
    return [write_cell(tmp_path / d / "0001.npy", n) for d, n in (("a", 3), ("b", 5), ("c", 0))]


def test_each_recording_gets_its_folder_and_none_is_pooled(cells, tmp_path):
    sheet = tmp_path / "cells.csv"
    sheet.write_text(
        "file,cell,animal,group\na/0001.npy,c1,r1,wt\nb/0001.npy,c2,r1,wt\nc/0001.npy,c3,r2,ko\n"
    )
    out = tmp_path / "out"
    batch = run_batch(cells, out, QUICK, sheet=Sheet.read(sheet), force=False, watch=silent)
    assert [r["n_spikes"] for r in batch.records] == [3, 5, 0]
    assert sorted(p.name for p in out.iterdir()) == [
        "a-0001",
        "b-0001",
        "c-0001",
        "summary.csv",
        "summary.xlsx",
    ]
    names = sorted(p.name for p in (out / "a-0001").iterdir())
    assert names == ["methods.txt", "run.json", "spikes.csv", "spikes.parquet", "sweeps.csv"]
    assert json.loads((out / "a-0001" / "run.json").read_text())["n_spikes"] == 3
    with (out / "summary.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    assert [r["level"] for r in rows] == ["sweep"] * 3 + ["recording"] * 3 + ["cell"] * 3 + ["group"] * 2
    wild = next(r for r in rows if r["level"] == "group" and r["group"] == "wt")
    assert (wild["n_cells"], wild["n_animals"]) == ("2", "1")
    assert float(wild["average_rate"]) == pytest.approx((3 / 2 + 5 / 2) / 2)


def test_the_spreadsheet_says_the_same(cells, tmp_path):
    from openpyxl import load_workbook

    out = tmp_path / "out"
    run_batch(cells, out, QUICK, sheet=None, force=False, watch=silent)
    book = load_workbook(out / "summary.xlsx")
    assert book.sheetnames == ["sweeps", "recordings", "cells"]
    rows = list(book["cells"].values)
    assert [row[rows[0].index("spikes")] for row in rows[1:]] == [3, 5, 0]


def test_a_bad_file_does_not_stop_the_others(cells, tmp_path):
    bad = tmp_path / "bad.npy"
    bad.write_bytes(b"nonsense")
    batch = run_batch(
        [cells[0], bad, cells[1]], tmp_path / "out", QUICK, sheet=None, force=False, watch=silent
    )
    assert [r["n_spikes"] for r in batch.records] == [3, 5]
    assert [path for path, _ in batch.failures] == [bad]
    assert not (tmp_path / "out" / "bad").exists()


def test_the_same_run_is_not_done_twice_and_another_needs_force(cells, tmp_path):
    def run(request, force=False):
        return run_batch(cells[:1], tmp_path / "out", request, sheet=None, force=force, watch=silent)

    first = run(QUICK).records[0]
    again = run(QUICK).records[0]
    assert "already_done" not in first
    assert again["already_done"]
    other = Request(hints=QUICK.hints, report=False, method="prominence", parameters={"cutoff": 0.02})
    refused = run(other)
    assert "--force" in str(refused.failures[0][1])
    assert run(other, force=True).records[0]["parameters"]["cutoff"] == 0.02


def test_excluded_files_are_left_out(cells, tmp_path):
    (tmp_path / "cells.csv").write_text("file,exclude\na/0001.npy,yes\n")
    sheet = Sheet.read(tmp_path / "cells.csv")
    batch = run_batch(cells, tmp_path / "out", QUICK, sheet=sheet, force=False, watch=silent)
    assert batch.excluded == cells[:1]
    assert len(batch.records) == 2


def test_folders_are_searched_and_empty_ones_said(cells, tmp_path):
    assert files_in([tmp_path]) == sorted(cells)
    assert files_in([cells[1], cells[1].parent]) == [cells[1]]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFile, match="no recording"):
        files_in([tmp_path / "empty"])


def test_damaged_files_of_a_folder_are_named_and_others_are_not(cells, tmp_path):
    for name, held in (
        ("a.abf", b""),
        ("b.nwb", b"junk"),
        ("c.npy", b""),
        ("notes.txt", b"hello"),
        ("d.csv", b""),
    ):
        (tmp_path / name).write_bytes(held)
    files = files_in([tmp_path])
    assert sorted(p.name for p in files if p not in cells) == ["a.abf", "b.nwb", "c.npy"]
    batch = run_batch(files, tmp_path / "out", QUICK, sheet=None, force=False, watch=silent)
    assert len(batch.records) == 3
    assert {path.name: type(why) for path, why in batch.failures} == dict.fromkeys(
        ["a.abf", "b.nwb", "c.npy"], UnreadableFile
    )


def test_a_summary_never_forgets_recordings_unasked(cells, tmp_path):
    out = tmp_path / "out"
    for paths in (cells[:2], cells):
        run_batch(paths, out, QUICK, sheet=None, force=False, watch=silent)
    kept = (out / "summary.csv").read_bytes()
    with pytest.raises(
        OutputExists, match=r"sums up other recordings, such as .*0001.npy; give them as well"
    ):
        run_batch(cells[1:], out, QUICK, sheet=None, force=False, watch=silent)
    assert (out / "summary.csv").read_bytes() == kept
    (tmp_path / "cells.csv").write_text("file,exclude\na/0001.npy,yes\n")
    sheet = Sheet.read(tmp_path / "cells.csv")
    run_batch(cells, out, QUICK, sheet=sheet, force=False, watch=silent)
    run_batch(cells[:2], out, QUICK, sheet=None, force=True, watch=silent)
    for mine in ("summary.csv", "summary.xlsx"):
        (out / "summary.csv").unlink(missing_ok=True)
        (out / mine).write_text("my own table\n1\n")
        with pytest.raises(OutputExists, match=f"{mine} is in the way, and no summary of ours"):
            run_batch(cells[:2], out, QUICK, sheet=None, force=True, watch=silent)


def test_no_spikes_sought_is_not_no_spikes(cells, tmp_path):
    held = Request(hints={"unit": "pA", "sampling_rate": RATE}, mode="voltage-clamp", report=False)
    batch = run_batch(cells[:2], tmp_path / "held", held, sheet=None, force=False, watch=silent)
    assert [r["rate"] for r in batch.records] == [None, None] or all(
        r["rate"] != r["rate"] for r in batch.records
    )
    with (tmp_path / "held" / "summary.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    assert {(r["spikes"], r.get("average_rate", "")) for r in rows} == {("", "")}
    with (tmp_path / "held" / "a-0001" / "sweeps.csv").open() as opened:
        assert {(r["spikes"], r["average_rate"]) for r in csv.DictReader(opened)} == {("", "")}
    recordings = [
        {"cell": "c1", "spikes": 3, "exposure": 2.0},
        {"cell": "c1", "spikes": np.nan, "exposure": 9.0},
    ]
    [cell] = cell_rows(recordings)
    assert (cell["recordings"], cell["spikes"], cell["average_rate"]) == (2, 3, 1.5)


def test_a_path_that_does_not_exist_does_not_stop_the_others(cells, tmp_path):
    files = files_in([tmp_path / "none.npy", cells[0]])
    batch = run_batch(files, tmp_path / "out", QUICK, sheet=None, force=False, watch=silent)
    assert len(batch.records) == 1
    assert "does not exist" in str(batch.failures[0][1])


def test_a_fault_of_ours_does_not_stop_the_others_and_says_where_it_is(cells, tmp_path, monkeypatch):
    from spikelens.runs import batch as module

    whole = module.run_file

    def faulty(path, *args, **kwargs):
        if path == cells[0]:
            raise ZeroDivisionError("a thing\non two lines")
        return whole(path, *args, **kwargs)

    monkeypatch.setattr(module, "run_file", faulty)
    batch = run_batch(cells, tmp_path / "out", QUICK, sheet=None, force=False, watch=silent)
    assert len(batch.records) == 2
    said = str(batch.failures[0][1])
    assert "ZeroDivisionError at test_batch.py" in said
    assert "report" in said
    assert "\n" not in said


def test_no_summary_is_written_of_nothing(tmp_path):
    missing = [tmp_path / "a.npy", tmp_path / "b.npy"]
    batch = run_batch(missing, tmp_path / "out", QUICK, sheet=None, force=False, watch=silent)
    assert len(batch.failures) == 2
    assert not (tmp_path / "out").exists()


def test_a_cell_of_several_recordings_adds_counts_and_time():
    rows = [
        {
            "cell": "c1",
            "group": "g",
            "spikes": 10,
            "exposure": 10.0,
            "average_rate": 1.0,
            "median_width": 1.0,
        },
        {
            "cell": "c1",
            "group": "g",
            "spikes": 0,
            "exposure": 30.0,
            "average_rate": 0.0,
            "median_width": float("nan"),
        },
        {"cell": "c2", "group": "g", "spikes": 6, "exposure": 2.0, "average_rate": 3.0, "median_width": 3.0},
    ]
    first, second = cell_rows(rows)
    assert (first["recordings"], first["spikes"], first["average_rate"], first["median_width"]) == (
        2,
        10,
        0.25,
        1.0,
    )
    group = group_rows([first, second])[0]
    assert (group["n_cells"], group["average_rate"], group["median_width"]) == (2, (0.25 + 3) / 2, 2.0)


def test_a_summary_without_a_single_record_is_still_a_table(tmp_path):
    write_summary(tmp_path, [], None)
    assert (tmp_path / "summary.csv").exists()
