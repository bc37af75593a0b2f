"""Routes that edit: one action, on disk, for all windows."""

from __future__ import annotations

import threading

import pytest

from spikelens.app.library import Library
from tests.app.serving import Page
from tests.factory import make_recording


def test_edits_come_back_with_the_rows_they_changed(page):
    spike = int(page.spikes()["id"][page.spikes()["state"] == "accepted"][3])
    answer = page.edit({"do": "reject", "id": spike}).json()
    assert answer["revision"] == 1 and answer["can_undo"] and not answer["can_redo"]
    row = answer["changed"][str(spike)]
    assert (row["state"], row["author"]) == ("rejected", "person")
    whole = page.get("/spikes")["columns"]
    at = whole["id"].index(spike)
    assert row == {name: column[at] for name, column in whole.items()}
    back = page.post("/undo", revision=1).json()
    assert back["changed"][str(spike)]["state"] == "accepted" and back["can_redo"]
    again = page.post("/redo", revision=2).json()
    assert again["changed"][str(spike)]["state"] == "rejected"
    assert page.post("/redo", revision=3).json()["error"] == "there is nothing to redo"


def test_several_edits_are_one_action(small):
    answer = small.edit({"do": "reject", "id": 2000}, {"do": "kind", "id": 6000, "kind": 3}).json()
    assert {"2000", "6000"} <= set(answer["changed"])
    assert answer["changed"]["6000"]["kind"] == 3
    back = small.post("/undo", revision=answer["revision"]).json()
    assert back["changed"]["2000"]["state"] == "accepted"
    assert back["changed"]["6000"]["kind"] is None
    assert not back["can_undo"]


def test_add_snaps_to_the_peak_and_undo_takes_it_away(small):
    small.edit({"do": "reject", "id": 6000})
    answer = small.edit({"do": "add", "sample_index": 6012}).json()
    assert answer["changed"]["6000"]["state"] == "accepted"
    added = small.edit({"do": "add", "sample_index": 4000}).json()
    (spike,) = [int(i) for i, row in added["changed"].items() if row["state"] == "added"]
    assert abs(spike - 4000) <= 20
    gone = small.post("/undo", revision=added["revision"]).json()
    assert gone["changed"][str(spike)] is None


def test_moving_snaps_unless_it_is_to_be_exact(small):
    small.edit({"do": "reject", "id": 9000})
    answer = small.edit({"do": "move", "id": 6000, "to": 8990}).json()
    assert answer["changed"]["6000"]["sample_index"] == 9000
    nudged = small.edit({"do": "move", "id": 6000, "to": 9001, "exact": True}).json()
    assert nudged["changed"]["6000"]["sample_index"] == 9001


@pytest.mark.parametrize(("to", "exact"), [(8990, False), (9000, True)])
def test_two_spikes_cannot_stand_at_one_sample(small, to, exact):
    before = small.get("/spikes")
    answer = small.edit({"do": "move", "id": 6000, "to": to, "exact": exact})
    assert answer.status_code == 400 and "another spike stands at sample 9000" in answer.text
    assert small.get("/spikes") == before


def test_excluding_and_including(small):
    out = small.edit({"do": "exclude", "start": 5000, "stop": 10_000, "reason": "seal lost"}).json()
    assert out["excluded"] == [{"start": 5000, "stop": 10_000, "reason": "seal lost"}]
    assert small.get()["excluded"] == out["excluded"] == small.get("/spikes")["excluded"]
    assert small.get("/spikes")["exposure"] == 0.75
    assert sum(small.get("/rate", bins=4)["counts"]) == 4
    assert small.edit({"do": "include", "start": 0, "stop": 10**9}).json()["excluded"] == []


@pytest.mark.parametrize(
    ("edits", "status"),
    [
        ([], 400),
        ("all", 400),
        ([{"do": "reject", "id": 1}], 404),
        ([{"do": "explode", "id": 2000}], 404),
        ([{"do": "add", "sample_index": 10**12}], 404),
        ([{"do": "add", "sample_index": 1.5}], 400),
        ([{"do": "move", "id": 2000}], 400),
        ([{"do": "exclude", "start": 5, "stop": 5}], 400),
        ([{"do": "exclude", "start": "a", "stop": 5}], 400),
        ([{"do": "kind", "id": 2000, "kind": "red"}], 400),
        ([{"do": "label", "id": 2000, "label": ["x"]}], 400),
        ([{"do": "reject", "id": 2000}, {"do": "reject", "id": 1}], 404),
    ],
)
def test_edits_that_make_no_sense_change_nothing(small, edits, status):
    before = small.get("/spikes")
    answer = small.post("/edits", revision=0, edits=edits)
    assert answer.status_code == status, answer.text
    assert small.get("/spikes") == before


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(small, body):
    answer = small.client.post(f"/api/recordings/{small.id}/edits", content=body)
    assert answer.status_code == 400 and "JSON" in answer.json()["error"]


def test_of_two_windows_the_second_is_told(small):
    assert small.edit({"do": "reject", "id": 2000}, revision=0).status_code == 200
    late = small.edit({"do": "reject", "id": 6000}, revision=0)
    assert (late.status_code, late.json()["revision"]) == (409, 1)
    assert small.edit({"do": "reject", "id": 6000}, revision=1).status_code == 200
    assert small.post("/undo", revision=1).status_code == 409


def test_who_looks_while_another_edits_sees_whole_tables(page):
    """Each answer is of one revision: as many spikes rejected as actions made."""
    ids = page.spikes()["id"][page.spikes()["state"] == "accepted"][:40].tolist()
    seen, ended = [], threading.Event()

    def look():
        while not ended.is_set():
            answer = page.get("/spikes", columns="id,state,width")
            seen.append((answer["revision"], answer["columns"]["state"].count("rejected")))

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    for k, spike in enumerate(ids):
        assert page.edit({"do": "reject", "id": spike}, revision=k).status_code == 200
    ended.set()
    for looker in lookers:
        looker.join()
    assert len({revision for revision, _ in seen}) > 2
    assert all(revision == rejected for revision, rejected in seen)


def test_of_two_servers_the_second_takes_in_what_the_first_wrote(tmp_path):
    pages = []
    for _ in range(2):
        library = Library([make_recording([2000, 6000])], sessions=tmp_path)
        pages.append(Page(library))
        pages[-1].wait()
    one, other = pages
    assert one.edit({"do": "reject", "id": 2000}).status_code == 200
    late = other.edit({"do": "reject", "id": 6000})
    assert (late.status_code, late.json()["revision"]) == (409, 1)
    assert other.spikes()["state"].tolist() == ["rejected", "accepted"]
    assert other.edit({"do": "reject", "id": 6000}).status_code == 200
    assert one.edit({"do": "accept", "id": 2000}).status_code == 409
    assert one.spikes()["state"].tolist() == ["rejected", "rejected"]
    for page in pages:
        page.library.close()
