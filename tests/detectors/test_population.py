"""The likeliest candidates of a recording, looked at together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from spikelens import api
from spikelens.detectors._adaptation import Candidates, context
from spikelens.detectors._population import N_TOLD, in_company, population
from spikelens.detectors._trained import shipped
from spikelens.simulation import simulate
from spikelens.training.lessons import lesson_of


@pytest.fixture(scope="module")
def seen() -> Candidates:
    return lesson_of(5, 4.0).seen


def asked(seen: Candidates, odds: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    return in_company(seen, context(seen, odds), odds)


def members(seen: Candidates, odds: NDArray[np.float64]) -> list[int]:
    return np.flatnonzero(population(seen, context(seen, odds), odds).members).tolist()


@pytest.mark.parametrize("lead", [5.5, -7.5])
def test_where_each_candidate_is_clear_the_population_has_no_say(seen: Candidates, lead: float) -> None:
    nobody, told = asked(seen, np.full(seen.seconds.size, lead))
    assert nobody.size == 0 and told.shape == (0, N_TOLD)


def test_what_is_recorded_outside_a_cell_stays_as_it_is(seen: Candidates) -> None:
    odds = np.full(seen.seconds.size, -0.3)
    assert asked(seen, odds)[0].size == odds.size
    assert asked(seen, odds)[1].shape == (odds.size, N_TOLD)
    small = Candidates(seen.seconds, seen.measures, 1e-3 * seen.waveform, 1e-3 * seen.noise_level)
    assert asked(small, odds)[0].size == 0


def test_those_about_as_likely_belong_together_and_the_hopeless_are_not_asked(seen: Candidates) -> None:
    odds = np.full(seen.seconds.size, -9.0)
    odds[3:9], odds[10] = np.linspace(-1, 0, 6), -3.2
    assert members(seen, odds) == [3, 4, 5, 6, 7, 8]
    assert asked(seen, odds)[0].tolist() == [3, 4, 5, 6, 7, 8, 10]


def test_one_that_is_far_surer_than_the_rest_is_not_one_of_them(seen: Candidates) -> None:
    odds = np.full(seen.seconds.size, -3.0)
    odds[4] = 4.0
    assert 4 not in members(seen, odds)
    odds[[2, 6]] = 3.5
    assert members(seen, odds) == [2, 4, 6]


def test_one_candidate_or_two_are_a_population(seen: Candidates) -> None:
    for n in (1, 2):
        few = seen.take(slice(0, n))
        odds = np.array([-1.0, 1.0])[:n]
        index, told = asked(few, odds)
        assert index.tolist() == list(range(n)) and np.isfinite(told).all()


def test_what_is_told_is_finite_and_knows_no_gain_but_heights(seen: Candidates) -> None:
    n = seen.seconds.size
    tenfold = Candidates(seen.seconds, seen.measures, 10 * seen.waveform, 10 * seen.noise_level)
    for odds in (np.full(n, -6.9), np.full(n, 4.9), np.linspace(-20, 4, n)):
        index, told = asked(seen, odds)
        same, again = asked(tenfold, odds)
        assert np.array_equal(index, same) and np.isfinite(told).all()
        differs = ~np.isclose(told, again, atol=1e-3).all(axis=0)
        assert differs.sum() == (2 if index.size else 0)
    assert shipped().answers.together.feature.max() < told.shape[1]


def test_wide_spikes_that_are_doubtful_one_by_one_are_found_together() -> None:
    made = simulate(30.0, 10_000.0, difficulty="hard", seed=300_044, family="integrate-and-fire")
    found = api.detect(made.recording)
    true = made.truth.time[made.truth.visible]
    off = np.abs(found["time"][:, None] - true).min(axis=0)
    assert (off < 1e-3).mean() > 0.8
    assert len(found) < true.size + 4
