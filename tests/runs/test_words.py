from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tests.factory import make_recording

from spikelens import api
from spikelens.errors import InputError, UnsupportedInput
from spikelens.recording import Events, Recording
from spikelens.runs.finding import find_in
from spikelens.runs.request import Request
from spikelens.runs.words import failure, methods_paragraph, screen, screens

PEAKS = [3000, 9000, 15_000]


def paragraph(request=None, **facts):
    request = request or Request()
    found = find_in(make_recording(PEAKS, **facts), request)
    return methods_paragraph(found.recording, found.spikes, request)


def test_the_paragraph_names_rules_settings_and_counts():
    words = paragraph(Request(method="prominence"))
    assert "current-clamp, 20000 Hz, 1 sweep, 1 s observed" in words
    assert "method prominence (Peaks with a given prominence" in words
    assert "cutoff 0.01 V, within 0.01 s" in words
    assert "not corrected for the liquid junction potential" in words
    assert "3 spikes were found." in words


def test_the_paragraph_says_what_was_left_out():
    found = make_recording(PEAKS)
    told = dataclasses.replace(found, events=Events.at([0.149, 0.7], source="ttl"))
    request = Request(blank=("ttl:0ms:5ms",), start=0.1)
    answer = find_in(told, request)
    words = methods_paragraph(answer.recording, answer.spikes, request)
    assert "Only the time from 0.1 s to the end was analysed." in words
    assert "The time around 2 events (ttl:0ms:5ms) was blanked before detection" in words
    assert "2 spikes were found." in words


def test_the_paragraph_cites_the_papers_that_methods_name():
    words = paragraph(Request(method="bandpass_mad"))
    assert "To cite: Spikelens " in words
    assert words.count("Quian Quiroga, Nadasdy and Ben-Shaul (2004)") == 1
    assert words.count("IPFX (Allen Institute") == 1
    assert "not causal, low 300 Hz" in words


def test_of_a_voltage_clamp_it_says_that_nothing_was_sought():
    words = paragraph(mode="voltage-clamp")
    assert words.startswith("No spikes were sought")
    assert "prominence" not in words


def test_one_spike_is_not_spikes():
    found = find_in(make_recording([3000]), Request())
    assert "1 spike was found." in methods_paragraph(found.recording, found.spikes)


RECORD = {
    "path": "data/a.abf",
    "n_spikes": 12,
    "exposure": 60.0,
    "rate": 0.2,
    "n_sweeps": 3,
    "method": "level",
    "mode": "current-clamp",
    "features": [],
    "warnings": ["distrust this"],
    "outputs": ["out/a/spikes.csv"],
}


def test_one_recording_is_told_in_full_and_many_in_a_line_each():
    assert "warning: distrust this" in screens([RECORD])
    many = [{**RECORD, "outputs": [f"out/a{k}/spikes.csv"], "already_done": k == 0} for k in range(20)]
    lines = screens(many).splitlines()
    assert len(lines) == 20
    assert "12 spikes" in lines[0]
    assert "1 warning, done already" in lines[0]
    assert "done" not in lines[1]
    assert screens([]) == ""


def test_a_voltage_clamp_is_not_said_to_have_no_spikes():
    assert "no spikes sought" in screen({**RECORD, "mode": "voltage-clamp", "n_spikes": 0})


@pytest.mark.parametrize("said", ["data/a.abf does not exist", "data/a.abf: gone", "a: gone", "gone"])
def test_a_failure_names_its_file_once(said):
    line = failure(Path("data/a.abf"), InputError(said))
    assert line.count("data/a.abf") == 1
    assert line.endswith(said.partition(" ")[2])


def test_events_of_another_clock_cannot_be_blanked_and_harm_nothing_else():
    recording = make_recording(PEAKS)
    session = dataclasses.replace(Events.at([100.0], source="ttl"), clock="session")
    told = dataclasses.replace(recording, events=session)
    assert len(find_in(told, Request()).spikes) == 3
    with pytest.raises(UnsupportedInput, match="session's clock"):
        find_in(told, Request(blank=("ttl:0:1ms",)))


def test_known_gaps_and_those_sought_leave_the_same_time():
    trace = make_recording(PEAKS).read()[:, 0]
    trace[5000:5100] = np.nan
    holed = Recording.from_array(trace, 20_000.0)
    runs = np.array([[5000, 5100]], np.int64)
    known, sought = api.observed(holed, missing=runs), api.observed(holed)
    np.testing.assert_array_equal(known.start, sought.start)
    np.testing.assert_array_equal(known.stop, sought.stop)
