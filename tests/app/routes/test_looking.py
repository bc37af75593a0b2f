"""Routes that look: list, facts, table, waveforms."""

from __future__ import annotations

import json
import struct
import threading

import numpy as np
import pytest

import spikelens
from spikelens import api, rooms
from spikelens.app import desk
from spikelens.app.library import Library
from spikelens.recording import Recording
from tests.app.serving import Page
from tests.data import recording_file
from tests.factory import make_recording, make_trace

STEPS = "pyabf/171116sh_0018.abf"
EDGE = [5, 9000, 19_995]


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
