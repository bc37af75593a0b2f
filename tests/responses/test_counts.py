"""Rates and tests of counts, against SciPy, exhaustive answers and their own promises."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spikelens.responses.counts import (
    conditional_test,
    differ,
    difference_interval,
    dispersion,
    exchange_test,
    holm,
    per_group,
    poisson_interval,
)

counts = st.integers(0, 200)
seconds = st.floats(0.01, 100)


@given(counts, seconds)
def test_the_interval_is_that_of_chi_square(k, exposure):
    low, high = poisson_interval(k, exposure)
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * (k + 1)) / 2 / exposure)
    assert low == pytest.approx(stats.chi2.ppf(0.025, 2 * k) / 2 / exposure if k else 0.0)
    wider = poisson_interval(k, exposure, 3.0)
    assert wider[0] <= low and wider[1] >= high


def test_an_interval_holds_the_true_rate_at_least_as_often_as_it_says():
    k = np.random.default_rng(1).poisson(4.0, 20_000)
    low, high = poisson_interval(k, np.full(k.size, 2.0))
    assert 0.95 <= np.mean((low <= 2.0) & (high >= 2.0)) < 0.99


def test_over_dispersed_counts_have_intervals_that_hold_only_when_scaled():
    rng = np.random.default_rng(2)
    n = rng.negative_binomial(1.0, 0.2, (2000, 40))
    low, high = poisson_interval(n.sum(axis=1), 40.0)
    phi = n.var(axis=1, ddof=1) / n.mean(axis=1)
    wide = poisson_interval(n.sum(axis=1), 40.0, np.maximum(phi, 1))
    assert np.mean((low <= 4) & (high >= 4)) < 0.75
    assert np.mean((wide[0] <= 4) & (wide[1] >= 4)) > 0.92


def test_what_was_never_observed_has_no_interval():
    low, high = poisson_interval([0, 3], [0.0, 1.0])
    assert np.isnan([low[0], high[0]]).all() and np.isfinite([low[1], high[1]]).all()


@given(counts, seconds, counts, seconds)
def test_the_conditional_test_is_the_binomial_one(a, a_seconds, b, b_seconds):
    found = float(conditional_test(a, a_seconds, b, b_seconds))
    share = a_seconds / (a_seconds + b_seconds)
    if a + b == 0:
        assert found == 1.0
        return
    tails = [stats.binomtest(a, a + b, share, side).pvalue for side in ("greater", "less")]
    assert found == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-6, abs=1e-12)


def test_the_conditional_test_keeps_its_level_and_knows_no_answer_without_time():
    rng = np.random.default_rng(3)
    a, b = rng.poisson(3.0, 20_000), rng.poisson(12.0, 20_000)
    assert np.mean(conditional_test(a, 1.0, b, 4.0) < 0.05) <= 0.05
    assert np.isnan(conditional_test(3, 1.0, 0, 0.0))


def test_the_interval_of_a_difference_holds_it():
    rng = np.random.default_rng(4)
    a, b = rng.poisson(6.0, 10_000), rng.poisson(4.0, 10_000)
    low, high = difference_interval(a, poisson_interval(a, 1.0), b, poisson_interval(b, 1.0))
    assert 0.95 <= np.mean((low <= 2.0) & (high >= 2.0)) < 0.99


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=9), min_size=1, max_size=4))
def test_the_fano_factor_is_variance_over_mean(groups):
    n = np.concatenate([np.array(g, np.int64) for g in groups])
    group = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    fano, p = dispersion(n, group, len(groups))
    for k, values in enumerate(groups):
        if len(values) < 2 or not sum(values):
            assert np.isnan(fano[k]) and np.isnan(p[k])
            continue
        assert fano[k] == pytest.approx(np.var(values, ddof=1) / np.mean(values))
        assert p[k] == pytest.approx(stats.chi2.sf((len(values) - 1) * fano[k], len(values) - 1))


def test_homogeneity_is_scipys_chi_square():
    count, exposure = np.array([13, 29, 14]), np.array([1.0, 2.0, 1.5])
    expected = exposure * count.sum() / exposure.sum()
    assert differ(count, exposure) == pytest.approx(stats.chisquare(count, expected).pvalue)
    halved = stats.chi2.sf(stats.chisquare(count, expected).statistic / 2, 2)
    assert differ(count, exposure, phi=2.0) == pytest.approx(halved)
    assert differ(np.array([3]), np.array([1.0])) == 1.0
    assert differ(np.zeros(2, int), np.ones(2)) == 1.0
    assert differ(np.array([3, 0]), np.array([1.0, 0.0])) == 1.0


def test_homogeneity_of_few_spikes_keeps_its_level_where_the_formula_does_not():
    rng = np.random.default_rng(6)
    count = rng.multinomial(6, np.full(45, 1 / 45), size=200)
    ours = [differ(k, np.ones(45)) < 0.05 for k in count]
    assert np.mean(ours) <= 0.1
    assert differ(np.array([6, *[0] * 44]), np.ones(45)) < 0.001
    # The exact answer for two equal conditions is binomial.
    assert differ(np.array([4, 0]), np.ones(2)) == pytest.approx(2 / 16, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_the_exchange_test_comes_to_the_exhaustive_answer(seed):
    segments = np.random.default_rng(seed).poisson(1.5, (6, 3))
    segments[:, 0] += seed
    centre = segments.mean(axis=1).sum()
    sums = np.array([sum(row) for row in product(*segments.tolist())])
    exact = np.mean(np.abs(sums - centre) >= abs(segments[:, 0].sum() - centre) - 1e-9)
    assert exchange_test(segments, 0) == pytest.approx(exact, abs=4 * np.sqrt(0.25 / 9999))


def test_the_exchange_test_keeps_its_level_where_poissons_does_not():
    rng = np.random.default_rng(5)
    # Bursts of five.
    cells = [5 * rng.poisson(0.3, (30, 3)) for _ in range(300)]
    exchange = [exchange_test(c, 0) < 0.05 for c in cells]
    poisson = [conditional_test(c[:, 0].sum(), 1.0, c[:, 1:].sum(), 2.0) < 0.05 for c in cells]
    assert np.mean(exchange) < 0.09 < 0.2 < np.mean(poisson)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_rejects_what_stepping_down_rejects(p):
    corrected = holm(np.array(p))
    order = np.argsort(p, kind="stable")
    rejecting = True
    for step, k in enumerate(order):
        rejecting = rejecting and p[k] * (len(p) - step) < 0.05
        assert (corrected[k] < 0.05) == rejecting
    assert (corrected >= p).all() and (corrected <= 1).all()


def test_what_has_no_p_value_does_not_count_in_the_correction():
    np.testing.assert_allclose(holm(np.array([np.nan, 0.02, np.nan])), [np.nan, 0.02, np.nan])


def test_a_figure_per_group():
    found = per_group(np.array([3.0, 1.0, 2.0]), np.array([2, 0, 2]), lambda x: float(x.max()), 3)
    np.testing.assert_array_equal(found, [1.0, np.nan, 3.0])
