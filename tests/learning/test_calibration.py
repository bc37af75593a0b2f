from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss

from spikelens.calibration import (
    average_precision,
    brier,
    calibrated,
    fit_calibration,
    priors_of,
    reliability,
    reweighted,
)
from spikelens.errors import BadParameter

scored = st.lists(st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.booleans()), min_size=2, max_size=80)


@given(scored)
def test_figures_are_those_of_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    probability, true = (np.array(column) for column in zip(*rows, strict=True))
    if true.any() and not true.all():
        assert np.isclose(brier(probability, true), brier_score_loss(true, probability))
        shares, means = calibration_curve(true, np.minimum(probability, 1 - 1e-12), n_bins=10)
        mine = reliability(probability, true)
        if not np.isin(probability * 10, np.arange(1, 10)).any():  # they count edges downwards
            assert np.allclose(mine.true, shares)
            assert np.allclose(mine.stated, means)
        assert mine.n.sum() == true.size
    if true.any():
        assert np.isclose(average_precision(probability, true), average_precision_score(true, probability))
    else:
        assert np.isnan(average_precision(probability, true))


def overconfident(n: int, factor: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose log odds are `factor` times too far from 0, and what was true."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 1.5, n)
    codes = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    stated = 1 / (1 + np.exp(-factor * odds))
    return np.column_stack([1 - stated, stated]), codes


def test_calibration_undoes_overconfidence() -> None:
    probabilities, codes = overconfident(5000, 3.0, seed=1)
    bend = fit_calibration(probabilities, codes)
    assert 0.25 < bend[0] < 0.45
    fresh, truth = overconfident(5000, 3.0, seed=2)
    bent = calibrated(fresh, bend)
    assert np.allclose(bent.sum(axis=1), 1)
    assert brier(bent[:, 1], truth == 1) < brier(fresh[:, 1], truth == 1) - 0.005
    found = reliability(bent[:, 1], truth == 1)
    assert np.abs(found.stated - found.true)[found.n > 100].max() < 0.06


def test_calibration_leaves_honest_probabilities_nearly_alone() -> None:
    probabilities, codes = overconfident(5000, 1.0, seed=3)
    bend = fit_calibration(probabilities, codes)
    assert np.abs(calibrated(probabilities, bend) - probabilities).max() < 0.05


def test_few_items_say_little() -> None:
    bend = fit_calibration(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]))
    assert abs(bend[0] - 1) < 0.6


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.001, 0.999))
def test_reweighting_is_bayes_rule(before: float, after: float, probability: float) -> None:
    observed, wanted = np.array([1 - before, before]), np.array([1 - after, after])
    row = np.array([[1 - probability, probability]])
    again = reweighted(row, observed, wanted)
    odds = probability / (1 - probability) * (after / (1 - after)) / (before / (1 - before))
    assert np.isclose(again[0, 1], odds / (1 + odds))
    assert np.allclose(reweighted(again, wanted, observed), row)


def test_priors_in_words_and_numbers() -> None:
    observed = np.array([0.9, 0.1])
    assert priors_of("observed", ["noise", "spike"], observed) is observed
    assert priors_of("uniform", ["noise", "spike"], observed).tolist() == [0.5, 0.5]
    assert priors_of("19,1", ["noise", "spike"], observed).tolist() == [0.95, 0.05]


@pytest.mark.parametrize("text", ["equal", "0.5", "1,2,3", "1,0", "1,-1", "nan,1", ""])
def test_priors_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="2 numbers above 0"):
        priors_of(text, ["noise", "spike"], np.array([0.9, 0.1]))
