"""Labels refine the answer, never wildly; they are read from any table, and of their own recording only."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens import api
from spikelens.choosing import Chosen, choose
from spikelens.detectors._taught import load_taught, save_taught, taught_by
from spikelens.detectors._trained import shipped
from spikelens.detectors.adaptive import Adaptive, Slower
from spikelens.errors import (
    BadParameter,
    OutsideRecording,
    RequestError,
    UnknownName,
    UnreadableFile,
)
from spikelens.learning import cut, train
from spikelens.learning import label as label_windows
from spikelens.modelfiles import read_model, write_model
from spikelens.recording import Recording, Sweeps
from spikelens.scoring import score_times
from spikelens.simulation import Simulation, simulate
from spikelens.spikes import Spikes
from spikelens.teaching import FINGERPRINT, Lesson, Said, mark_of, read_said, save_lesson, teach, to_ask
from tests.factory import make_recording, make_spikes
from tests.learning.cells import make_cell


def hard_cell(seed: int = 3, height: float = 0.007) -> Simulation:
    return simulate(
        30, 10_000, difficulty="hard", seed=seed, family="integrate-and-fire", rate=4.0, height=height
    )


def asked(made: Simulation, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of what the detector asks, by the truth."""
    rows = to_ask(api.detect(choose(made.recording), "adaptive"), n)
    times = np.array([table.time[row] for table, row in rows])
    true = made.truth.time[made.truth.visible]
    return times, np.abs(times[:, None] - true).min(axis=1) < 1e-3


def taught(made: Simulation, n: int) -> Lesson:
    return teach(choose(made.recording), Said.at(made.recording, *asked(made, n)))


def f1(made: Simulation, detector: Adaptive) -> float:
    found = api.detect(made.recording, detector)
    seen = made.truth.visible
    return score_times(np.sort(made.truth.time[seen]), found.time, ignore=made.truth.time[~seen]).f1


def test_labels_help_or_do_not_harm() -> None:
    before, after = [], []
    for seed in (3, 4, 6):
        made = hard_cell(seed, height=0.0045)
        before.append(f1(made, Adaptive()))
        after.append(f1(made, Adaptive().refined(taught(made, 20).taught, "labels")))
    assert all(a >= b - 0.01 for a, b in zip(after, before, strict=True))
    # Cells that one look leaves undecided are found by a second one, and labels of that are taken so.
    assert min(after) > 0.94


def test_what_labels_of_a_second_look_taught_is_of_that_look(tmp_path: Path) -> None:
    made = hard_cell(4, height=0.0045)
    lesson = taught(made, 20)
    assert lesson.taught.clock == Slower.clock
    path = tmp_path / "cell.spikemodel"
    save_lesson(path, lesson, made.recording)
    found = api.detect(made.recording, Adaptive(model=str(path)))
    again = api.detect(made.recording, Adaptive().refined(load_taught(path), "labels"))
    np.testing.assert_array_equal(found.time, again.time)
    assert found.provenance.survey["clock"] == Slower.clock
    assert lesson.n_followed(found) >= 18


def test_few_or_one_sided_labels_teach_nothing_and_say_how_many_lack() -> None:
    made = hard_cell()
    chosen, time = choose(made.recording), asked(made, 12)[0]

    def refused(time: np.ndarray, label: np.ndarray) -> str:
        with pytest.raises(BadParameter, match="nothing was applied") as caught:
            teach(chosen, Said.at(made.recording, time, label))
        return str(caught.value)

    said = refused(time[:9], np.arange(9) % 2 == 0)
    assert "5 labelled spikes and 4 others" in said and said.endswith("label 1 more")
    assert "label 2 more, of which at least 2 others" in refused(time, np.ones(12, bool))
    assert "label 1 more, of which at least 1 spikes" in refused(time, np.arange(12) == 0)
    assert "label 10 more, of which at least 2 spikes and 2 others" in refused(time[:0], np.empty(0, bool))
    assert "12 of 12 labels lie on no candidate" in refused(time + 5e3, np.arange(12) % 2 == 0)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(10, 200), st.floats(0, 20))
def test_the_fit_converges_on_anything(seed: int, n: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 1 + scale, (n, 12)).astype(np.float32)
    label = rng.random(n) < 0.5
    label[:4] = [True, True, False, False]
    made = taught_by(rows, rng.normal(0, 1 + scale, n), label)
    assert np.isfinite(made.weights).all()


def test_labels_that_separate_move_the_answer_their_way() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 5)).astype(np.float32)
    label = rows[:, 2] > 0
    odds = np.zeros(60)
    got = taught_by(rows, odds, label).corrected(rows, odds)
    assert got[label].mean() > 0.1 > -0.1 > got[~label].mean()


