from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from spikelens.errors import OutputExists, WriteFailed
from spikelens.files import to_json
from spikelens.runs.placing import RUN_FILE, changed_in, finished_run, placing, write_record


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path):
    folder = tmp_path / "out" / "cell"
    for word in ("first", "second"):
        with placing(folder) as under:
            (under / word).write_text(word)
            assert not (folder / word).exists()
        assert os.listdir(folder) == [word]
    assert os.listdir(folder.parent) == ["cell"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path):
    folder = tmp_path / "cell"
    folder.mkdir()
    (folder / "old").write_text("old")
    with pytest.raises(KeyboardInterrupt), placing(folder) as under:
        interrupted_write(under)
    assert os.listdir(folder) == ["old"]
    assert os.listdir(tmp_path) == ["cell"]


def interrupted_write(under):
    (under / "new").write_text("half")
    raise KeyboardInterrupt


def test_a_refused_place_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteFailed, match="cannot write"), placing(tmp_path / "file" / "cell"):
        pass


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.EROFS, "can only be read"), (errno.ENOSPC, "make room")]
)
def test_what_to_do_is_said_where_the_system_refuses(tmp_path, monkeypatch, number, advice):
    def refused(*_args, **_named):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(WriteFailed, match=f"cannot write .*cell: .*; .*{advice}"), placing(tmp_path / "cell"):
        pass


def written(folder, **files):
    """A run's folder with the key ``key``."""
    with placing(folder) as under:
        for name, text in files.items():
            (under / name).write_text(text)
        write_record(under, {"n_spikes": 3, "rate": 0.1, "nothing": float("nan"), "key": "key"})


def test_only_this_very_run_counts_as_done(tmp_path):
    folder = tmp_path / "cell"
    assert finished_run(folder, "key", force=False) is None
    written(folder, spikes="1")
    done = finished_run(folder, "key", force=False)
    assert done is not None and (done["n_spikes"], list(done["sha256"])) == (3, ["spikes"])
    assert finished_run(folder, "other", force=True) is None
    with pytest.raises(OutputExists, match=r"another input or of other settings.*--force"):
        finished_run(folder, "other", force=False)
    (folder / RUN_FILE).write_text("torn {")
    for force in (False, True):
        with pytest.raises(OutputExists, match=r"holds no run of ours; choose another --out$"):
            finished_run(folder, "key", force=force)


def test_force_takes_nothing_away_that_the_other_run_did_not_write(tmp_path):
    folder = tmp_path / "cell"
    written(folder, spikes="1")
    (folder / ".DS_Store").write_text("")
    (folder / "figures").mkdir()
    assert finished_run(folder, "other", force=True) is None
    with pytest.raises(OutputExists, match=r"holds .*spikes, which is to be read"):
        finished_run(folder, "other", force=True, inputs=[folder / "spikes"])
    (folder / "figures" / "mine.png").write_text("mine")
    for force in (False, True):
        with pytest.raises(OutputExists, match=r"and figures/mine.png, which is not of that run; choose"):
            finished_run(folder, "other", force=force)
    assert finished_run(folder, "key", force=True) is None
    (folder / "figures" / "mine.png").unlink()
    (folder / "spikes").write_text("corrected by hand")
    with pytest.raises(OutputExists, match=r"and spikes, which was changed since"):
        finished_run(folder, "other", force=True)


def test_the_folder_that_is_worked_in_is_not_replaced_and_nothing_is_left_beside(tmp_path, monkeypatch):
    work = tmp_path / "work"
    (work / "deep").mkdir(parents=True)
    for here in (work, work / "deep"):
        monkeypatch.chdir(here)
        for place in (work, Path(os.path.relpath(work))):
            with pytest.raises(OutputExists, match="is the folder you work in, or holds it"), placing(place):
                raise AssertionError("nothing should have been begun")
    (work / "deep").rmdir()
    monkeypatch.chdir(work)
    with pytest.raises(OutputExists, match="folder you work in"):
        finished_run(Path(), "key", force=False)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["work"]


@pytest.mark.parametrize("step", ["away", "into place"])
def test_what_was_there_comes_back_if_the_new_cannot_take_its_place(tmp_path, monkeypatch, step):
    folder, replace = tmp_path / "cell", os.replace
    written(folder, spikes="1")

    def refused(old, new):
        if (old == folder) if step == "away" else (new == folder and "before" not in str(old)):
            raise OSError(16, "Device or resource busy")
        replace(old, new)

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(WriteFailed, match="busy"), placing(folder) as under:
        (under / "new").write_text("new")
    assert os.listdir(tmp_path) == ["cell"] and sorted(os.listdir(folder)) == [RUN_FILE, "spikes"]


def test_any_flipped_bit_lost_byte_or_lost_file_is_noticed(tmp_path):
    folder = tmp_path / "cell"
    written(folder, spikes="0.5,1\n", report="<p>")
    for name in ("spikes", "report", RUN_FILE):
        sound = (folder / name).read_bytes()
        for at in range(len(sound)):
            flipped = bytearray(sound)
            flipped[at] ^= 1 << (at % 8)
            for damaged in (bytes(flipped), sound[:at]):
                (folder / name).write_bytes(damaged)
                assert not counts_as_done(folder)
        (folder / name).write_bytes(sound)
        assert counts_as_done(folder)
    (folder / "spikes").unlink()
    assert not counts_as_done(folder)


def counts_as_done(folder):
    """Whether nothing would be done; a damaged key is refused, or white space that says nothing passes."""
    try:
        record = finished_run(folder, "key", force=False)
    except OutputExists:
        return False
    return record is not None and (folder / RUN_FILE).read_text("utf-8") == to_json(record) + "\n"


def test_what_a_person_changed_or_added_is_kept_when_the_run_is_done_again(tmp_path):
    folder = tmp_path / "cell"
    written(folder, spikes="1", report="<p>")
    (folder / "spikes").write_text("1 and my own")
    (folder / "notes.txt").write_text("mine")
    (folder / "report").unlink()
    written(folder, spikes="1", report="<p>")
    assert sorted(os.listdir(folder)) == ["notes.txt", "report", RUN_FILE, "spikes", "spikes.changed"]
    assert (folder / "spikes.changed").read_text() == "1 and my own" and changed_in(folder) == [
        "spikes.changed"
    ]
    assert (folder / "spikes").read_text() == "1" and counts_as_done(folder)
