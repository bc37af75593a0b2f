"""Means, spreads, levels, states and averages of known membrane potentials are recovered."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew

from spikelens.errors import UnsupportedInput
from spikelens.membrane import passing
from spikelens.membrane.averages import average_sweeps
from spikelens.membrane.conditions import condition_stretches
from spikelens.membrane.measuring import measure_membrane
from spikelens.membrane.passing import STEP, Tally, pass_over
from spikelens.membrane.states import find_states, judge_bimodality
from spikelens.recording import Channel, Events, Recording, Stimulus
from spikelens.sources import ArraySource
from spikelens.stretches import Stretches
from tests.factory import NO_WALLS, make_spikes
from tests.membrane.cells import RATE, wander, with_spikes


def everything(recording: Recording) -> Stretches:
    return Stretches.between_walls(recording, NO_WALLS)


def telegraph(up: list[float], down: list[float], levels: tuple[float, float] = (-0.075, -0.055)):
    """States of these lengths (s) in turn, the first down; 1.5 mV of noise on either level."""
    pieces = [
        np.full(round(s * RATE), levels[k]) for pair in zip(down, up, strict=True) for k, s in enumerate(pair)
    ]
    volts = np.concatenate(pieces)
    return volts + wander(volts.size, mean=0.0, sd=1.5e-3, tau=0.005)


@given(
    st.lists(st.floats(-0.125, 0.0625, width=32), min_size=2, max_size=60),
    st.integers(0, 60),
    st.floats(0.01, 0.99),
)
def test_a_tally_of_parts_is_numpys_of_the_whole(values, cut, share):
    volts = np.array(values, np.float32)
    tally = Tally.together([Tally.of(volts[:cut]), Tally.of(volts[cut:])])
    exact = volts.astype(np.float64)
    assert tally.n_samples == volts.size
    assert tally.mean == pytest.approx(exact.mean(), abs=1e-12)
    assert tally.sd == pytest.approx(exact.std(), abs=1e-9)
    if exact.std() > 1e-4:
        assert tally.skewness == pytest.approx(skew(exact), abs=1e-4)
    low, high = (np.quantile(exact, share, method=m) for m in ("lower", "higher"))
    assert low - STEP <= tally.quantile(share) <= high + STEP


def test_a_tally_of_nothing_knows_nothing():
    nothing = Tally.of(np.empty(0, np.float32))
    assert np.isnan([nothing.mean, nothing.sd, nothing.skewness, nothing.quantile(0.5)]).all()


@pytest.mark.parametrize("chunk", [0.013, 0.5])
def test_one_pass_is_the_same_for_any_chunk(monkeypatch, chunk):
    recording = Recording.from_array(wander(30_001).astype(np.float32), RATE, sweep_lengths=[7003, 22_998])
    whole = pass_over(recording, everything(recording))
    monkeypatch.setattr(passing, "CHUNK", chunk)
    parts = pass_over(recording, everything(recording))
    np.testing.assert_array_equal(whole.coarse.values, parts.coarse.values)
    np.testing.assert_array_equal(whole.whole.counts, parts.whole.counts)
    np.testing.assert_allclose(whole.whole.sums, parts.whole.sums, rtol=1e-10)
    trace = recording.read()[:7000, 0].reshape(-1, 5)
    np.testing.assert_allclose(whole.coarse.values[:1400], trace.mean(axis=1), atol=1e-8)


def test_every_sample_of_the_coarse_trace_is_in_its_bin():
    recording = Recording.from_array(np.zeros(1013), RATE, sweep_lengths=[503, 510])
    coarse = pass_over(recording, everything(recording)).coarse
    bins, stretch = coarse.bin_of(np.arange(1013))
    assert (bins >= 0).sum() == 500 + 510
    assert (bins[500:503] == -1).all() and bins[503] == 100 and stretch[1012] == 1


def test_mean_and_spread_are_those_of_the_membrane_without_its_spikes():
    volts = wander(300_000, mean=-0.062, sd=2e-3, tau=0.05)
    recording, spikes = with_spikes(volts, [*range(1000, 299_000, 500)])
    found = measure_membrane(recording, spikes)
    tally = found.whole.passed.whole
    # Stated error: 0.05 mV in mean and SD at 20 spikes per second.
    assert tally.mean == pytest.approx(-0.062, abs=0.05e-3)
    assert tally.sd == pytest.approx(2e-3, abs=0.05e-3)
    assert np.mean(recording.read()) > -0.061
    assert found.bridged_samples(found.whole.stretches) == (found.cuts.stop - found.cuts.start).sum()


def test_up_and_down_states_are_found_where_they_were_put():
    up, down = [0.5, 0.8, 0.3, 0.6, 0.5], [0.7, 0.4, 1.0, 0.5, 0.9]
    recording, spikes = with_spikes(telegraph(up, down), [])
    coarse = pass_over(recording, everything(recording)).coarse
    levels = judge_bimodality(coarse)
    assert levels.is_bimodal
    assert (levels.low, levels.high) == pytest.approx((-0.075, -0.055), abs=0.3e-3)
    assert levels.share_high == pytest.approx(sum(up) / sum(up + down), abs=0.02)
    states = find_states(recording, coarse, spikes, levels, shortest=0.05)
    assert [s.is_up for s in states] == [False, True] * 5
    lengths = [(s.stop - s.start) / RATE for s in states]
    np.testing.assert_allclose(lengths, np.column_stack([down, up]).ravel(), atol=0.01)
    assert [s.is_complete for s in states] == [False, *[True] * 8, False]
    assert states[1].mean == pytest.approx(-0.055, abs=0.5e-3)


def test_short_excursions_are_no_states():
    volts = telegraph([0.5, 0.02, 0.6], [0.7, 0.4, 0.5])
    recording, spikes = with_spikes(volts, [])
    coarse = pass_over(recording, everything(recording)).coarse
    levels = judge_bimodality(coarse)
    assert len(find_states(recording, coarse, spikes, levels, shortest=0.05)) == 4
    assert len(find_states(recording, coarse, spikes, levels, shortest=0.0)) >= 6


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("shape", ["normal", "skewed", "uniform", "drift"])
def test_one_level_is_not_taken_for_two(shape, seed):
    volts = wander(200_000, mean=0.0, sd=1.0, tau=0.03, seed=seed)
    made = {
        "normal": lambda: -0.065 + 3e-3 * volts,
        "skewed": lambda: -0.07 + 3e-3 * np.exp(0.7 * volts),
        "uniform": lambda: np.random.default_rng(seed).uniform(-0.08, -0.06, volts.size),
        "drift": lambda: -0.06 + np.linspace(0, 10e-3, volts.size) + 2e-3 * volts,
    }[shape]()
    recording, spikes = with_spikes(made, [])
    coarse = pass_over(recording, everything(recording)).coarse
    levels = judge_bimodality(coarse)
    assert not levels.is_bimodal
    assert find_states(recording, coarse, spikes, levels, shortest=0.05) == []


def test_a_constant_trace_has_no_levels():
    recording, spikes = with_spikes(np.full(5000, -0.07), [])
    found = measure_membrane(recording, spikes)
    assert not found.whole.bimodality.is_bimodal and np.isnan(found.whole.bimodality.separation)


def commanded(recording: Recording, levels: list[float]) -> Recording:
    """The recording, with a step to each sweep's level (A) in its middle third."""
    length = recording.n_samples // len(levels)
    command = np.zeros((len(levels), length), np.float32)
    for row, level in zip(command, levels, strict=True):
        row[length // 3 : 2 * length // 3] = level
    stimulus = Stimulus(ArraySource(command.reshape(-1, 1)), Channel("I", "current"), "reconstructed")
    return dataclasses.replace(recording, stimulus=stimulus)


def test_sweeps_of_one_command_are_averaged_as_numpy_does():
    volts = wander(40_000).reshape(4, -1)
    recording = Recording.from_array(volts.ravel().astype(np.float32), RATE, sweep_lengths=[10_000] * 4)
    recording = commanded(recording, [1e-10, -5e-11, 1e-10, 1e-10])
    coarse = pass_over(recording, everything(recording)).coarse
    (found,) = average_sweeps(recording, coarse)
    assert found.sweeps.tolist() == [0, 2, 3] and found.command.tolist() == pytest.approx([0, 1e-10])
    binned = volts[[0, 2, 3]].reshape(3, -1, 5).mean(axis=2)
    np.testing.assert_allclose(found.mean, binned.mean(axis=0), atol=1e-7)
    np.testing.assert_allclose(found.sd, binned.std(axis=0, ddof=1), atol=1e-7)
    assert found.time[0] == pytest.approx(2.5e-4) and (found.n == 3).all()


def test_an_average_counts_only_what_was_observed():
    recording = Recording.from_array(np.zeros(30_000, np.float32), RATE, sweep_lengths=[10_000, 10_500, 9500])
    where = Stretches.between_walls(recording, np.array([[12_000, 13_000]]))
    (found,) = average_sweeps(recording, pass_over(recording, where).coarse)
    assert found.time.size == 1900
    assert set(found.n[405:595]) == {2} and set(found.n[:395]) == {3} and found.n.min() == 2


def test_conditions_are_measured_by_themselves():
    volts = np.concatenate([np.full(10_000, -0.07), np.full(20_000, -0.06), np.full(10_000, -0.07)])
    recording, spikes = with_spikes(volts + wander(40_000, mean=0, sd=1e-3), [3000, 15_000, 16_000])
    events = Events.at([1.0, 0.0, 3.0], [3.0, 1.0, 4.0], label=["drug", "control", "control"])
    found = measure_membrane(recording, spikes, conditions=events)
    means = {name: c.passed.whole.mean for name, c in found.conditions.items()}
    assert list(means) == ["all", "control", "drug"]
    assert means["drug"] == pytest.approx(-0.06, abs=2e-4)
    assert means["control"] == pytest.approx(-0.07, abs=2e-4)
    assert found.conditions["drug"].stretches.n_samples() == 20_000


def test_tags_last_until_the_next_and_levels_tell_epochs_apart():
    recording = Recording.from_array(np.zeros(1000), 100.0)
    walls = np.array([[250, 300]])
    where = Stretches.between_walls(recording, walls)
    tags = condition_stretches(recording, where, Events.at([2.0, 6.0], label=["a", "b"]))
    assert {n: s.n_samples() for n, s in tags.items()} == {"a": 350, "b": 400}
    steps = Events.at([0.0, 1.0, 1.5], [1.0, 2.0, 1.7], label="B step", value=[0.0, 1.0, 1.0])
    epochs = condition_stretches(recording, where, steps)
    assert {n: s.n_samples() for n, s in epochs.items()} == {"B step 0": 100, "B step 1": 100}
    beyond = condition_stretches(recording, where, Events.at([50.0], [60.0], label="late"))
    assert beyond["late"].n_samples() == 0
    with pytest.raises(UnsupportedInput, match="sweep's clock"):
        condition_stretches(recording, where, dataclasses.replace(tags_of_sweeps(), clock="sweep"))


def tags_of_sweeps() -> Events:
    return Events.at([1.0], label="a")


def test_walls_within_a_sweep_part_states():
    volts = telegraph([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
    recording = Recording.from_array(volts.astype(np.float32), RATE)
    walls = np.array([[7000, 7500]])
    spikes = make_spikes(recording, [], walls=walls, columns={"onset_time": np.empty(0)})
    states = measure_membrane(recording, spikes).whole.states
    parted = [s for s in states if s.start == 7500 or 6900 < s.stop <= 7000]
    assert len(states) == 7 and len(parted) == 2 and not any(s.is_complete for s in parted)
