"""Files, sessions and disks that fail: said in one line, nothing lost."""

from __future__ import annotations

import os

import numpy as np
import pytest

from spikelens.app.library import Library
from spikelens.exporters.npz import Npz
from spikelens.recording import Recording
from tests.app.serving import Page
from tests.data import recording_file
from tests.factory import make_recording, make_trace


def test_a_file_of_unknown_mode_is_shown_and_the_page_can_say(tmp_path):
    library = Library([recording_file("pyabf/File_axon_1.abf")], sessions=tmp_path)
    page = Page(library)
    page.wait()
    facts = page.get()
    assert "--mode" in facts["error"] and facts["channels"][0]["quantity"] == "current"
    assert page.tile(0, 0)[1].size == 2048
    done = page.wait(page.post("/detect", mode="cell-attached").json()["job"])
    assert done["state"] == "done", done
    assert page.get("/spikes")["mode"] == "cell-attached" and page.get()["error"] == ""
    again = Page(Library([recording_file("pyabf/File_axon_1.abf")], sessions=tmp_path))
    again.wait()
    assert again.get("/spikes")["mode"] == "cell-attached"
    again.library.close()
    library.close()


def test_an_unreadable_file_is_said_in_the_list_and_the_others_open(tmp_path):
    (tmp_path / "bad.abf").write_bytes(b"no recording")
    good = tmp_path / "good.npz"
    Npz().write_recording(good, make_recording([5000]))
    library = Library([tmp_path / "bad.abf", good])
    page = Page(library)
    answer = page.ask()
    assert answer.status_code == 422
    rows = page.client.get("/api/recordings").json()["recordings"]
    assert [row["state"] for row in rows] == ["failed", "closed"]
    assert rows[0]["error"] == answer.json()["error"]
    assert Page(library, 1).get()["n_samples"] == 20_000
    library.close()


@pytest.mark.parametrize("happening", ["disappeared", "changed"])
def test_a_file_that_goes_away_or_changes_is_said_and_edits_are_kept(tmp_path, happening):
    path, library, page = reviewed(tmp_path)
    kept = path.read_bytes()
    path.unlink()
    if happening == "changed":
        path.write_bytes(kept + b" ")
    for answer in (page.ask(), page.ask("/tiles"), page.post("/detect", method="level")):
        assert answer.status_code == 422
        assert happening in answer.json()["error"] and "edits are kept" in answer.json()["error"]
    assert page.edit({"do": "reject", "id": 9000}, revision=1).status_code == 200
    library.close()


def test_sessions_of_another_file_are_refused_and_left_alone(tmp_path):
    path, library, page = reviewed(tmp_path)
    before = (tmp_path / "cell.spikelens" / "edits.jsonl").read_bytes()
    path.unlink()
    Npz().write_recording(path, make_recording([4000, 9000]))
    other = Library([path])
    page = Page(other)
    page.wait()
    facts = page.get()
    assert facts["session"]["refused"] and "another recording" in facts["session"]["reported"][0]
    answer = page.edit({"do": "reject", "id": 4000})
    assert answer.status_code == 403 and "--sessions" in answer.json()["error"]
    assert page.wait(page.post("/detect", method="level").json()["job"])["state"] == "done"
    assert (tmp_path / "cell.spikelens" / "edits.jsonl").read_bytes() == before
    for made in (library, other):
        made.close()


def test_a_disk_that_is_full_is_said_and_nothing_changes(small, monkeypatch):
    small.edit({"do": "reject", "id": 2000})
    before = small.get("/spikes")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    answer = small.edit({"do": "reject", "id": 6000}, revision=1)
    monkeypatch.undo()
    assert answer.status_code == 507 and "No space left" in answer.json()["error"]
    assert small.get("/spikes") == before
    assert small.edit({"do": "reject", "id": 6000}, revision=1).status_code == 200


def test_a_folder_that_cannot_be_written_is_said_with_the_way_out(tmp_path):
    path = tmp_path / "cell.npz"
    Npz().write_recording(path, make_recording([5000, 9000]))
    (tmp_path / "cell.spikelens").write_text("in the way")
    library = Library([path])
    page = Page(library)
    page.wait()
    answer = page.edit({"do": "reject", "id": 5000})
    assert answer.status_code == 507, answer.text
    assert "--sessions" in answer.json()["error"]
    library.close()


def test_channels_are_edited_apart(tmp_path):
    two = np.column_stack(
        [make_trace(20_000, 20_000.0, [5000]), make_trace(20_000, 20_000.0, [9000], seed=1)]
    )
    library = Library([Recording.from_array(two, 20_000.0)], sessions=tmp_path)
    page = Page(library)
    page.wait()
    page.edit({"do": "reject", "id": 5000})
    page.wait(page.post("/detect", channel=1).json()["job"])
    assert page.get()["channel"] == 1 and not page.get()["session"]["can_undo"]
    table = page.spikes()
    assert table["state"][table["id"] == 9000] == ["accepted"]
    page.wait(page.post("/detect", channel=0).json()["job"])
    table = page.spikes()
    assert table["state"][table["id"] == 5000] == ["rejected"]
    library.close()


def reviewed(folder):
    """A recording of two spikes, the first of which was rejected: its path, library and page."""
    path = folder / "cell.npz"
    Npz().write_recording(path, make_recording([5000, 9000]))
    library = Library([path])
    page = Page(library)
    page.wait()
    page.edit({"do": "reject", "id": 5000})
    return path, library, page
