"""Trials against a slow twin, for any sweeps, walls, stimuli and spikes."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.responses import planted
from hypothesis import given
from hypothesis import strategies as st

from spikelens.responses.plan import Window
from spikelens.responses.trials import Trials
from tests.responses.cells import RATE, empty, spikes_at, stimuli_at

WINDOWS = [Window(0.0, 0.01), Window(-0.02, 0.0), Window(0.005, 0.105), Window(-0.05, 0.05)]
TOTAL = 6000
samples = st.lists(st.integers(0, TOTAL - 1), max_size=30, unique=True)
walls_ = st.lists(st.tuples(st.integers(0, TOTAL), st.integers(0, 800)), max_size=4)


def slow_answer(at, onset, sweep, window, walls):
    """Spikes and observed samples of one trial, sample by sample."""
    low, high = (round(onset + w * RATE) for w in window)
    bounds = (0, 2000) if sweep == 0 else (2000, TOTAL)
    seen = [
        k
        for k in range(max(low, bounds[0]), min(high, bounds[1]))
        if not any(a <= k < a + length for a, length in walls)
    ]
    times = [(k - onset) / RATE for k in sorted(at) if k in set(seen)]
    return times, len(seen)


@given(samples, samples.filter(len), walls_)
def test_spikes_and_exposure_are_those_of_the_slow_twin(at, onsets, walls):
    recording = empty(0.2, 0.4)
    array = np.array([(a, min(a + length, TOTAL)) for a, length in walls], np.int64).reshape(-1, 2)
    spikes = planted(recording, np.array(at, np.float64), array)
    trials = Trials.about(recording, spikes, stimuli_at(recording, np.array(onsets) / RATE), ())
    assert len(trials) == len(onsets)
    for window in WINDOWS:
        counts, aligned = trials.counted(window), trials.aligned(window)
        for k, onset in enumerate(sorted(onsets)):
            times, observed = slow_answer(at, onset, int(trials.stimuli.sweep[k]), window, walls)
            assert counts.n[k] == len(times)
            assert counts.exposure[k] == pytest.approx(observed / RATE, abs=1e-9)
            assert counts.is_whole[k] == (observed == round(window.width * RATE))
            np.testing.assert_allclose(aligned.time[aligned.trial == k], times, atol=1e-9)


@given(samples.filter(len), walls_)
def test_bins_observed_add_up_to_the_window(onsets, walls):
    recording = empty(0.2, 0.4)
    array = np.array([(a, min(a + length, TOTAL)) for a, length in walls], np.int64).reshape(-1, 2)
    spikes = planted(recording, np.empty(0), array)
    names = ["even" if k % 2 else "odd" for k in range(len(onsets))]
    trials = Trials.about(
        recording, spikes, stimuli_at(recording, np.array(onsets) / RATE, kind=names), ("kind",)
    )
    edges = np.linspace(-0.03, 0.05, 9)
    total = trials.exposure(Window(-0.03, 0.05))
    summed = trials.summed_exposure(edges)
    for k in range(len(trials.conditions)):
        assert summed[k].sum() == pytest.approx(total[trials.group == k].sum(), abs=1e-9)
        assert (summed[k] >= -1e-12).all()
        assert (summed[k] <= trials.repeats[k] * 0.01 + 1e-9).all()


def test_a_spike_on_an_edge_belongs_to_what_begins_there():
    recording = empty(1.0)
    trials = Trials.about(recording, spikes_at(recording, [0.3, 0.31]), stimuli_at(recording, [0.3]), ())
    assert trials.counted(Window(0.0, 0.01)).n.tolist() == [1]
    assert trials.counted(Window(0.01, 0.02)).n.tolist() == [1]
    assert trials.counted(Window(-0.01, 0.0)).n.tolist() == [0]


def test_overlapping_windows_are_counted_within_sweeps_only():
    recording = empty(1.0, 1.0)
    trials = Trials.about(
        recording, spikes_at(recording, []), stimuli_at(recording, [0.1, 0.15, 0.99, 1.0]), ()
    )
    assert trials.overlapping(Window(0.0, 0.05)) == 0
    assert trials.overlapping(Window(0.0, 0.06)) == 1
    # The last two lie closer, but a wall apart.
    assert trials.overlapping(Window(-0.5, 0.5)) == 2


def test_without_observed_time_nothing_is_whole():
    recording = empty(1.0)
    spikes = planted(recording, np.array([3000.0]), np.array([[0, 10_000]]))
    counts = Trials.about(recording, spikes, stimuli_at(recording, [0.3]), ()).counted(Window(0.0, 0.1))
    assert (counts.n[0], counts.exposure[0], counts.is_whole[0]) == (0, 0.0, False)
