from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spikelens.errors import BadParameter, UnknownName, UnreadableFile
from spikelens.recording import Events, Recording, Sweeps
from spikelens.runs.blanks import blank_events, blank_warnings
from spikelens.runs.request import Request


@pytest.fixture
def recording():
    events = Events.at([1.0, 2.0], [1.1, 2.1], source="ttl") + Events.at([5.0], source="tag")
    return dataclasses.replace(Recording.from_array(np.zeros(1000), 100.0), events=events)


@pytest.mark.parametrize(
    ("spec", "start", "stop"),
    [
        ("ttl:-1ms:5ms", [0.999, 1.999], [1.005, 2.005]),
        ("ttl@stop:0:0.5", [1.1, 2.1], [1.6, 2.6]),
        ("tag:-.5s:1s", [4.5], [6.0]),
    ],
)
def test_time_around_events_is_taken_out(recording, spec, start, stop):
    blanks = blank_events(recording, [spec])
    np.testing.assert_allclose(blanks.start, start)
    np.testing.assert_allclose(blanks.stop, stop)
    assert set(blanks.label) == {"blank"}


def test_times_may_come_from_a_file(recording, tmp_path):
    path = tmp_path / "stimulus.csv"
    path.write_text("time,what\n3.0,a\n1.0,b\n")
    np.testing.assert_allclose(blank_events(recording, [f"{path}:0:3ms"]).start, [1.0, 3.0])


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        ("ttl", BadParameter, "SOURCE:FROM:TO"),
        ("ttl:1ms:-1ms", BadParameter, "TO must come after FROM"),
        ("ttl:1e:2", BadParameter, "as a time"),
        ("light:0:1", UnknownName, "tag, ttl"),
        ("nothing.csv:0:1", UnreadableFile, "cannot read nothing.csv"),
    ],
)
def test_what_cannot_be_read_is_said(recording, spec, error, words):
    with pytest.raises(error, match=words):
        blank_events(recording, [spec])


def test_a_file_without_times_is_said(recording, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("onset\n1\n")
    with pytest.raises(UnreadableFile, match="no column 'time'; it has: onset"):
        blank_events(recording, [f"{path}:0:1"])
    path.write_text("time\nsoon\n")
    with pytest.raises(UnreadableFile, match="not a number"):
        blank_events(recording, [f"{path}:0:1"])


def test_stretches_may_come_from_a_file_as_they_are(recording, tmp_path):
    path = tmp_path / "proposed.csv"
    path.write_text("start,stop,label\n1.5,2.5,seal loss\n4,6,\n")
    blanks = blank_events(recording, [str(path), "ttl:0:1ms"])
    np.testing.assert_allclose(blanks.start, [1.5, 4.0, 1.0, 2.0])
    np.testing.assert_allclose(blanks.stop, [2.5, 6.0, 1.001, 2.001])
    assert set(blanks.label) == {"blank"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start,end\n1,2\n", "no column 'stop'; it has: start, end"),
        ("start,stop\n1,2\n3,2\n", "line 3"),
        ("start,stop\n1,soon\n", "line 2"),
        ("", "cannot read"),
    ],
)
def test_stretches_that_are_none_are_said(recording, tmp_path, text, words):
    path = tmp_path / "proposed.csv"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=words):
        blank_events(recording, [str(path)])


def test_a_changed_table_of_blanks_is_another_request(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("start,stop\n1,2\n")
    alone, around = Request(blank=(str(path),)), Request(blank=(f"{path}:0:1ms",))
    before = alone.key("x"), around.key("x")
    assert alone.key("x") == before[0]
    path.write_text("start,stop\n1,3\n")
    assert alone.key("x") != before[0] and around.key("x") != before[1]
    assert Request(blank=("ttl:0:1ms",)).facts()["blank"] == ("ttl:0:1ms",)


def test_what_blanks_nothing_is_said(recording):
    apart = dataclasses.replace(recording, sweeps=Sweeps.of_lengths([500, 500], [0.0, 100.0]))
    assert blank_warnings(apart, Events.at([1.0, 4.9], [1.1, 5.2])) == []
    (said,) = blank_warnings(apart, Events.at([1.0, 50.0, 200.0], [1.1, 51.0, 201.0]))
    assert said.startswith("2 of 3 blanked stretches, the first at 50 s,")
    assert blank_warnings(apart, Events.none()) == []
