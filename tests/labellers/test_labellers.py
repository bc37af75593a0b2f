from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens import rooms
from spikelens.errors import BadParameter, MissingFact, OutsideRecording
from spikelens.labellers import Given
from spikelens.labels import NONE, Labels
from spikelens.learning import label
from spikelens.recording import Recording, Sweeps
from spikelens.windows import Windows
from tests.data import recording_file
from tests.learning.cells import make_cell


def by_hand(row: list[float], cutoff: float) -> bool:
    mean = sum(row) / len(row)
    return abs(min(row) - mean) > cutoff or abs(max(row) - mean) > cutoff


@given(
    st.lists(st.integers(-1000, 500).map(lambda k: k / 1e4), min_size=10, max_size=50), st.floats(0.001, 0.08)
)
def test_deviation_is_the_rule_as_the_study_words_it(values: list[float], cutoff: float) -> None:
    windows = Windows.grid(Recording.from_array(np.array(values, np.float32), 1000.0), 5)
    labels = rooms.load("labellers", "deviation")(cutoff=cutoff).label(windows, Given())
    rows = windows.read().astype(float).tolist()
    said = [by_hand(row, cutoff) for row in rows]
    near = [min(abs(abs(f(r) - np.mean(r)) - cutoff) for f in (min, max)) < 1e-7 for r in rows]
    assert all(a == b or c for a, b, c in zip(labels.are("spike"), said, near, strict=True))
    assert set(labels.author) == {f"deviation {cutoff:g}"}


def test_deviation_counts_on_the_study_stand_in() -> None:
    from scipy.io import loadmat

    matrix = loadmat(recording_file("ac2_like/ac2_like_sweeps_v5.mat"))["response"]
    recording = Recording.from_array(matrix.reshape(-1), 4000.0, sweep_lengths=[2000] * 300)
    windows = Windows.grid(recording, 100)
    by_numpy = matrix.reshape(-1, 100).astype(float)
    mean = by_numpy.mean(axis=1)
    expected = (np.abs(by_numpy.max(1) - mean) > 0.02) | (np.abs(by_numpy.min(1) - mean) > 0.02)
    labels = rooms.load("labellers", "deviation")(cutoff=0.020).label(windows, Given())
    assert np.array_equal(labels.are("spike"), expected)
    assert 0.03 < expected.mean() < 0.08


def test_truth_marks_the_windows_with_a_peak() -> None:
    recording, peaks = make_cell(3)
    windows = Windows.grid(recording, 100)
    labels = rooms.load("labellers", "truth")().label(windows, Given(spike_samples=peaks))
    assert np.flatnonzero(labels.are("spike")).tolist() == sorted(set((peaks // 100).tolist()))


def test_times_in_a_gap_between_sweeps_label_nothing_and_are_said() -> None:
    plain, _ = make_cell(2)
    apart = replace(plain, sweeps=Sweeps.of_lengths([2000, 2000], [0.0, 60.0]))
    windows = Windows.grid(apart, 100)
    assert label(windows, "truth", times=[0.01, 60.01]).counts["spike"] == 2
    with pytest.raises(OutsideRecording, match=r"1 of 2 spike times, the first at 30 s"):
        label(windows, "truth", times=[0.01, 30.0])


def test_a_file_labels_what_it_names() -> None:
    windows = Windows.grid(make_cell(2)[0], 100)
    hand = Labels.of(windows.between(3, 4), np.array([1, 0]), "Ada")
    labels = rooms.load("labellers", "file")().label(windows, Given(labels=(hand,)))
    assert labels.codes[:5].tolist() == [NONE, NONE, 1, 0, NONE]


def votes(*columns: list[int]) -> tuple[Windows, tuple[Labels, ...]]:
    windows = Windows.grid(make_cell(2)[0], 100).between(1, len(columns[0]))
    return windows, tuple(Labels.of(windows, np.array(c), f"author {k}") for k, c in enumerate(columns))


def test_the_majority_wins_and_ties_stay_open() -> None:
    windows, said = votes([1, 1, 0, 1], [1, 0, 0, NONE], [0, 0, 0, NONE])
    labels = rooms.load("labellers", "vote")().label(windows, Given(labels=said))
    assert labels.codes.tolist() == [1, 0, 0, 1]
    assert np.allclose(labels.probability, [2 / 3, 2 / 3, 1, 1])
    windows, said = votes([1, 0, NONE], [0, 0, NONE])
    labels = rooms.load("labellers", "vote")().label(windows, Given(labels=said))
    assert labels.codes.tolist() == [NONE, 0, NONE]


def test_a_vote_can_demand_that_all_agree() -> None:
    windows, said = votes([1, 1], [1, 1], [0, 1])
    labels = rooms.load("labellers", "vote")(least=1.0).label(windows, Given(labels=said))
    assert labels.codes.tolist() == [NONE, 1]


@pytest.mark.parametrize(("name", "flag"), [("truth", "--truth"), ("file", "--labels"), ("vote", "--labels")])
def test_what_lacks_is_asked_for_by_its_flag(name: str, flag: str) -> None:
    windows = Windows.grid(make_cell(1)[0], 100)
    with pytest.raises(MissingFact, match=flag):
        rooms.load("labellers", name)().label(windows, Given())


def test_the_labeller_file_takes_one_file() -> None:
    windows, said = votes([1], [1])
    with pytest.raises(BadParameter, match="one --labels"):
        rooms.load("labellers", "file")().label(windows, Given(labels=said))


@pytest.mark.parametrize("name", rooms.names("labellers"))
def test_every_labeller_round_trips_its_parameters(name: str) -> None:
    made = rooms.load("labellers", name)()
    assert type(made).from_parameters(made.parameters()) == made
    assert made.summary().endswith(".")
