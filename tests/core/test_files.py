from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from spikelens.errors import UnreadableFile, WriteFailed
from spikelens.files import fingerprint, replacing, to_json, unique_names, write_json, write_text


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "table.csv"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text(f"half {1 / 0}")
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["table.csv"]
    write_text(path, "new\n")
    assert path.read_bytes() == b"new\n"


def test_a_refused_write_names_the_path(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteFailed, match=r"cannot write .*file.x\.csv"):
        write_text(tmp_path / "file" / "x.csv", "text")


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_text(path, "old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteFailed, match="No space left on device"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_json_has_null_for_what_is_not_a_number(tmp_path):
    import numpy as np

    document = {"a": float("nan"), "b": np.float32(1.5), "c": np.arange(2), "d": (1, None), "e": Path("x")}
    assert json.loads(to_json(document)) == {"a": None, "b": 1.5, "c": [0, 1], "d": [1, None], "e": "x"}
    write_json(tmp_path / "x.json", document)
    assert json.loads((tmp_path / "x.json").read_text())["c"] == [0, 1]


def test_a_copy_has_the_same_fingerprint_and_a_change_another(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 4000)
    before = fingerprint(path)
    assert fingerprint(Path(shutil.copy(path, tmp_path / "b.bin"))) == before
    with path.open("r+b") as opened:
        opened.seek(500_000)
        opened.write(b"!")
    assert fingerprint(path) != before
    with path.open("ab") as opened:
        opened.write(b"!")
    assert len({before, fingerprint(path), fingerprint(tmp_path)}) == 3


def test_the_fingerprint_of_what_is_not_there_says_so(tmp_path):
    with pytest.raises(UnreadableFile, match="No such file"):
        fingerprint(tmp_path / "nothing")


def test_names_keep_as_much_of_the_path_as_makes_them_unique():
    paths = [
        "a/cell1/0001.abf",
        "b/cell1/0001.abf",
        "a/cell2/0001.abf",
        "a/cell2/0002.abf",
        "a/cell2/0002.nwb",
    ]
    names = unique_names([Path("/data") / p for p in paths])
    assert len(set(names)) == len(names)
    assert names[0].endswith("a-cell1-0001")
    assert names[3].endswith("0002-abf")
    assert unique_names([Path("/data/x.abf")]) == ["x"]
