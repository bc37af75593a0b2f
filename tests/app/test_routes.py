"""What a page asks, and what it is told, on real recordings."""

from __future__ import annotations

import json
import os
import struct
import threading

import h5py
import numpy as np
import pandas as pd
import pytest

import spikelens
from spikelens import api, rooms
from spikelens.app import desk, jobs
from spikelens.app.library import Library
from spikelens.cli import run
from spikelens.exporters.npz import Npz
from spikelens.recording import Recording
from tests.app.serving import Page
from tests.data import recording_file
from tests.factory import make_recording, make_trace

STEPS = "pyabf/171116sh_0018.abf"
EDGE = [5, 9000, 19_995]


@pytest.fixture
def page(tmp_path):
    library = Library([recording_file(STEPS)], sessions=tmp_path / "sessions", author="ann")
    made = Page(library)
    made.wait()
    yield made
    library.close()


@pytest.fixture
def small(tmp_path):
    """A page on a recording of six spikes in memory."""
    recording = make_recording([2000, 6000, 9000, 12_000, 15_000, 18_000])
    library = Library([recording], sessions=tmp_path / "sessions")
    made = Page(library)
    made.wait()
    yield made
    library.close()


def test_the_list_names_what_there_is_and_no_path(page, tmp_path):
    document = page.client.get("/api/recordings").json()
    (row,) = document["recordings"]
    assert (row["name"], row["path_shown"], row["state"]) == ("171116sh_0018.abf", f"{STEPS}", "ready")
    assert document["version"] == spikelens.__version__
    assert str(tmp_path) not in json.dumps(document)


def test_facts_are_the_recordings(page):
    facts, recording = page.get(), api.read(recording_file(STEPS))
    assert facts["n_samples"] == recording.n_samples
    assert facts["sampling_rate"] == recording.sampling_rate
    assert facts["sweeps"]["bounds"] == recording.sweeps.bounds.tolist()
    assert facts["sweeps"]["start_times"] == recording.sweeps.start_times.tolist()
    assert facts["channels"] == [
        {"index": 0, "name": "IN 0", "quantity": "voltage", "unit": "V", "stated_unit": "mV"}
    ]
    assert facts["stimulus"]["origin"] == "reconstructed"
    assert len(facts["events"]) == len(recording.events)
    assert facts["events"][0]["start"] == recording.sample_at(recording.events.start[0])[0]
    assert facts["session"] | {"folder": ""} == {
        "revision": 0,
        "can_undo": False,
        "can_redo": False,
        "reported": [],
        "refused": False,
        "folder": "",
    }
    assert facts["pyramid"]["columns"] == 2048
    assert (facts["mode"], facts["default_method"]) == ("current-clamp", "adaptive")


def test_the_stimulus_has_tiles_of_its_own(page):
    recording = api.read(recording_file(STEPS))
    _, data = page.tile(0, 6, "stimulus")
    np.testing.assert_array_equal(data[:, 0], recording.stimulus.read(6 * 2048, 7 * 2048))


def test_the_table_is_that_of_find(page):
    found = spikelens.find(spikelens.read(recording_file(STEPS)))
    table, answer = page.spikes(), page.get("/spikes")
    mine = table["state"] == "accepted"
    np.testing.assert_array_equal(table["sample_index"][mine], found.sample_index)
    np.testing.assert_allclose(table["time"][mine], found.time, atol=5e-8)
    np.testing.assert_allclose(table["width"][mine].astype(float), found["width"], rtol=1e-6)
    assert (answer["method"], answer["units"]["width"]) == ("adaptive", "s")
    assert answer["parameters"] == {"cut": 0.5, "model": None}
    assert np.isin(table["state"], ("accepted", "candidate")).all()


def test_some_columns_alone_can_be_asked_for(page):
    whole, some = (page.get("/spikes", **asked)["columns"] for asked in ({}, {"columns": "state,id,width,x"}))
    assert some == {name: whole[name] for name in ("id", "state", "width")}


def test_while_spikes_are_sought_the_table_is_empty_and_says_so(tmp_path, monkeypatch):
    go_on = threading.Event()
    found = desk.detected
    monkeypatch.setattr(desk, "detected", lambda *asked, **how: go_on.wait(60) and found(*asked, **how))
    library = Library([make_recording([5000])], sessions=tmp_path)
    page = Page(library)
    job = page.get()["job"]
    answer = page.get("/spikes")
    assert (answer["columns"], answer["method"], answer["job"]) == ({}, None, job)
    refused = page.post("/edits", revision=0, edits=[{"do": "reject", "id": 1}])
    assert refused.status_code == 400 and "still being found" in refused.json()["error"]
    assert page.get("/rate", bins=3)["counts"] == [0, 0, 0]
    assert unpack(page.ask("/waveforms").content)[0].size == 0
    go_on.set()
    page.wait(job)
    assert page.get("/spikes")["columns"]["id"] == [5000]
    library.close()


