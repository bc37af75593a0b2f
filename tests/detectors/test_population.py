"""The likeliest candidates of a recording, looked at together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from spikelens import api
from spikelens.detectors._adaptation import Candidates, context
from spikelens.detectors._population import Population, moved, population
from spikelens.detectors._trained import shipped
from spikelens.simulation import simulate
from spikelens.training.lessons import lesson_of


def gathered(lead: float, *, belongs: tuple[float, ...], height: float = 0.01) -> Population:
    return Population(np.array(belongs), lead, height, np.zeros(1, np.float32))


@pytest.fixture(scope="module")
def seen() -> Candidates:
    return lesson_of(5, 4.0).seen


def described(seen: Candidates, odds: NDArray[np.float64]) -> Population:
    return population(seen, context(seen, odds), odds)


def test_a_doubtful_population_moves_as_one_and_leaves_the_rest() -> None:
    odds = np.array([-0.5] * 12 + [-3.5, -8.0])
    found = gathered(-0.5, belongs=(1.0,) * 12 + (0.5, 0.0))
    for together in (2.0, -3.0):
        by = moved(odds, found, together) - odds
        assert by[:12] == pytest.approx(together + 0.5)
        assert by[12] == pytest.approx((together + 0.5) / 2)
        assert by[13] == 0


@pytest.mark.parametrize("lead", [2.5, -7.0])
def test_where_each_candidate_is_clear_the_population_has_no_say(lead: float) -> None:
    odds = np.full(20, lead)
    assert np.array_equal(moved(odds, gathered(lead, belongs=(1.0,) * 20), -6.0), odds)


def test_one_alone_and_what_is_recorded_outside_a_cell_stay_as_they_are() -> None:
    odds = np.full(20, -0.3)
    assert np.array_equal(moved(odds[:1], gathered(-0.3, belongs=(1.0,)), 5.0), odds[:1])
    outside = gathered(-0.3, belongs=(1.0,) * 20, height=1e-4)
    assert np.array_equal(moved(odds, outside, 5.0), odds)


def test_those_about_as_likely_belong_together(seen: Candidates) -> None:
    odds = np.full(seen.seconds.size, -9.0)
    odds[3:9], odds[10] = np.linspace(-1, 0, 6), -3.2
    found = described(seen, odds)
    assert np.flatnonzero(found.members).tolist() == [3, 4, 5, 6, 7, 8]
    assert 0 < found.belongs[10] < 1 and found.belongs[0] == 0


def test_figures_are_finite_and_know_no_gain_but_the_height(seen: Candidates) -> None:
    n = seen.seconds.size
    for odds in (np.full(n, -12.0), np.full(n, 12.0), np.linspace(-20, 20, n)):
        once = described(seen, odds)
        assert np.isfinite(once.figures).all()
        tenfold = Candidates(seen.seconds, seen.measures, 10 * seen.waveform, 10 * seen.noise_level)
        again = described(tenfold, odds)
        differs = ~np.isclose(once.figures, again.figures, atol=1e-3)
        assert differs.sum() == 1
        assert again.height == pytest.approx(10 * once.height)
    assert shipped().answers.together.feature.max() < once.figures.size


def test_wide_spikes_that_are_doubtful_one_by_one_are_found_together() -> None:
    made = simulate(30.0, 10_000.0, difficulty="hard", seed=300_044, family="integrate-and-fire")
    found = api.detect(made.recording)
    true = made.truth.time[made.truth.visible]
    off = np.abs(found["time"][:, None] - true).min(axis=0)
    assert (off < 1e-3).mean() > 0.8
    assert len(found) < true.size + 4
