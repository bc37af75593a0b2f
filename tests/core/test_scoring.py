from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from spikelens.scoring import match, score_times

times = st.lists(st.floats(0, 1, width=32), max_size=8).map(lambda x: np.sort(np.array(x, float)))


@given(times, times, st.floats(1e-3, 0.3))
def test_as_many_pairs_as_any_pairing_can_make(true, found, tolerance):
    i, j = match(true, found, tolerance)
    assert (np.abs(true[i] - found[j]) <= tolerance * 1.001).all()
    assert len(set(i)) == len(i)
    assert len(set(j)) == len(j)
    if true.size and found.size:
        near = np.abs(true[:, None] - found[None]) <= tolerance * (1 + 1e-9) + 1e-12
        rows, columns = linear_sum_assignment(near, maximize=True)
        assert i.size == near[rows, columns].sum()


def test_figures_of_a_comparison():
    score = score_times(np.array([1.0, 2.0, 3.0]), np.array([1.0005, 2.5, 3.0005, 4.0]))
    assert (score.n_true, score.n_found, score.n_matched) == (3, 4, 2)
    assert score.precision == 0.5
    assert score.recall == pytest.approx(2 / 3)
    assert score.f1 == pytest.approx(4 / 7)
    assert score.mean_offset == pytest.approx(5e-4)
    assert score.to_dict()["f1"] == score.f1


def test_nothing_to_find_and_nothing_found_is_right():
    score = score_times(np.empty(0), np.empty(0))
    assert score.f1 == 1.0
    assert math.isnan(score.precision)
    assert score_times(np.empty(0), np.array([1.0])).f1 == 0.0


def test_a_spike_nobody_can_see_counts_neither_way():
    hidden = np.array([2.0])
    found_it = score_times(np.array([1.0]), np.array([1.0, 2.0]), ignore=hidden)
    missed_it = score_times(np.array([1.0]), np.array([1.0]), ignore=hidden)
    assert found_it.f1 == missed_it.f1 == 1.0


def test_matches_stay_within_a_sweep():
    at = np.array([0.5])
    score = score_times(at, at, sweeps=(np.array([0]), np.array([1])))
    assert score.n_matched == 0