def test_the_overview_comes_before_the_spikes(tmp_path, monkeypatch):
    seen, found = [], desk.detected

    def noting(*asked, **how):
        seen.append(library.items()[0].opened.overview().done)
        return found(*asked, **how)

    monkeypatch.setattr(desk, "detected", noting)
    library = Library([make_recording([5000])], sessions=tmp_path)
    Page(library).wait()
    assert seen == [True]
    library.close()


def test_the_ribbon_counts_every_spike_once(page):
    n = int((page.spikes()["state"] == "accepted").sum())
    for bins in (1, 7, 1000):
        answer = page.get("/rate", bins=bins)
        assert len(answer["counts"]) == bins and sum(answer["counts"]) == n
    found = page.spikes()["sample_index"][page.spikes()["state"] == "accepted"]
    wanted, _ = np.histogram(found, bins=10, range=(0, page.get()["n_samples"]))
    assert page.get("/rate", bins=10)["counts"] == wanted.tolist()


def test_methods_are_declared_as_the_command_line_has_them(page):
    listed = page.client.get("/api/methods").json()
    assert [m["name"] for m in listed["detectors"]] == list(rooms.names("detectors"))
    for method in listed["detectors"]:
        schema = {p.name: p for p in rooms.load("detectors", method["name"]).schema()}
        for shown in method["parameters"]:
            declared = schema[shown["name"]]
            assert (shown["flag"], shown["unit"], shown["default"]) == (
                declared.flag,
                declared.unit,
                declared.default,
            )
            assert (shown["minimum"], shown["maximum"]) == (declared.low, declared.high)
    assert listed["default_by_mode"]["extracellular"] == "bandpass_mad"


def unpack(content):
    magic, n, length, before = struct.unpack("<4sIII", content[:16])
    assert magic == b"SLW1"
    ids = np.frombuffer(content, "<i4", n, offset=16)
    return ids, before, np.frombuffer(content, "<f4", offset=16 + 4 * n).reshape(n, length)


def test_waveforms_are_the_trace_around_each_spike(page):
    recording = api.read(recording_file(STEPS))
    ids, before, cut = unpack(page.ask("/waveforms", ids="all", before=0.002, after=0.004).content)
    table = page.spikes()
    assert ids.tolist() == table["id"][table["state"] == "accepted"].tolist()
    assert (before, cut.shape[1]) == (40, 120)
    for spike, wave in list(zip(ids, cut, strict=True))[::17]:
        np.testing.assert_array_equal(wave, recording.read(spike - 40, spike + 80)[:, 0])
    few, _, _ = unpack(page.ask("/waveforms", most=3).content)
    assert few.tolist() == [ids[0], ids[(len(ids) - 1) // 2], ids[-1]]
    chosen, _, _ = unpack(page.ask("/waveforms", ids=f"{ids[5]},{ids[2]},99").content)
    assert sorted(chosen) == sorted([ids[5], ids[2]])


def test_waveforms_end_where_the_sweep_does(tmp_path):
    trace = make_trace(20_000, 20_000.0, EDGE)
    library = Library([Recording.from_array(trace, 20_000.0)], sessions=tmp_path)
    page = Page(library)
    page.wait()
    page.edit({"do": "add", "sample_index": 8})
    ids, before, cut = unpack(page.ask("/waveforms", before=0.002, after=0.004).content)
    first = int(np.flatnonzero(ids == 5)[0])
    assert np.isnan(cut[first, : before - 5]).all()
    np.testing.assert_array_equal(cut[first, before - 5 :], trace[: 80 + 5])
    library.close()


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("/rate", {"bins": 0}),
        ("/rate", {"bins": "many"}),
        ("/rate", {"bins": 10**9}),
        ("/waveforms", {"before": 9}),
        ("/waveforms", {"after": "nan"}),
        ("/waveforms", {"most": 10**9}),
        ("/waveforms", {"ids": "1,x"}),
        ("/labels/next", {"n": -1}),
    ],
)
def test_what_is_out_of_bounds_is_refused_in_one_line(small, what, query):
    answer = small.ask(what, **query)
    assert answer.status_code == 400
    assert "must be" in answer.json()["error"] and "\n" not in answer.json()["error"]


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


