"""The recipe: what it draws, that it repeats, and that a small run learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spikelens.detectors._adaptation import COUNT, N_CONTEXT, STRENGTH, context
from spikelens.detectors._trained import shipped
from spikelens.kernels.outlines import MEASURES, PLACES
from spikelens.simulation import FAMILIES, simulate
from spikelens.simulation.levels import LEVELS
from spikelens.training import recipe
from spikelens.training.cells import DRAWN, FIRST_SEED, SILENT_EVERY, draw_example, family_of
from spikelens.training.drawn import with_drawn_spikes
from spikelens.training.fitting import Effort
from spikelens.training.lessons import labels, lesson_of
from spikelens.training.recipe import Recipe, digest, make_model, write_model

SMALL = Recipe(n_recordings=15, duration=6.0, effort=Effort(n_trees=12, n_leaves=8))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


def test_a_small_run_repeats_to_the_bit(tables: Path) -> None:
    once, again = make_model(SMALL, tables=tables), make_model(SMALL)
    assert digest(once.to_arrays()) == digest(again.to_arrays())


def test_a_small_run_already_tells_spikes_from_the_rest(tables: Path) -> None:
    answers = make_model(SMALL, tables=tables)
    rights, odds = [], []
    for number in range(200, 208):
        lesson = lesson_of(number, 6.0)
        known = lesson.truth >= 0
        rights.append(lesson.truth[known] == 1)
        odds.append(answers.by_shape.log_odds(lesson.seen.measures[known]))
    right, value = np.concatenate(rights), np.concatenate(odds)
    rank = np.argsort(np.argsort(value))
    n_right = right.sum()
    area = (rank[right].sum() - n_right * (n_right - 1) / 2) / (n_right * (~right).sum())
    assert area > 0.95


def test_the_card_names_the_recipe(tmp_path: Path, tables: Path) -> None:
    answers = make_model(SMALL, tables=tables)
    write_model(tmp_path, answers, SMALL)
    text = (tmp_path / "adaptive.json").read_text("utf-8")
    assert digest(answers.to_arrays()) in text
    with np.load(tmp_path / "adaptive.npz", allow_pickle=False) as stored:
        assert digest({name: stored[name] for name in stored.files}) == digest(answers.to_arrays())


def test_the_shipped_model_fits_what_it_is_asked() -> None:
    answers = shipped().answers
    assert answers.by_shape.feature.max() < len(MEASURES) + PLACES.size
    assert answers.in_context.feature.max() < N_CONTEXT
    assert shipped().card["first_seed"] == FIRST_SEED


def test_seeds_of_training_lie_far_from_those_of_the_benchmark() -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
    try:
        import accuracy_cases
    finally:
        sys.path.pop(0)
    assert accuracy_cases.FIRST_SEED + 1000 < FIRST_SEED
    assert set(accuracy_cases.LEVELS) == set(LEVELS)


def test_an_example_is_the_same_each_time() -> None:
    one, two = (draw_example(3, duration=3.0) for _ in range(2))
    trace = one.recording.read(0, one.recording.n_samples)
    assert np.array_equal(trace, two.recording.read(0, two.recording.n_samples))
    assert np.array_equal(one.visible, two.visible)


def test_every_sixth_recording_is_silent_and_every_family_is_drawn() -> None:
    assert draw_example(SILENT_EVERY - 1, duration=3.0).visible.size == 0
    assert {family_of(number) for number in range(40)} == {*FAMILIES, DRAWN}


def test_drawn_spikes_stand_where_the_truth_says() -> None:
    made = simulate(12.0, 10_000.0, seed=7, rate=0.0, height=0.04, noise=1e-4)
    before = made.recording.read()[:, 0]
    seen = with_drawn_spikes(made, 4.0, np.random.default_rng(3))
    truth = seen.truth
    assert len(truth) > 10 and truth.visible.any()
    added = seen.recording.read()[:, 0] - before
    at = truth.sample_index[truth.visible]
    np.testing.assert_allclose(np.median(added[at]), 0.04, rtol=0.5)
    # Far from every spike, and from what drives trains, nothing was added but a slow push.
    assert np.abs(np.diff(added)[: max(at[0] - 400, 1)]).max() < 1e-3


def test_labels_go_to_the_nearest_candidate() -> None:
    seconds = np.array([0.9995, 1.0002, 2.0, 3.0, 4.0])
    got = labels(seconds, np.array([1.0, 3.0009, 5.0]), np.array([4.001]))
    assert got.tolist() == [0, 1, 0, 1, -1]
    assert labels(np.empty(0), np.array([1.0]), np.empty(0)).size == 0


def test_context_is_finite_whatever_the_odds() -> None:
    lesson = lesson_of(5, 4.0)
    n = lesson.truth.size
    for odds in (np.full(n, -12.0), np.full(n, 12.0), np.linspace(-20, 20, n)):
        rows = context(lesson.seen, odds)
        assert rows.shape == (n, N_CONTEXT)
        assert np.isfinite(rows).all()
    nothing = context(lesson.seen.take(np.zeros(n, bool)), np.empty(0))
    assert nothing.shape == (0, N_CONTEXT)


def test_the_default_recipe_is_the_shipped_one() -> None:
    made = shipped().card["recipe"]
    assert made["n_recordings"] == recipe.Recipe.n_recordings
    assert made["duration"] == recipe.Recipe.duration


def test_scaling_looks_at_what_is_alike_for_a_recording() -> None:
    lesson = lesson_of(3, 4.0)
    rows = context(lesson.seen, np.linspace(-9, 3, lesson.truth.size))
    for column in (COUNT, STRENGTH):
        assert np.ptp(rows[:, column]) == 0
    likelier = context(lesson.seen, np.linspace(-3, 9, lesson.truth.size))
    assert likelier[0, COUNT] > rows[0, COUNT] + 0.5