def test_a_saved_model_gives_the_same_spikes_in_every_way_it_is_used(tmp_path: Path) -> None:
    made = hard_cell()
    lesson = taught(made, 20)
    path = tmp_path / "cell.spikemodel"
    save_lesson(path, lesson, made.recording)
    assert np.array_equal(load_taught(path).weights, lesson.taught.weights)
    assert load_taught(path).n_labels == lesson.taught.n_labels == lesson.is_spike.size
    in_hand = api.detect(made.recording, Adaptive().refined(lesson.taught, str(path)))
    for again in (
        api.detect(made.recording, "adaptive", model=str(path)),
        api.detect(made.recording, Adaptive(model=str(path)), chunk_duration=0.7),
    ):
        assert np.array_equal(again.probability, in_hand.probability)
        assert np.array_equal(again.time, in_hand.time)
        assert again.provenance.parameters == in_hand.provenance.parameters
    followed = np.isin(lesson.sample_index, in_hand.sample_index) == lesson.is_spike
    assert lesson.n_followed(in_hand) == followed.sum() > 0.7 * followed.size


def test_what_was_taught_is_not_taught_over() -> None:
    made = hard_cell()
    lesson = taught(made, 20)
    said = Said.at(made.recording, *asked(made, 20))
    with pytest.raises(BadParameter, match="one file"):
        teach(choose(made.recording), said, detector=Adaptive().refined(lesson.taught, "a"))


def test_each_kind_of_model_is_refused_where_the_other_belongs(tmp_path: Path) -> None:
    correction, classifier = tmp_path / "a.spikemodel", tmp_path / "b.spikemodel"
    rows = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    save_taught(correction, taught_by(rows, np.zeros(12), np.arange(12) % 2 == 0), {})
    recording, peaks = make_cell(30)
    windows = cut(recording, 100)
    said = label_windows(windows, "truth", times=recording.time_of(peaks))
    write_model(classifier, train(windows, said, "waveform", learner="logistic"))
    with pytest.raises(UnreadableFile, match="find --model takes it"):
        read_model(correction)
    with pytest.raises(UnreadableFile, match="classify --model takes it"):
        load_taught(classifier)
    with pytest.raises(UnreadableFile, match="classify --model takes it"):
        Adaptive(model=str(classifier)).check()


def test_a_correction_of_another_shipped_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = hard_cell()
    path = tmp_path / "cell.spikemodel"
    save_lesson(path, taught(made, 20), made.recording)
    other = dataclasses.replace(shipped(), card={**shipped().card, "digest": "of another one"})
    monkeypatch.setattr("spikelens.detectors._taught.shipped", lambda: other)
    with pytest.raises(UnreadableFile, match="has learned anew since; teach it again"):
        load_taught(path)


def known(recording: Recording) -> Recording:
    return dataclasses.replace(recording, fingerprint="f" * 64)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_labels_of_times_are_read_by_their_words(tmp_path: Path) -> None:
    rows = "0.1,spike\n0.2,0\n0.3,ambiguous\n0.4,Too small\n0.5,1\n0.6,\n0.7,?\n0.8, Noise \n"
    path = write(tmp_path / "labels.csv", "time,label\n" + rows)
    recording = make_recording([])
    said = read_said(path, recording)
    middle = (said.start + said.stop - 1) / 2
    assert middle.tolist() == [2000, 4000, 8000, 10_000, 16_000]
    assert said.is_spike.tolist() == [True, False, False, True, False]
    assert said.of_times and len(said) == 5


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("when,what\n1,1\n", UnreadableFile, "needs the columns time,label, and has when, what"),
        ("", UnreadableFile, "cannot read labels"),
        ("time,label\n1,spiek\n", UnknownName, "no label 'spiek'; there are: spike, noise"),
        ("time,label\nsoon,spike\n", UnreadableFile, "not a number"),
        ("time,label\n,spike\n", UnreadableFile, "not a number"),
        ("time,label\nnan,spike\n", UnreadableFile, "not a number"),
        (f"time,label,{FINGERPRINT}\n1,1,sha256:aaaa\n", RequestError, "another recording"),
    ],
)
def test_labels_that_cannot_be_read_are_said_in_one_line(
    tmp_path: Path, text: str, error: type[Exception], words: str
) -> None:
    path = write(tmp_path / "labels.csv", text)
    with pytest.raises(error, match=words) as caught:
        read_said(path, known(make_recording([])))
    assert "\n" not in str(caught.value)


def test_labels_of_their_own_recording_or_of_nobody_knows_which_are_taken(tmp_path: Path) -> None:
    recording = known(make_recording([]))
    for mark in (mark_of(recording), ""):
        path = write(tmp_path / "labels.csv", f"time,label,{FINGERPRINT}\n0.1,1,{mark}\n")
        assert len(read_said(path, recording)) == 1
    unknown = make_recording([])
    assert mark_of(unknown) == ""
    assert len(read_said(write(path, f"time,label,{FINGERPRINT}\n0.1,1,sha256:aa\n"), unknown)) == 1


