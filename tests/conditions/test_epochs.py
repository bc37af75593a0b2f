"""Epochs from events and from files, and what is said of those that cannot be."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spikelens import api
from spikelens.conditions.epochs import BASELINE, Epoch, by_label, epochs_of
from spikelens.errors import BadParameter, OutsideRecording, UnknownName, UnreadableFile, UnsupportedInput
from spikelens.recording import Events, Recording
from tests.data import recording_file

RATE = 1000.0


def recording_with(events: Events, *, n_sweeps: int = 1) -> Recording:
    trace = np.zeros(100_000, np.float32)
    lengths = [100_000 // n_sweeps] * n_sweeps
    recording = Recording.from_array(trace, RATE, sweep_lengths=lengths, name="cell")
    return dataclasses.replace(recording, events=events)


def table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "epochs.csv"
    path.write_text(text)
    return str(path)


def test_tags_begin_conditions_that_last_until_the_next() -> None:
    tags = Events.at([60.0, 30.0], label=["wash", "drug"], source="tag")
    assert epochs_of(recording_with(tags), "tag") == [
        Epoch(BASELINE, 0.0, 30.0),
        Epoch("drug", 30.0, 60.0),
        Epoch("wash", 60.0, 100.0),
    ]


def test_a_tag_at_the_start_names_the_first_epoch_and_one_after_the_end_none() -> None:
    tags = Events.at([0.0, 50.0, 120.0], label=["control", "", "late"], source="tag")
    assert [e.label for e in epochs_of(recording_with(tags), "tag")] == ["control", "event 2"]


def test_time_to_settle_is_left_out_of_all_but_the_first() -> None:
    tags = Events.at([30.0, 95.0], label=["drug", "short"], source="tag")
    assert epochs_of(recording_with(tags), "tag", settle=10.0) == [
        Epoch(BASELINE, 0.0, 30.0),
        Epoch("drug", 40.0, 95.0),
    ]


def test_nothing_left_after_settling_is_said(tmp_path: Path) -> None:
    late = table(tmp_path, "label,start\ndrug,90\n")
    with pytest.raises(BadParameter, match="no epoch of cell is longer than the 20 s left to settle"):
        epochs_of(recording_with(Events.none()), late, settle=20.0)


def test_a_file_gives_times_or_sweeps(tmp_path: Path) -> None:
    recording = recording_with(Events.none(), n_sweeps=10)
    timed = table(tmp_path, "label,start,stop\ncontrol,0,20\ndrug,50,\n")
    assert epochs_of(recording, timed) == [Epoch("control", 0, 20), Epoch("drug", 50, 100)]
    by_sweep = table(tmp_path, "label,first_sweep,last_sweep\ncontrol,0,2\ndrug,3,9\n")
    control, drug = epochs_of(recording, by_sweep)
    assert (control.start, drug.start) == (0, 30)
    assert (control.stop, drug.stop) == (pytest.approx(30), pytest.approx(100))


def test_labels_may_come_back() -> None:
    epochs = [Epoch("light", 0, 1), Epoch("dark", 1, 2), Epoch("light", 2, 3)]
    assert by_label(epochs) == {"light": [epochs[0], epochs[2]], "dark": [epochs[1]]}


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("label,begin\na,0\n", UnreadableFile, "it needs columns label,start,stop"),
        ("start\n0\n", UnreadableFile, "it needs columns"),
        ("label,start\na,soon\n", UnreadableFile, "'start' holds something that is not a number"),
        ("label,start\n,3\n", UnreadableFile, "names no condition"),
        ("label,start,stop\na,0,30\nb,20,40\n", BadParameter, "overlaps the one before it"),
        ("label,start,stop\na,30,10\n", BadParameter, "ends before it begins"),
        ("label,start,stop\na,0,300\n", OutsideRecording, "outside the recording's 0 to 100 s"),
        ("label,first_sweep,last_sweep\na,0,3\n", OutsideRecording, "sweeps 0 to 3; cell has 0 to 0"),
    ],
)
def test_a_file_that_cannot_be_used_is_said(
    tmp_path: Path, text: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        epochs_of(recording_with(Events.none()), table(tmp_path, text))


def test_sources_that_are_not_there_and_other_clocks_are_said(tmp_path: Path) -> None:
    tags = Events.at([1.0], label="drug", source="tag")
    with pytest.raises(UnknownName, match="tag"):
        epochs_of(recording_with(tags), "ttl")
    with pytest.raises(UnreadableFile, match="cannot read"):
        epochs_of(recording_with(tags), str(tmp_path / "none.csv"))
    with pytest.raises(UnsupportedInput, match="by sweep"):
        epochs_of(recording_with(dataclasses.replace(tags, clock="file")), "tag")


def test_the_tags_of_a_real_recording_become_epochs() -> None:
    recording = api.read(recording_file("pyabf/File_axon_2.abf"))
    epochs = epochs_of(recording, "tag")
    assert [round(e.start, 1) for e in epochs] == [0.0, 26.8, 426.7, 625.4]
    assert epochs[1].label == "Clampex start acquisition"
    assert sum(e.stop - e.start for e in epochs) == pytest.approx(recording.duration)
