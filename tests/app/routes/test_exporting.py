"""Routes that export: what the command line writes."""

from __future__ import annotations

import h5py
import pandas as pd
import pytest

import spikelens
from spikelens.app.library import Library
from spikelens.cli import run
from tests.app.serving import Page
from tests.data import recording_file
from tests.factory import make_recording

STEPS = "pyabf/171116sh_0018.abf"


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
