"""Tuning of curves drawn by hand, and of cells whose tuning is known."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import responses as bench
from hypothesis import given
from hypothesis import strategies as st

from spikelens.responses.running import respond
from spikelens.responses.tuning import Tuning, measures_of
from tests.responses.cells import empty, poisson_cell, spikes_at, stimuli_at

FREQUENCIES = np.geomspace(1000, 16_000, 9)
LEVELS = np.arange(20.0, 71.0, 10.0)


def drawn(evoked, *, excited=None, values=FREQUENCIES, levels=LEVELS, factor="frequency"):
    evoked = np.atleast_2d(np.asarray(evoked, np.float64))
    is_excited = evoked > 5 if excited is None else np.asarray(excited)
    level = "level" if evoked.shape[0] > 1 else ""
    rows = levels[: evoked.shape[0]]
    return Tuning(factor, values, level, rows, evoked, evoked - 1, evoked + 1, is_excited)


def bump(place, centre, sd, height=20.0):
    return height * np.exp(-0.5 * ((place - centre) / sd) ** 2)


@given(st.floats(10.6, 13.3), st.floats(0.35, 0.55))
def test_a_gaussian_in_octaves_is_recovered(centre, sd):
    values = np.geomspace(500, 32_000, 49)
    measures, notes = measures_of(drawn(bump(np.log2(values), centre, sd), values=values))
    assert abs(np.log2(measures["best"]) - centre) <= 0.5 * 6 / 48 + 1e-9
    assert abs(np.log2(measures["centre"]) - centre) < 0.05
    assert measures["half_width"] == pytest.approx(2.3548 * sd, rel=0.03)
    assert not notes


def test_what_is_no_frequency_is_measured_as_it_is():
    values = np.linspace(-90, 90, 37)
    measures, _ = measures_of(drawn(bump(values, 20, 25), values=values, factor="angle"))
    assert measures["best"] == 20
    assert measures["centre"] == pytest.approx(20, abs=0.5)
    assert measures["half_width"] == pytest.approx(2.3548 * 25, rel=0.02)


def test_a_map_has_threshold_characteristic_and_bandwidth():
    place = np.log2(FREQUENCIES)
    rows = [bump(place, 12, 0.2 + 0.01 * level, height=max(0.0, level - 30)) for level in LEVELS]
    measures, notes = measures_of(drawn(rows))
    assert measures["threshold"] == 40 and measures["characteristic"] == pytest.approx(4000)
    # At 50, ten above: what exceeds 5 of 20 lies within 1.67 deviations of 0.7 octaves.
    assert measures["bandwidth_above"] == pytest.approx(2.0)
    assert 45 < measures["half_level"] < 60
    assert not notes


def test_what_is_not_defined_is_nan_with_the_reason():
    flat = drawn(np.zeros((3, 9)))
    measures, notes = measures_of(flat)
    assert all(np.isnan(v) for v in measures.values()) and "threshold" in measures
    assert "beyond chance" in notes[0]
    rising = drawn(np.linspace(0, 20, 9))
    measures, notes = measures_of(rising)
    assert measures["best"] == 16_000 and np.isnan(measures["half_width"])
    assert "both sides" in notes[0]
    loudest = drawn([np.zeros(9), bump(np.log2(FREQUENCIES), 12, 0.5)])
    measures, notes = measures_of(loudest)
    assert np.isnan(measures["bandwidth_above"]) and "10 above" in notes[-1]


def test_conditions_that_were_not_given_are_gaps():
    rows = np.array([bump(np.log2(FREQUENCIES), 12, 0.5)] * 3)
    rows[:, 0], rows[0, 4] = np.nan, np.nan
    rows[1:, 0] = 0.1
    measures, _ = measures_of(drawn(rows))
    assert measures["best"] == pytest.approx(4000) and measures["threshold"] == 20


def test_text_one_value_or_three_factors_have_no_tuning():
    recording = empty(4.0)
    spikes = spikes_at(recording, [0.52, 1.52])
    stimuli = stimuli_at(
        recording,
        [0.5, 1.5, 2.5],
        ear=["l", "r", "l"],
        f=[1.0, 2.0, 1.0],
        g=[1.0, 1.0, 1.0],
        h=[1.0, 2.0, 3.0],
    )
    for by, has in (("ear", False), ("g", False), ("f", True), ("f,h", True), ("f,g,h", False), ("", False)):
        assert (respond(recording, spikes, stimuli, by=by).tuning is not None) == has


def test_the_truth_of_a_tuned_cell_is_recovered():
    found, *_ = bench.measure(60, 260)
    measures = found.tuning.measures
    assert abs(np.log2(measures["centre"] / bench.PREFERRED)) < 0.05
    assert measures["half_width"] == pytest.approx(2.3548 * bench.WIDTH, rel=0.1)
    assert measures["half_level"] == pytest.approx(bench.THRESHOLD, abs=3)
    assert abs(np.log2(measures["best"] / bench.PREFERRED)) <= 4 / 25 + 1e-9
    low, high = (end[0] for end in found.evidence.spontaneous.interval)
    assert low <= bench.SPONTANEOUS <= high
    strongest = np.nanargmax(found.evidence.evoked)
    assert found.latencies.median[strongest] == pytest.approx(bench.LATENCY, abs=1e-3)
    octaves = np.abs(np.log2(found.tuning.values / bench.PREFERRED))
    far = (octaves > 1.9)[None, :] | (found.tuning.levels < 20)[:, None]
    near = (octaves < 0.4)[None, :] & (found.tuning.levels > 50)[:, None]
    assert not (found.tuning.is_excited & far).any()
    assert found.tuning.is_excited[near].all()


def test_a_cell_that_hears_nothing_is_seldom_said_to():
    wrong = 0
    for seed in range(40):
        recording, spikes, stimuli = poisson_cell(200, spontaneous=6.0, seed=seed)
        tone = np.random.default_rng(seed).integers(0, 20, len(stimuli)).astype(float)
        labelled = stimuli_at(recording, stimuli.onset.tolist(), frequency=2000.0 * 2 ** (tone / 5))
        wrong += (respond(recording, spikes, labelled, by="frequency").evidence.response != "none").any()
    assert wrong <= 6
