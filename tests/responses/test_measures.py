"""PSTH, latency, reliability: against slow twins, and on cells of known answers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.responses.histogram import edges_of
from spikelens.responses.plan import Window
from spikelens.responses.running import respond
from tests.responses.cells import empty, poisson_cell, spikes_at, stimuli_at

WIDE = {"window": "5:105ms", "baseline": "-200:0ms"}


@given(st.floats(1e-3, 0.05), st.floats(-0.3, 0.05), st.floats(0.12, 0.5))
def test_edges_are_even_within_what_is_shown_and_one_is_the_onset(width, low, reach):
    edges = edges_of(Window(low, low + reach), width)
    np.testing.assert_allclose(np.diff(edges), width)
    assert edges[0] >= low - 1e-9 and edges[-1] <= low + reach + 1e-9
    assert low + reach - edges[-1] < width + 1e-9
    if low <= 0 <= low + reach:
        assert np.abs(edges).min() < 1e-12


def test_the_histogram_counts_each_spike_once_per_observed_second():
    recording, spikes, stimuli = poisson_cell(200, evoked=0.5)
    found = respond(recording, spikes, stimuli, bin="10ms")
    psth = found.psth
    since = spikes.time[:, None] - (0.5 + 0.5 * np.arange(200))
    np.testing.assert_array_equal(psth.counts[0], np.histogram(np.round(since, 9), psth.edges)[0])
    np.testing.assert_allclose(psth.exposure[0], 200 * 0.01)
    np.testing.assert_allclose(psth.rate[0], psth.counts[0] / 2.0)
    low, high = psth.band
    assert (low <= psth.rate).all() and (psth.rate <= high).all()


def test_blanked_time_is_no_time():
    recording = empty(2.0)
    walls = np.array([[5000, 5100], [15_000, 15_050]])
    spikes = spikes_at(recording, [0.512, 1.512], walls)
    found = respond(recording, spikes, stimuli_at(recording, [0.5, 1.5]), bin="5ms", window="10:60ms")
    at = np.searchsorted(found.psth.edges, [0.001, 0.006, 0.012]) - 1
    np.testing.assert_allclose(found.psth.exposure[0][at], [0.0, 0.005, 0.01], atol=1e-9)
    rate = found.psth.rate[0][at]
    assert np.isnan(rate[0]) and rate[1] == 0 and rate[2] == pytest.approx(200.0)


def test_the_band_holds_the_true_rate():
    inside = []
    for seed in range(20):
        recording, spikes, stimuli = poisson_cell(50, spontaneous=10.0, seed=seed)
        low, high = respond(recording, spikes, stimuli, bin="20ms").psth.band
        inside.append((low <= 10) & (high >= 10))
    assert np.mean(inside) > 0.93


@pytest.mark.parametrize(("evoked", "jitter", "bounds"), [(0.0, 0.002, (0.012, 1)), (0.9, 0.001, (0, 0.006))])
def test_the_rule_chooses_wide_bins_for_a_flat_rate_and_narrow_ones_for_a_peak(evoked, jitter, bounds):
    recording, spikes, stimuli = poisson_cell(300, evoked=evoked, late=(0.03, jitter), seed=2)
    psth = respond(recording, spikes, stimuli).psth
    assert bounds[0] < np.diff(psth.edges)[0] < bounds[1]
    assert "Shimazaki" in psth.rule


def test_the_chosen_width_has_the_least_cost_by_the_papers_formula():
    recording, spikes, stimuli = poisson_cell(100, evoked=0.8, seed=3)
    found = respond(recording, spikes, stimuli)
    time = found.trials.aligned(found.plan.shown).time

    def cost(width):
        k = np.histogram(time, edges_of(found.plan.shown, width))[0]
        return (2 * k.mean() - k.var()) / (100 * width) ** 2

    chosen = float(np.diff(found.psth.edges)[0])
    others = [float(f"{w:.2g}") for w in np.geomspace(1e-3, 0.02, 60)]
    assert cost(chosen) == pytest.approx(min(cost(w) for w in others), rel=1e-6)


def test_few_spikes_choose_nothing():
    recording = empty(2.0)
    found = respond(recording, spikes_at(recording, [0.51]), stimuli_at(recording, [0.5]))
    assert found.psth.edges.size == 21 and "too few" in found.psth.rule


def test_smoothing_finds_the_peak_and_keeps_a_flat_rate():
    recording, spikes, stimuli = poisson_cell(400, spontaneous=20.0, evoked=0.9, late=(0.03, 0.003))
    psth = respond(recording, spikes, stimuli, smoothing="4ms").psth
    assert psth.middles[np.argmax(psth.rate[0])] == pytest.approx(0.03, abs=0.003)
    flat = psth.rate[0][psth.middles < -0.02]
    assert abs(flat.mean() - 20) < 2
    fine = respond(recording, spikes, stimuli, bin="1ms").psth
    assert flat.std() < 0.5 * fine.rate[0][fine.middles < -0.02].std()
    low, high = psth.band
    seen = psth.middles < -0.02
    assert np.mean((low[0] <= 20)[seen] & (high[0] >= 20)[seen]) > 0.85


def test_latency_and_jitter_are_recovered():
    recording, spikes, stimuli = poisson_cell(1000, spontaneous=0.5, evoked=0.8, late=(0.025, 0.003))
    found = respond(recording, spikes, stimuli, window="10:45ms")
    late = found.latencies
    assert late.median[0] == pytest.approx(0.025, abs=3e-4)
    assert late.upper_quartile[0] - late.lower_quartile[0] == pytest.approx(1.349 * 0.003, abs=4e-4)
    assert late.jitter[0] == pytest.approx(0.003, abs=6e-4)
    # The second spike or so of 800, of a Gaussian that begins some 3 deviations before its middle.
    assert 0.012 < late.minimum[0] < 0.02


def test_the_first_spike_of_each_trial_is_the_first():
    recording = empty(3.0)
    spikes = spikes_at(recording, [0.504, 0.511, 0.52, 1.53, 2.2])
    found = respond(recording, spikes, stimuli_at(recording, [0.5, 1.5, 2.5]))
    assert found.latencies.trial.tolist() == [0, 1]
    np.testing.assert_allclose(found.latencies.first, [0.011, 0.03])
    assert found.latencies.jitter[0] == pytest.approx(np.std([0.011, 0.03], ddof=1))


def test_chance_has_no_minimum_latency():
    called = [
        np.isfinite(respond(*poisson_cell(100, spontaneous=8.0, seed=seed)).latencies.minimum[0])
        for seed in range(60)
    ]
    assert not any(called)


def test_a_silent_baseline_does_not_make_one_spike_a_response():
    recording = empty(2.0)
    one = respond(recording, spikes_at(recording, [0.52]), stimuli_at(recording, [0.5]))
    assert np.isnan(one.latencies.minimum[0])
    recording, spikes, stimuli = poisson_cell(60, spontaneous=0.0, evoked=1.0)
    many = respond(recording, spikes, stimuli)
    assert 0.01 < many.latencies.minimum[0] < 0.02


def slow_correlation(trains, grid):
    smooth = [np.exp(-0.5 * ((grid[:, None] - t) / 3e-3) ** 2).sum(axis=1) for t in trains]
    pairs = [
        0.0 if not (a.any() and b.any()) else a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        for a, b in combinations(smooth, 2)
    ]
    return np.mean(pairs)


def test_correlation_is_the_mean_over_all_pairs():
    recording, spikes, stimuli = poisson_cell(30, spontaneous=8.0, evoked=0.6)
    found = respond(recording, spikes, stimuli, **WIDE)
    aligned = found.trials.aligned(found.plan.window)
    trains = [aligned.time[aligned.trial == k] for k in range(30)]
    grid = np.arange(0.005 - 0.012, 0.105 + 0.012, 1e-3)
    assert found.correlation[0] == pytest.approx(slow_correlation(trains, grid), abs=1e-9)


def test_reliable_cells_correlate_and_poisson_ones_hardly():
    reliable = respond(*poisson_cell(60, spontaneous=0.0, evoked=1.0, late=(0.02, 2e-4)))
    chance = respond(*poisson_cell(60, spontaneous=8.0))
    assert reliable.correlation[0] > 0.95 and chance.correlation[0] < 0.15
    assert reliable.evidence.window.fano[0] == 0.0
    assert chance.evidence.window.fano[0] == pytest.approx(1.0, abs=0.45)
    silent = respond(*poisson_cell(5, spontaneous=0.0))
    assert np.isnan(silent.correlation[0]) and np.isnan(silent.evidence.window.fano[0])
