from __future__ import annotations

from pathlib import Path

import pytest

from spikelens.errors import BadParameter, UnreadableFile
from spikelens.runs.sheet import Sheet


def sheet_of(tmp_path, text):
    path = tmp_path / "cells.csv"
    path.write_text(text)
    return Sheet.read(path)


def test_files_are_found_by_the_end_of_their_path(tmp_path):
    sheet = sheet_of(
        tmp_path,
        "file,cell,animal,group,condition,exclude\n"
        "one/0001.abf,c1,r1,wt,control,\ntwo/0001.abf,c2,r2,ko,control,yes\n0002,c1,r1,wt,drug,\n",
    )
    assert sheet.of(Path("/data/one/0001.abf"))["cell"] == "c1"
    assert sheet.of(Path("/data/two/0001.abf"))["group"] == "ko"
    assert sheet.of(Path("/data/any/0002.abf"))["condition"] == "drug"
    assert sheet.of(Path("/data/0003.abf")) == {}
    assert sheet.excludes(Path("/data/two/0001.abf"))
    assert not sheet.excludes(Path("/data/one/0001.abf"))
    assert sheet.unmatched([Path("/data/one/0001.abf")]) == ["0002"]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("cell\nc1\n", UnreadableFile, "no column 'file'"),
        ("file\na.abf\na.abf\n", BadParameter, "names 'a.abf' twice"),
        ("file,cell,group\na,c,wt\nb,c,ko\n", BadParameter, "two values of group, 'wt' and 'ko'"),
    ],
)
def test_a_sheet_that_cannot_be_used_is_said(tmp_path, text, error, words):
    with pytest.raises(error, match=words):
        sheet_of(tmp_path, text)


def test_a_file_named_in_two_ways_is_said(tmp_path):
    sheet = sheet_of(tmp_path, "file\na.abf\nx/a.abf\n")
    with pytest.raises(BadParameter, match="more than once"):
        sheet.of(Path("/data/x/a.abf"))
    with pytest.raises(UnreadableFile, match="cannot read"):
        Sheet.read(tmp_path / "none.csv")


@pytest.mark.parametrize("written", ["with semicolons", "with a byte-order mark", "as a spreadsheet"])
def test_sheets_are_read_as_spreadsheet_programs_write_them(tmp_path, written):
    import pandas as pd

    path = tmp_path / ("cells.xlsx" if written == "as a spreadsheet" else "cells.csv")
    table = pd.DataFrame({"file": ["a.abf"], "cell": ["c 1"], "animal": ["7"], "exclude": [""]})
    if written == "with semicolons":
        table.to_csv(path, sep=";", index=False)
    elif written == "with a byte-order mark":
        table.to_csv(path, encoding="utf-8-sig", index=False)
    else:
        table.to_excel(path, index=False)
    assert Sheet.read(path).of(Path("/data/a.abf")) | {"exclude": ""} == {
        "file": "a.abf",
        "cell": "c 1",
        "animal": "7",
        "exclude": "",
    }


def test_a_sheet_that_is_no_table_is_refused_in_one_line(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_bytes(b"\xff\xfe\x00\x81 not text")
    with pytest.raises(UnreadableFile, match="the sheet is a CSV"):
        Sheet.read(path)
    with pytest.raises(UnreadableFile, match=r"none.csv: No such file or directory"):
        Sheet.read(tmp_path / "none.csv")
