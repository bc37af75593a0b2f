"""Labels refine the answer, never wildly, and a saved model gives the same again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens import api
from spikelens.choosing import choose
from spikelens.detectors._taught import load_taught, taught_by
from spikelens.errors import BadParameter, UnreadableFile
from spikelens.scoring import score_times
from spikelens.simulation import Simulation, simulate
from spikelens.teaching import most_uncertain, read_labels, teach


def hard_cell(seed: int = 3) -> Simulation:
    return simulate(
        30, 10_000, difficulty="hard", seed=seed, family="integrate-and-fire", rate=4.0, height=0.007
    )


def asked(made: Simulation, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels where the detector is least sure, by the truth."""
    times = most_uncertain(choose(made.recording), n)
    true = made.truth.time[made.truth.visible]
    return times, np.abs(times[:, None] - true).min(axis=1) < 1e-3


def f1(made: Simulation, **parameters: object) -> float:
    found = api.detect(made.recording, "adaptive", **parameters)
    seen = made.truth.visible
    return score_times(np.sort(made.truth.time[seen]), found.time, ignore=made.truth.time[~seen]).f1


def test_labels_help_or_do_not_harm(tmp_path: Path) -> None:
    before, after = [], []
    for seed in (3, 4, 6):
        made = hard_cell(seed)
        time, label = asked(made, 30)
        path = tmp_path / f"{seed}.spikemodel"
        try:
            teach(choose(made.recording), time, label, save_to=path)
        except BadParameter:
            continue
        before.append(f1(made))
        after.append(f1(made, model=str(path)))
    assert before
    assert np.mean(after) >= np.mean(before) - 0.002


def test_few_or_one_sided_labels_change_nothing() -> None:
    made = hard_cell()
    time, _ = asked(made, 12)
    with pytest.raises(BadParameter, match="too few"):
        teach(choose(made.recording), time[:9], np.arange(9) % 2 == 0)
    with pytest.raises(BadParameter, match="too few"):
        teach(choose(made.recording), time, np.ones(12, bool))
    with pytest.raises(BadParameter, match="too few"):
        teach(choose(made.recording), time + 5e3, np.arange(12) % 2 == 0)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(10, 200), st.floats(0, 20))
def test_the_fit_converges_on_anything(seed: int, n: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 1 + scale, (n, 12)).astype(np.float32)
    label = rng.random(n) < 0.5
    label[:4] = [True, True, False, False]
    taught = taught_by(rows, rng.normal(0, 1 + scale, n), label)
    assert np.isfinite(taught.weights).all()


def test_labels_that_separate_move_the_answer_their_way() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 5)).astype(np.float32)
    label = rows[:, 2] > 0
    odds = np.zeros(60)
    got = taught_by(rows, odds, label).corrected(rows, odds)
    assert got[label].mean() > 0.1 > -0.1 > got[~label].mean()


def test_a_saved_model_is_read_back_and_others_are_refused(tmp_path: Path) -> None:
    made = hard_cell()
    time, label = asked(made, 40)
    label[:2], label[2:4] = True, False
    path = tmp_path / "cell.spikemodel"
    taught = teach(choose(made.recording), time, label, save_to=path)
    again = load_taught(path)
    assert np.array_equal(again.weights, taught.weights)
    assert again.n_labels == taught.n_labels
    (tmp_path / "other.spikemodel").write_bytes(b"PK no zip")
    with pytest.raises(UnreadableFile):
        load_taught(tmp_path / "other.spikemodel")


def test_labels_are_read_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("time,label\n0.5,spike\n1.5,0\n2.5,ambiguous\n3.5,Artefact\n4.5,1\n")
    time, label = read_labels(path)
    assert time.tolist() == [0.5, 1.5, 3.5, 4.5]
    assert label.tolist() == [True, False, False, True]
    path.write_text("when,what\n1,1\n")
    with pytest.raises(UnreadableFile, match="time,label"):
        read_labels(path)
