"""Comparisons of two samples, held against SciPy and against what is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from spikelens.comparisons import COLUMNS, Comparison, adjusted, compared

SOME = st.lists(st.floats(-100, 100).map(lambda v: round(v, 3)), min_size=4, max_size=12, unique=True)


@settings(deadline=None, max_examples=25)
@given(SOME, SOME)
def test_tests_on_ranks_are_scipys(a: list[float], b: list[float]) -> None:
    told = compared(a, b)
    assert told.p == pytest.approx(stats.mannwhitneyu(a, b).pvalue)
    assert told.difference == pytest.approx(np.median(b) - np.median(a))
    assert (told.n_a, told.n_b) == (len(a), len(b))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=6, max_size=12, unique=True))
def test_pairs_are_compared_as_pairs(pairs: list[tuple[float, float]]) -> None:
    a, b = map(np.array, zip(*pairs, strict=True))
    told = compared(a, b, paired=True)
    assert told.difference == pytest.approx(np.median(b - a))
    if (a != b).any():
        assert told.p == pytest.approx(stats.wilcoxon(b, a).pvalue)
        assert told.test == "Wilcoxon signed ranks"
    else:
        assert told.p == 1.0


def test_the_interval_holds_the_true_shift_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(60):
        told = compared(rng.normal(0, 1, 40), rng.normal(1.5, 1, 40), centre="mean")
        held += told.low <= 1.5 <= told.high
    assert held >= 51  # 57 of 60 expected; fewer than 51 has a chance below 1 %.


def test_a_pair_without_both_values_is_left_out() -> None:
    told = compared([1.0, np.nan, 3.0, 4.0], [2.0, 5.0, np.nan, 6.0], paired=True)
    assert (told.n_a, told.n_b, told.difference) == (2, 2, 1.5)


@pytest.mark.parametrize(
    ("a", "b", "paired", "why"),
    [
        ([], [1.0], False, "no values"),
        ([1.0, 2.0], [3.0, 4.0], False, "2 and 2 values are too few"),
        ([1.0] * 5, [2.0] * 5, True, "5 pairs are too few"),
        ([1.0] * 6, [1.0] * 6, True, "no pair differs"),
        ([1.0] * 6, [1.0] * 6, False, "all values are equal"),
    ],
)
def test_a_test_that_cannot_say_anything_is_not_made(
    a: list[float], b: list[float], paired: bool, why: str
) -> None:
    told = compared(a, b, paired=paired)
    assert why in told.test
    assert not told.p < 1


def test_means_stand_for_rates_of_rare_spikes() -> None:
    told = compared([0.0, 0.0, 0.0, 0.4], [0.0, 0.0, 0.8, 0.8], centre="mean")
    assert (told.centre_a, told.centre_b, told.difference) == (0.1, 0.4, pytest.approx(0.3))


def test_q_is_scipys_and_leaves_out_what_was_not_tested() -> None:
    p = [0.01, np.nan, 0.04, 0.03]
    told = adjusted([Comparison("mean", 9, 9, 0, 0, 0, 0, 0, value, "") for value in p])
    expected = stats.false_discovery_control([0.01, 0.04, 0.03])
    assert [told[k].q for k in (0, 2, 3)] == pytest.approx(list(expected))
    assert np.isnan(told[1].q)


def test_every_column_says_what_it_is() -> None:
    from dataclasses import fields

    assert {f.name for f in COLUMNS} == {f.name for f in fields(Comparison)}