def test_a_new_detection_keeps_what_the_hand_said(page):
    spike = int(page.spikes()["id"][page.spikes()["state"] == "accepted"][3])
    page.edit({"do": "reject", "id": spike})
    job = page.post("/detect", method="prominence", parameters={"cutoff": 0.02}).json()["job"]
    done = page.wait(job)
    assert done["state"] == "done" and done["progress"] == 1
    answer = page.get("/spikes")
    assert (answer["method"], answer["parameters"]["cutoff"]) == ("prominence", 0.02)
    assert answer["revision"] == 2 == done["result"]["revision"]
    table = page.spikes()
    assert table["state"][table["id"] == spike] == ["rejected"]
    found = spikelens.find(spikelens.read(recording_file(STEPS)), "prominence", cutoff=0.02)
    assert (table["state"] == "accepted").sum() == len(found) - 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"method": "magic"}, 404),
        ({"method": "level", "parameters": {"cutoff": 99}}, 400),
        ({"method": "level", "parameters": {"colour": 1}}, 404),
        ({"method": "level", "parameters": [1]}, 400),
        ({"channel": 7}, 404),
        ({"mode": "sleeping"}, 404),
        ({"polarity": "sideways"}, 404),
        ({"method": "adaptive", "parameters": {"model": "../../etc/passwd"}}, 404),
        ({"method": "adaptive", "parameters": {"model": "/etc/passwd"}}, 404),
    ],
)
def test_settings_that_make_no_sense_start_nothing(small, asked, status):
    answer = small.post("/detect", **asked)
    assert answer.status_code == status, answer.text
    assert "\n" not in answer.json()["error"]
    assert small.get()["job"] == small.library.open(small.id).job.id


def test_a_preview_says_what_would_appear_and_vanish(small):
    same = small.post("/preview", method="adaptive", start=0, stop=20_000).json()
    assert (same["appear"], same["vanish"], same["count"]) == ([], [], 6)
    none = small.post("/preview", method="level", parameters={"cutoff": 0.1}, start=0, stop=20_000).json()
    assert none["vanish"] == [2000, 6000, 9000, 12_000, 15_000, 18_000]
    assert small.get("/spikes")["method"] == "adaptive"


def test_a_preview_of_a_long_recording_looks_at_a_minute(tmp_path):
    rate = 1000.0
    trace = make_trace(200_000, rate, list(range(500, 200_000, 1000)))
    library = Library([Recording.from_array(trace, rate)], sessions=tmp_path)
    page = Page(library)
    page.wait()
    answer = page.post("/preview", method="level", start=100_000, stop=101_000).json()
    low, high = answer["part"]
    assert high - low == 60_000 and low <= 100_000 and high >= 101_000
    assert answer["count"] == len(answer["sample_index"]) in (59, 60)
    assert page.post("/preview", method="level", start=5, stop=4).status_code == 404
    library.close()


def test_a_whole_recording_can_be_compared_with_another_method_and_nothing_changes(tmp_path):
    """However long it is; what differs is what the two tables differ by."""
    recording = make_recording([k * 40_000 + 3000 for k in range(40)], n_samples=1_700_000)
    library = Library([recording], sessions=tmp_path)
    page = Page(library)
    before = page.spikes()
    asked = {"method": "level", "parameters": {"cutoff": 0.2}}
    done = page.wait(page.post("/compare", **asked).json()["job"])
    assert done["state"] == "done", done
    assert done["result"]["part"] == [0, 1_700_000]
    assert done["result"]["vanish"] == before["sample_index"][before["by_method"]].tolist()
    assert len(done["result"]["vanish"]) == 40 and done["result"]["appear"] == []
    assert page.get("/spikes")["revision"] == 0 and not list(tmp_path.rglob("session.json"))
    library.close()


def test_a_curve_counts_and_knows_the_hand(small):
    values = [-0.05, -0.02, 0.0, 0.2]
    asked = {"method": "level", "parameter": "cutoff", "values": values}
    answer = small.post("/sweep-curve", **asked).json()
    assert (answer["values"], answer["counts"], answer["errors"]) == (values, [6, 6, 6, 0], None)
    small.edit(
        {"do": "reject", "id": 2000},
        {"do": "accept", "id": 6000},
        {"do": "label", "id": 9000, "label": "spike"},
    )
    assert small.post("/sweep-curve", **asked).json()["errors"] == [1, 1, 1, 2]