def test_labels_of_windows_are_of_the_likeliest_candidate_in_them(tmp_path: Path) -> None:
    made = simulate(20, 10_000, difficulty="medium", seed=2, rate=2.0)
    windows = cut(made.recording, 300)
    true = made.truth.time[made.truth.visible]
    said = label_windows(windows, "truth", times=true)
    from spikelens.labelfiles import write_labels

    write_labels(tmp_path / "windows.csv", said)
    read = read_said(tmp_path / "windows.csv", made.recording)
    assert not read.of_times and read.is_spike.sum() == said.counts["spike"]
    lesson = teach(choose(made.recording), read)
    assert lesson.n_off > 0  # Most windows of noise hold no candidate.
    spikes = lesson.sample_index[lesson.is_spike]
    near = np.abs(made.recording.time_of(spikes)[:, None] - true).min(axis=1) < 1e-3
    assert near.mean() > 0.9
    with pytest.raises(OutsideRecording, match="another recording"):
        read_said(tmp_path / "windows.csv", Recording.from_array(np.zeros(9_000), 10_000.0))


def test_a_label_is_of_the_nearest_candidate_within_a_millisecond() -> None:
    made = hard_cell()
    chosen = choose(made.recording)
    time, label = asked(made, 20)
    lesson = teach(chosen, Said.at(made.recording, time, label))
    late = teach(chosen, Said.at(made.recording, time + 3e-4, label))
    assert np.array_equal(late.sample_index, lesson.sample_index)
    off = teach(chosen, Said.at(made.recording, np.append(time, 1e4), np.append(label, True)))
    assert off.n_off == 1 and np.array_equal(off.taught.weights, lesson.taught.weights)


def test_labels_that_contradict_each_other_are_refused_and_repeated_ones_count_once() -> None:
    made = hard_cell()
    chosen = choose(made.recording)
    time, label = asked(made, 20)
    twice = teach(chosen, Said.at(made.recording, np.tile(time, 2), np.tile(label, 2)))
    once = teach(chosen, Said.at(made.recording, time, label))
    assert np.array_equal(twice.taught.weights, once.taught.weights)
    torn = Said.at(made.recording, np.append(time, time[0]), np.append(label, ~label[0]))
    with pytest.raises(BadParameter, match=r"1 candidates, the first at .* both as a spike and as none"):
        teach(chosen, torn)


def test_a_time_between_sweeps_is_of_no_candidate() -> None:
    plain = make_recording([], sweep_lengths=[8000, 12_000])
    apart = dataclasses.replace(plain, sweeps=Sweeps.of_lengths([8000, 12_000], [0.0, 90.0]))
    said = Said.at(apart, np.array([0.1, 45.0, 90.1]), np.ones(3, bool))
    assert (said.stop > said.start).tolist() == [True, False, True]


def test_nothing_to_label_is_said() -> None:
    flat = Chosen(Recording.from_array(np.zeros(1000), 10_000.0), 1, ())
    with pytest.raises(BadParameter, match="no candidate that could be labelled"):
        teach(flat, Said.at(flat.recording, np.zeros(0), np.zeros(0, bool)))


def table(accepted: list[float], rejected: list[float]) -> Spikes:
    recording = make_recording([], n_samples=100_000)
    at = [1000 * (k + 1) for k in range(len(accepted) + len(rejected))]
    spikes = make_spikes(recording, at[: len(accepted)], rejected=at[len(accepted) :])
    given = [np.array(p, np.float32) for p in (accepted, rejected)]
    rest = spikes.candidates.with_columns({"probability": given[1]})
    return dataclasses.replace(spikes.with_columns({"probability": given[0]}), candidates=rest)


def test_the_most_uncertain_are_asked_first_and_every_third_is_of_a_spread() -> None:
    rng = np.random.default_rng(0)
    probability = np.sort(rng.random(60).astype(np.float32))
    spikes = table(probability[probability >= 0.5].tolist(), probability[probability < 0.5].tolist())
    rows = to_ask(spikes, 12)
    got = np.array([t.probability[row] for t, row in rows])
    assert len({(id(t), row) for t, row in rows}) == 12
    spread = np.arange(12) % 3 == 2
    unsure = np.abs(got[~spread] - 0.5)
    assert (np.diff(unsure) >= 0).all()
    assert unsure.max() < 0.15 < np.abs(got[spread] - 0.5).max()
    assert (np.diff(got[spread]) > 0).all()


@given(st.lists(st.floats(0.5, 1, width=32), max_size=8), st.lists(st.floats(0, 0.5, width=32), max_size=8))
def test_all_are_asked_once_where_there_are_few(accepted: list[float], rejected: list[float]) -> None:
    rows = to_ask(table(accepted, rejected), 40)
    assert sorted(float(t.probability[row]) for t, row in rows) == sorted([*accepted, *rejected])
    for n in range(1, 6):
        assert len(to_ask(table(accepted, rejected), n)) == min(n, len(accepted) + len(rejected))


def test_where_there_is_no_probability_nothing_is_asked() -> None:
    assert to_ask(table([np.nan], [np.nan]), 5) == []
