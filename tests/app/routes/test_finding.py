"""Routes that find: detections, previews, curves, jobs."""

from __future__ import annotations

import threading

import pytest

import spikelens
from spikelens.app import desk, jobs
from spikelens.app.library import Library
from spikelens.recording import Recording
from tests.app.serving import Page
from tests.data import recording_file
from tests.factory import make_recording, make_trace

STEPS = "pyabf/171116sh_0018.abf"


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

    def slow(recording, settings, *, probe, progress):
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