@pytest.mark.parametrize(
    "asked", [{"parameter": "cutoff"}, {"values": [1]}, {"parameter": "cutoff", "values": [0] * 101}]
)
def test_a_curve_needs_a_parameter_and_values(small, asked):
    assert small.post("/sweep-curve", method="level", **asked).status_code == 400


def test_a_job_can_be_called_off(small, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(recording, settings, *, progress):
        begun.set()
        go_on.wait(30)
        progress(1, 2)

    monkeypatch.setattr(desk, "detected", slow)
    job = small.post("/detect", method="level").json()["job"]
    begun.wait(30)
    assert small.client.get(f"/api/jobs/{job}").json()["state"] == "running"
    small.client.post(f"/api/jobs/{job}/cancel")
    go_on.set()
    assert small.wait(job)["state"] == "cancelled"
    assert small.get("/spikes")["method"] == "adaptive"
    assert small.client.get("/api/jobs/none").status_code == 404


def test_too_many_jobs_are_refused(small, monkeypatch):
    go_on = threading.Event()
    for _ in range(jobs.AT_ONCE + jobs._WAITING):
        small.library.jobs.start("waiting", lambda job: go_on.wait(30))
    answer = small.post("/detect", method="level")
    go_on.set()
    assert answer.status_code == 400 and "too many" in answer.json()["error"]


def test_an_error_of_our_own_is_said_and_the_server_goes_on(small, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(desk, "detected", broken)
    job = small.wait(small.post("/detect", method="level").json()["job"])
    assert job["state"] == "failed" and "ZeroDivisionError" in job["error"]
    assert small.get("/spikes")["method"] == "adaptive"


def test_the_doubtful_come_most_doubtful_first_and_are_counted(page):
    table = page.spikes()
    probability = table["probability"].astype(float)
    doubtful = np.flatnonzero((probability > 0.05) & (probability < 0.95))
    wanted = table["id"][doubtful[np.argsort(np.abs(probability[doubtful] - 0.5), kind="stable")]].tolist()
    answer = page.get("/labels/next", n=1000)
    assert answer == {"ids": wanted, "left": len(wanted)}
    if wanted:
        page.edit({"do": "label", "id": wanted[0], "label": "spike"})
        assert page.get("/labels/next") == {"ids": wanted[1:2], "left": len(wanted) - 1}


def test_without_probabilities_those_near_the_divide_come_first(small):
    small.wait(small.post("/detect", method="prominence").json()["job"])
    table = small.spikes()
    answer = small.get("/labels/next", n=3)
    assert answer["left"] == len(table["id"]) and len(answer["ids"]) == 3
    small.edit({"do": "reject", "id": 2000})
    assert small.get("/labels/next", by="differ", n=9) == {"ids": [2000], "left": 1}
    assert small.ask("/labels/next", by="colour").status_code == 404


def test_hand_and_method_differ_by_a_label_too(small):
    small.edit(
        {"do": "label", "id": 2000, "label": "artefact"}, {"do": "label", "id": 6000, "label": "spike"}
    )
    small.edit({"do": "label", "id": 9000, "label": "burst"})
    assert small.get("/labels/next", by="differ", n=9) == {"ids": [2000], "left": 1}


def test_training_learns_from_the_hand_and_the_command_line_agrees(tmp_path):
    source = recording_file("sim/hard_13.npz")
    library = Library([source], sessions=tmp_path / "s")
    page = Page(library)
    table = page.spikes()
    truth = np.load(source)["spike_times_s"]
    early = page.wait(page.post("/train").json()["job"])
    assert early["state"] == "failed" and "too few" in early["error"]
    order = np.argsort(np.abs(table["probability"].astype(float) - 0.5), kind="stable")[:30]
    near = np.abs(table["time"][order][:, None] - truth).min(axis=1) < 1e-3
    edits = [
        {"do": "label", "id": int(i), "label": "spike" if yes else "noise"}
        for i, yes in zip(table["id"][order], near, strict=True)
    ]
    page.edit(*edits)
    done = page.wait(page.post("/train", save="my cell").json()["job"])
    assert done["state"] == "done", done
    result = done["result"]
    assert result["n_labels"] == 30 and result["n_off"] == 0
    assert 25 <= result["n_followed"] <= 30
    answer = page.get("/spikes")
    assert answer["parameters"]["model"] == "my cell.spikemodel"
    assert result["model"].endswith(".spikelens/my cell.spikemodel")
    table = page.spikes()
    (model,) = (tmp_path / "s").glob("*.spikelens/my cell.spikemodel")
    out = ["--no-report", "--quiet", "--out", str(tmp_path / "out")]
    assert run(["find", str(source), "--model", str(model), *out]) == 0
    by_command = pd.read_csv(tmp_path / "out" / "hard_13" / "spikes.csv")
    assert by_command["sample_index"].tolist() == table["sample_index"][table["by_method"]].tolist()
    assert result["after"]["n"] == int(np.isin(table["state"], ("accepted", "added")).sum())
    again = Library([source], sessions=tmp_path / "s")
    reopened = Page(again)
    reopened.wait()
    assert reopened.get("/spikes")["columns"] == page.get("/spikes")["columns"]
    for made in (library, again):
        made.close()


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "", "x" * 99, 7])
def test_a_models_name_is_no_path(small, name):
    answer = small.post("/train", save=name)
    assert answer.status_code == (200 if name == "" else 400)


