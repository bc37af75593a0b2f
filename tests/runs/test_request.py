"""What a run was asked: checked before anything is read, and told apart by its key."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from spikelens.errors import BadParameter, UnknownName, UnreadableFile
from spikelens.runs.request import Request

CHANGES = {
    "method": "level",
    "parameters": {"cutoff": 0.02},
    "hints": {"unit": "mV"},
    "channel": "1",
    "mode": "cell-attached",
    "polarity": "down",
    "align": "onset",
    "blank": ("ttl:0:1",),
    "start": 0.0,
    "stop": 3.0,
    "feature_rule": "ipfx",
    "feature_parameters": {"timescale": 2.0},
    "junction_potential": 0.01,
    "labels": Path("labels.csv"),
    "save_model": Path("cell.spikemodel"),
    "candidates": True,
    "probe": {"radius": 80.0},
    "report": False,
    "kinds": True,
}


def test_every_setting_is_tried_here():
    assert set(CHANGES) == {field.name for field in dataclasses.fields(Request)}


@pytest.mark.parametrize("name", CHANGES)
def test_each_setting_makes_another_key(name):
    plain, other = Request(), Request(**{name: CHANGES[name]})
    assert plain.key("f") != other.key("f")
    assert other.key("f") == Request(**{name: CHANGES[name]}).key("f")
    assert plain.key("f") != plain.key("g")
    assert other.facts()[name] == CHANGES[name]


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"method": "magic"}, UnknownName, "no detector 'magic'"),
        ({"mode": "dynamic-clamp"}, UnknownName, "no mode 'dynamic-clamp'"),
        ({"polarity": "left"}, UnknownName, "auto, up, down, both"),
        ({"align": "trough"}, UnknownName, "peak, onset"),
        ({"feature_rule": "train"}, UnknownName, "no feature_rule 'train'"),
        ({"method": "level", "parameters": {"within": 1}}, UnknownName, "parameter of level"),
        ({"method": "prominence", "parameters": {"cutoff": -1}}, BadParameter, "cutoff must be at least"),
        ({"feature_parameters": {"loudness": 1}}, UnknownName, "parameter of spikelens"),
        ({"hints": {"unitt": "mV"}}, UnknownName, "unitt"),
        ({"save_model": Path("a.spikemodel")}, BadParameter, "give --labels too"),
        ({"method": "adaptive", "parameters": {"model": "none.spikemodel"}}, UnreadableFile, "No such file"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(asked, error, words):
    with pytest.raises(error, match=words):
        Request(**asked).checked()


def test_what_can_be_is_returned_as_it_is():
    request = Request(method="slope", mode="current-clamp", polarity="both", align="onset")
    assert request.checked() is request


def test_what_named_files_hold_makes_another_key_and_their_absence_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    times = Path("times.csv")
    asked = [
        Request(labels=times),
        Request(method="adaptive", parameters={"model": "times.csv"}),
        Request(blank=("times.csv:-1ms:5ms",)),
    ]
    absent = [request.key("f") for request in asked]
    times.write_text("time,label\n1,spike\n")
    before = [request.key("f") for request in asked]
    assert before == [request.key("f") for request in asked]
    times.write_text("time,label\n2,spike\n")
    after = [request.key("f") for request in asked]
    assert len({*absent, *before, *after}) == 9
    assert Request(blank=("ttl:0:1ms",)).key("f") == Request(blank=("ttl:0:1ms",)).key("f")
