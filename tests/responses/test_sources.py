"""Stimuli from every source, and what is said of those that are no good."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import spikelens
from spikelens.errors import (
    BadParameter,
    MissingFact,
    OutsideRecording,
    UnknownName,
    UnreadableFile,
    UnsupportedInput,
)
from spikelens.recording import Channel, Events, Stimulus, Sweeps
from spikelens.responses.csvfiles import joined
from spikelens.responses.sources import stimuli_from, usual_source
from spikelens.sources import ArraySource
from tests.data import recording_file
from tests.responses.cells import empty, stimuli_at


@pytest.fixture
def csv(tmp_path):
    def write(text, name="tones.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def timed(recording, *starts):
    return dataclasses.replace(recording, sweeps=Sweeps(recording.sweeps.bounds, np.array(starts)))


def test_a_csv_gives_times_conditions_and_durations(csv):
    path = csv("\ufefffrequency,start,stop,sound\n8000,0.5,0.525,tone\n,0.2,0.225, noise\n")
    found = stimuli_from(empty(1.0), str(path))
    np.testing.assert_allclose(found.onset, [0.2, 0.5])
    np.testing.assert_allclose(found.duration, 0.025)
    np.testing.assert_array_equal(found.conditions["frequency"], [np.nan, 8000])
    assert found.conditions["sound"].tolist() == ["noise", "tone"]
    assert found.origin == "tones.csv" and not found.warnings


@pytest.mark.parametrize("name", ["start", "time", "onset"])
def test_times_are_on_the_recordings_clock_or_within_sweeps(csv, name):
    recording = timed(empty(1.0, 1.0), 0.0, 60.0)
    on_clock = stimuli_from(recording, csv(f"{name}\n0.25\n60.5\n"))
    within = stimuli_from(recording, csv(f"{name},sweep\n0.5,1\n0.25,0\n"))
    for found in (on_clock, within):
        assert found.sweep.tolist() == [0, 1]
        np.testing.assert_allclose(found.onset, [0.25, 0.5])
        assert np.isnan(found.duration).all()


def test_columns_in_memory_are_a_table():
    import pandas as pd

    columns = {"start": [0.5, 0.2], "frequency": [1.0, 2.0]}
    for given in (columns, pd.DataFrame(columns)):
        found = stimuli_from(empty(1.0), given)
        np.testing.assert_allclose(found.onset, [0.2, 0.5])
        assert found.conditions["frequency"].tolist() == [2.0, 1.0]
    with pytest.raises(UnreadableFile, match="the table given has no column 'start'"):
        stimuli_from(empty(1.0), {"begin": [1.0]})


def test_stimuli_outside_are_left_out_and_told(csv):
    found = stimuli_from(empty(1.0), csv("start\n-0.1\n0.5\n1.0\n7\n"))
    assert found.onset.tolist() == [0.5]
    assert found.warnings == ("3 of 4 stimuli lie outside the recording and are left out",)


def test_the_first_sample_of_a_sweep_belongs_to_it(csv):
    recording = empty(*[0.3] * 7)
    found = stimuli_from(recording, csv("start\n" + "\n".join(f"{0.3 * k:.7f}" for k in range(7))))
    assert found.sweep.tolist() == list(range(7))
    np.testing.assert_allclose(found.onset, 0, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("start\n200\n500\n", "milliseconds or samples"),
        ("start\n1.5\n", "a column sweep"),
        ("start,sweep\n0.5,3\n", "1 sweep"),
    ],
)
def test_when_all_lie_outside_the_likely_cause_is_told(csv, text, told):
    with pytest.raises(OutsideRecording, match=told):
        stimuli_from(empty(1.0), csv(text))


def test_times_of_a_chained_clock_do_not_fit_a_recorded_one(csv):
    recording = timed(empty(1.0, 1.0), 0.0, 60.0)
    with pytest.raises(OutsideRecording, match="recorded clock, 2 sweeps"):
        stimuli_from(recording, csv("start\n1.25\n1.5\n"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("frequency\n3\n", "no column 'start'; it has: frequency"),
        ("start\nsoon\n", "not a number, in row 2"),
        ("start,stop\n0.1,0.2\n0.5,0.4\n", "stops before it starts, in row 3"),
        ("start,sweep\n0.5,0.5\n", "whole number"),
        ("start\n", "no rows"),
        ("", "cannot read"),
    ],
)
def test_tables_that_are_no_good_are_refused_with_the_row(csv, text, told):
    with pytest.raises(UnreadableFile, match=told):
        stimuli_from(empty(1.0), csv(text))


def test_a_missing_file_and_an_unknown_source(tmp_path):
    with pytest.raises(UnreadableFile, match="No such file"):
        stimuli_from(empty(1.0), tmp_path / "none.csv")
    recording = dataclasses.replace(empty(1.0), events=Events.at([0.5], source="ttl"))
    with pytest.raises(UnknownName, match="there are: ttl, ac2"):
        stimuli_from(recording, "tag")


def test_events_of_the_recording_by_their_source_and_either_edge():
    events = Events.at([0.1, 0.4], [0.15, 0.4], label=["a", "b"], value=[1.0, 2.0], source="ttl")
    recording = dataclasses.replace(empty(1.0), events=events + Events.at([0.2], source="tag"))
    found = stimuli_from(recording, "ttl")
    np.testing.assert_allclose(found.onset, [0.1, 0.4])
    np.testing.assert_allclose(found.duration, [0.05, np.nan])
    assert found.conditions["label"].tolist() == ["a", "b"]
    assert found.conditions["value"].tolist() == [1.0, 2.0]
    np.testing.assert_allclose(stimuli_from(recording, "ttl@stop").onset, [0.15, 0.4])
    assert "value" not in stimuli_from(recording, "tag").conditions
    given = stimuli_from(recording, events)
    np.testing.assert_array_equal(given.onset, found.onset)
    assert stimuli_from(recording, given) is given


def test_events_of_another_clock_are_refused():
    events = dataclasses.replace(Events.at([0.1], source="ttl"), clock="amplifier")
    recording = dataclasses.replace(empty(1.0), events=events)
    with pytest.raises(UnsupportedInput, match="amplifier's clock"):
        stimuli_from(recording, "ttl")
    with pytest.raises(UnsupportedInput, match="amplifier's clock"):
        stimuli_from(empty(1.0), events)


def stimulated(command, *seconds):
    recording = empty(*seconds)
    trace = np.asarray(command, np.float32)[:, None]
    stimulus = Stimulus(ArraySource(trace), Channel("command", "current"), "recorded")
    return dataclasses.replace(recording, stimulus=stimulus)


def test_onsets_in_the_stimulus_trace_with_amplitude_and_duration():
    rng = np.random.default_rng(0)
    command = 1e-13 * rng.standard_normal(20_000)
    for start, level in ((2000, 1e-10), (6000, -1e-10), (15_000, 2e-10)):
        command[start : start + 500] += level
    found = stimuli_from(stimulated(command, 1.0, 1.0), "stimulus")
    assert found.sweep.tolist() == [0, 0, 1]
    np.testing.assert_allclose(found.onset, [0.2, 0.6, 0.5], atol=1e-4)
    np.testing.assert_allclose(found.duration, 0.05, atol=2e-4)
    np.testing.assert_allclose(found.conditions["amplitude"], [1e-10, -1e-10, 2e-10], rtol=0.02)


def test_a_stimulus_that_is_absent_or_flat_is_missing():
    with pytest.raises(MissingFact, match="no stimulus trace"):
        stimuli_from(empty(1.0), "stimulus")
    with pytest.raises(MissingFact, match="never changes"):
        stimuli_from(stimulated(np.zeros(10_000), 1.0), "stimulus")
    noise = 1e-13 * np.random.default_rng(0).standard_normal(10_000)
    with pytest.raises(MissingFact, match="never changes"):
        stimuli_from(stimulated(noise, 1.0), "stimulus")


def test_the_layout_of_ac2_numbers_tones_by_sweep():
    recording = empty(*[0.5] * 70, rate=4000.0)
    found = stimuli_from(recording, "ac2")
    np.testing.assert_allclose(found.onset, 0.015)
    np.testing.assert_allclose(found.duration, 0.025)
    assert found.conditions["tone"].tolist() == [k % 32 for k in range(70)]
    assert "260" in found.warnings[0]
    other = stimuli_from(recording, "ac2:7")
    assert other.conditions["tone"].tolist() == [k % 7 for k in range(70)] and not other.warnings
    assert "4000 Hz" in stimuli_from(empty(0.5), "ac2:7").warnings[0]
    with pytest.raises(BadParameter, match="one tone"):
        stimuli_from(recording, "ac2:0")
    stated = dataclasses.replace(recording, header={"n_tones": 260})
    assert stimuli_from(stated, "ac2").conditions["tone"].max() == 69


def test_a_folder_of_ac2_has_its_tones_as_events(tmp_path):
    from scipy.io import savemat

    folder = tmp_path / "Unanesthetized" / "cell"
    folder.mkdir(parents=True)
    savemat(folder / "rmat_and_lfpmat.mat", {"r": np.zeros((6, 400))})
    recording = spikelens.read(folder)
    by_events, by_layout = stimuli_from(recording, "tone"), stimuli_from(recording, "ac2")
    np.testing.assert_allclose(by_events.onset, by_layout.onset)
    np.testing.assert_array_equal(by_events.conditions["value"], by_layout.conditions["tone"])
    assert not by_layout.warnings


def test_onsets_in_real_commands_are_those_of_the_protocols_epochs():
    for name, n_sweeps in (("171116sh_0018", 17), ("17o05028_ic_steps", 16)):
        steps = spikelens.read(recording_file(f"pyabf/{name}.abf"))
        by_epoch, by_trace = stimuli_from(steps, "epoch"), stimuli_from(steps, "stimulus")
        assert set(by_trace.sweep.tolist()) == set(range(n_sweeps))
        known = set(zip(by_epoch.sweep.tolist(), by_epoch.onset.round(5).tolist(), strict=True))
        assert set(zip(by_trace.sweep.tolist(), by_trace.onset.round(5).tolist(), strict=True)) <= known
        assert len(by_trace) >= 2 * n_sweeps - 2
        amplitude = by_trace.conditions["amplitude"]
        assert np.unique(amplitude).size >= n_sweeps - 1 and np.abs(amplitude).max() <= 5e-10


def test_light_pulses_of_a_real_recording_are_its_ttl_edges():
    found = stimuli_from(spikelens.read(recording_file("pyabf/opto_aps_good_units.abf")), "ttl")
    assert len(found) == 150
    np.testing.assert_allclose(found.duration, 0.002, atol=1e-9)
    np.testing.assert_allclose(np.diff(found.onset[:50]), 0.1, atol=1e-9)


def test_conditions_are_looked_up_by_a_shared_column(csv):
    stimuli = stimuli_at(empty(1.0), [0.1, 0.2, 0.3], tone=[0.0, 1.0, 5.0])
    found = joined(stimuli, csv("tone,frequency,ear\n1,8000,left\n0,4000,right\n"))
    np.testing.assert_array_equal(found.conditions["frequency"], [4000, 8000, np.nan])
    assert found.conditions["ear"].tolist() == ["right", "left", ""]
    with pytest.raises(UnreadableFile, match="shares no column"):
        joined(stimuli, csv("pitch,frequency\n1,8000\n"))
    with pytest.raises(UnreadableFile, match="twice"):
        joined(stimuli, csv("tone,frequency\n1,8000\n1,9000\n"))


def test_groups_are_sorted_and_unknown_conditions_left_out():
    stimuli = stimuli_at(empty(1.0), [0.1, 0.2, 0.3, 0.4], f=[2.0, 1.0, np.nan, 2.0], ear=["l", "r", "l", ""])
    kept, group, conditions = stimuli.grouped(("f",))
    assert group.tolist() == [1, 0, 1] and conditions == ({"f": 1.0}, {"f": 2.0})
    assert kept.warnings == ("1 of 4 stimuli lack a f and are left out",)
    _, group, conditions = stimuli.grouped(("f", "ear"))
    assert group.tolist() == [1, 0] and conditions[1] == {"f": 2.0, "ear": "l"}
    assert stimuli.grouped(("sweep",))[2] == ({"sweep": 0},)
    with pytest.raises(UnknownName, match="there are: sweep, f, ear"):
        stimuli.grouped(("level",))
    nothing = stimuli_at(empty(1.0), [0.1], f=[np.nan])
    with pytest.raises(UnknownName, match="no stimulus has a known f"):
        nothing.grouped(("f",))


def test_without_a_name_the_recordings_own_stimuli_are_taken_the_surest_first():
    recording = empty(2.0)
    with pytest.raises(MissingFact, match="does not say when stimuli came"):
        usual_source(recording)
    ttl = Events.at([0.5], [0.51], source=["ttl"]) + Events.at([0.1], [0.2], source=["epoch"])
    assert usual_source(dataclasses.replace(recording, events=ttl)) == "ttl"
    assert (
        usual_source(dataclasses.replace(recording, events=Events.at([0.1], [0.2], source=["epoch"])))
        == "epoch"
    )
    assert usual_source(dataclasses.replace(recording, header={"n_tones": 32}, events=ttl)) == "ac2"