@pytest.mark.parametrize("method", [None, "prominence"])
def test_an_exported_table_is_the_command_lines_to_the_byte(page, tmp_path, method):
    if method:
        page.wait(page.post("/detect", method=method, parameters={"cutoff": 0.015}).json()["job"])
    flags = ["--method", method, "--cutoff", "0.015"] if method else []
    source = str(recording_file(STEPS))
    assert run(["find", source, "--no-report", "--quiet", "--out", str(tmp_path / "out"), *flags]) == 0
    answer = page.post("/export", format="csv")
    assert 'filename="171116sh_0018.csv"' in answer.headers["content-disposition"]
    written = tmp_path / "out" / "171116sh_0018"
    assert answer.content == (written / "spikes.csv").read_bytes()
    (tmp_path / "a.parquet").write_bytes(page.post("/export", format="parquet").content)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "a.parquet"), pd.read_parquet(written / "spikes.parquet")
    )


def test_an_exported_table_is_the_corrected_one(small):
    small.edit({"do": "reject", "id": 2000}, {"do": "kind", "id": 6000, "kind": 2})
    lines = small.post("/export", format="csv").text.splitlines()
    assert len(lines) == 6
    assert (
        lines[0].endswith(",author,kind") and lines[1].endswith(",person,2") and lines[2].endswith(",method,")
    )


def test_a_recordings_name_makes_a_name_of_a_file(tmp_path):
    library = Library([make_recording([5000], name='a/b: "c" é')], sessions=tmp_path)
    page = Page(library)
    page.wait()
    answer = page.post("/export", format="csv")
    assert answer.status_code == 200
    assert "filename*=utf-8''a_b_%20_c_%20%C3%A9.csv" in answer.headers["content-disposition"]
    library.close()


def test_nwb_holds_the_subject_and_the_session(page, tmp_path):
    facts = {
        "subject_id": "m7",
        "species": "Mus musculus",
        "sex": "F",
        "age": "P30D",
        "experimenter": "Ann",
        "lab": "ours",
        "session_description": "steps",
        "session_start_time": "2020-01-31T14:00",
    }
    answer = page.post("/export", format="nwb", facts=facts)
    assert answer.status_code == 200
    (tmp_path / "a.nwb").write_bytes(answer.content)
    with h5py.File(tmp_path / "a.nwb") as file:
        assert file["general/subject/subject_id"][()].decode() == "m7"
        assert file["general/experimenter"][0].decode() == "Ann"
        assert file["session_description"][()].decode() == "steps"
        assert file["session_start_time"][()].decode().startswith("2020-01-31T14:00")
        n = int((page.spikes()["state"] == "accepted").sum())
        assert file["units/spike_times"].shape == (n,)
    recording = spikelens.read(tmp_path / "a.nwb")
    assert recording.n_samples == page.get()["n_samples"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"format": "pickle"}, 404),
        ({}, 404),
        ({"format": "csv", "facts": "none"}, 400),
        ({"format": "nwb", "facts": {"mood": "good"}}, 404),
        ({"format": "nwb", "facts": {"lab": 7}}, 400),
        ({"format": "nwb", "facts": {"session_start_time": "tomorrow"}}, 400),
    ],
)
def test_exports_that_make_no_sense_are_refused(small, asked, status):
    assert small.post("/export", **asked).status_code == status


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
    path = tmp_path / "cell.npz"
    Npz().write_recording(path, make_recording([5000, 9000]))
    library = Library([path])
    page = Page(library)
    page.wait()
    page.edit({"do": "reject", "id": 5000})
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
    path = tmp_path / "cell.npz"
    Npz().write_recording(path, make_recording([5000, 9000]))
    library = Library([path])
    page = Page(library)
    page.wait()
    page.edit({"do": "reject", "id": 5000})
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
