"""What the command line says of recordings: more events, and time in which no spike is sought."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from spikelens import api
from spikelens.app.library import Library
from spikelens.app.told import Told, observed
from spikelens.cli import run
from spikelens.errors import SpikelensError
from spikelens.recording import Events
from tests.app.serving import Page
from tests.data import recording_file
from tests.factory import make_recording

PULSES = "pyabf/opto_aps_good_units.abf"


def test_without_a_word_a_recording_stays_as_it_is():
    recording = make_recording([5000])
    assert Told().of(recording) is recording


def test_blanked_time_is_not_observed_and_told_as_an_event(tmp_path):
    stretches = tmp_path / "bad.csv"
    stretches.write_text("start,stop\n0.2,0.4\n")
    recording = Told(blank=[str(stretches)]).of(make_recording([5000, 15_000]))
    assert recording.events.label == ("blank",)
    where = observed(recording)
    assert (where.start.tolist(), where.stop.tolist()) == ([0, 8000], [4000, recording.n_samples])
    library = Library([recording], sessions=tmp_path / "s")
    page = Page(library)
    assert page.spikes()["sample_index"].tolist() == [15_000]
    refused = page.edit({"do": "add", "sample_index": 5000})
    assert refused.status_code == 404 and "missing" in refused.json()["error"]
    library.close()


def test_events_of_a_table_are_shown_with_their_conditions(tmp_path):
    table = tmp_path / "tones.csv"
    table.write_text("start,stop,frequency\n0.1,0.2,1000\n0.5,0.6,2000\n")
    events = Told(events=[str(table)]).of(make_recording([5000])).events
    assert events.start.tolist() == [0.1, 0.5]
    assert np.allclose(events.stop, [0.2, 0.6])
    assert events.label == ("frequency 1000", "frequency 2000")
    assert set(events.source) == {"tones.csv"}


def test_onsets_of_the_stimulus_trace_can_be_events():
    recording = api.read(recording_file("pyabf/171116sh_0018.abf"))
    told = Told(events=["stimulus"]).of(recording)
    more = told.events.of_source("stimulus")
    assert len(told.events) == len(recording.events) + len(more)
    assert len(more) >= len(recording.sweeps) - 1
    assert all(label.startswith("amplitude") for label in more.label)


def test_events_on_another_clock_are_not_mixed_with_others():
    import dataclasses

    elsewhere = dataclasses.replace(Events.at([0.1]), clock="computer")
    recording = dataclasses.replace(make_recording([5000]), events=elsewhere)
    assert observed(recording).n_samples() == recording.n_samples
    assert len(Told(blank=[]).of(recording).events) == 1


@pytest.mark.parametrize("said", [{"blank": ["nothing:0:5ms"]}, {"events": ["nothing"]}, {"blank": ["ttl"]}])
def test_what_makes_no_sense_is_said_when_the_recording_is_opened(tmp_path, said):
    library = Library([make_recording([5000])], sessions=tmp_path, told=Told(**said))
    with pytest.raises(SpikelensError, match=r"nothing|ttl"):
        library.open(library.items()[0].id)
    assert library.items()[0].state == "failed"
    library.close()


def test_with_blanks_the_page_exports_what_the_command_line_writes(tmp_path):
    source = recording_file(PULSES)
    spec = "epoch:0:200ms"
    library = Library([source], sessions=tmp_path / "s", told=Told(blank=[spec]))
    page = Page(library)
    page.wait()
    exported = page.post("/export", format="csv").content
    out = ["--no-report", "--quiet", "--out", str(tmp_path / "out")]
    assert run(["find", str(source), "--blank", spec, *out]) == 0
    (written,) = (tmp_path / "out").rglob("spikes.csv")
    assert exported == written.read_bytes()
    library.close()


def test_the_flags_are_there():
    done = subprocess.run(
        [sys.executable, "-m", "spikelens", "view", "--help"], capture_output=True, text=True, check=True
    )
    assert "--blank" in done.stdout and "--events" in done.stdout
