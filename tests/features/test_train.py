from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.features.train import Train

ISIS = st.lists(st.floats(1e-3, 2.0), min_size=2, max_size=30)


def measure(times, stretch=None, exposure=10.0, origin=0.0, **parameters):
    times = np.asarray(times, float)
    stretch = np.zeros(times.size, np.int64) if stretch is None else np.asarray(stretch)
    return Train(**parameters).measure(times, stretch, exposure, origin)


def test_every_feature_is_declared_and_given():
    assert [f.name for f in Train.features] == list(measure([1.0, 2.0]))


@settings(deadline=None, max_examples=50)
@given(ISIS)
def test_follows_the_published_formulas(isis):
    found = measure(np.concatenate([[0.5], 0.5 + np.cumsum(isis)]))
    pairs = list(itertools.pairwise(isis))
    n = len(pairs)
    assert found["cv2"] == pytest.approx(sum(2 * abs(b - a) / (a + b) for a, b in pairs) / n, abs=1e-9)
    assert found["lv"] == pytest.approx(3 * sum(((a - b) / (a + b)) ** 2 for a, b in pairs) / n, abs=1e-9)
    assert found["adaptation_index"] == pytest.approx(sum((b - a) / (a + b) for a, b in pairs) / n, abs=1e-9)
    assert found["isi_cv"] == pytest.approx(np.std(isis) / np.mean(isis), abs=1e-9)


def test_poisson_trains_have_lv_and_cv_near_one():
    found = measure(np.cumsum(np.random.default_rng(5).exponential(0.1, 20_000)), exposure=2000)
    assert found["lv"] == pytest.approx(1, abs=0.03)
    assert found["cv2"] == pytest.approx(1, abs=0.03)
    assert found["isi_cv"] == pytest.approx(1, abs=0.03)


def test_no_interval_crosses_a_wall():
    whole = measure([0, 1, 2, 102, 103, 104], [0, 0, 0, 1, 1, 1])
    assert whole["mean_isi"] == 1
    assert whole["cv2"] == 0
    assert whole["pauses"] == 0
    assert measure([0, 1, 2, 102, 103, 104])["pauses"] == 1


def test_a_burst_does_not_cross_a_wall():
    times = [0.000, 0.004, 0.008, 0.5, 1.0, 1.004]
    assert measure(times)["bursts"] == 1
    assert measure(times, burst_spikes=2)["bursts"] == 2
    assert measure(times, [0, 0, 1, 1, 1, 1])["bursts"] == 0


def test_latency_counts_from_the_origin_and_leaves_earlier_spikes_out():
    assert measure([0.1, 0.7], origin=0.5)["latency"] == pytest.approx(0.2)
    assert np.isnan(measure([0.1], origin=0.5)["latency"])


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_spikes_give_nan(n):
    found = measure(np.arange(n))
    assert found["spikes"] == n
    assert found["average_rate"] == n / 10
    assert np.isnan(found["isi_cv"]) and np.isnan(found["first_isi"])
    assert np.isnan(measure([], exposure=0)["average_rate"])
