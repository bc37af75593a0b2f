"""Truth of short simulations over many seeds, rates, families and levels."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.signal import argrelmax

from spikelens.runs.simulating import parsed_overrides, write_simulation
from spikelens.simulation import FAMILIES, LEVELS, Simulation, parameter_groups, simulate

CASES = [
    (level, family, rate, seed)
    for (level, family), (seed, rate) in product(
        product(LEVELS, FAMILIES), enumerate([1000.0, 3333.3, 12_500.0, 20_000.0, 44_100.0, 50_000.0])
    )
]
DURATION = 1.5


@cache
def made(level: str, family: str, rate: float, seed: int) -> Simulation:
    return simulate(DURATION, rate, difficulty=level, family=family, seed=seed)


every_case = pytest.mark.parametrize(("level", "family", "rate", "seed"), CASES)


@every_case
def test_truth_is_in_order_within_the_recording_and_on_both_clocks(level, family, rate, seed):
    simulation = made(level, family, rate, seed)
    truth, n = simulation.truth, simulation.recording.n_samples
    assert n == round(DURATION * rate) == simulation.noise_free.size
    assert (truth.sample_index >= 0).all() and (truth.sample_index < n).all()
    assert (np.diff(truth.time) > 0).all() and (np.diff(truth.sample_index[truth.visible]) > 0).all()
    off = np.abs(truth.time - truth.sample_index / rate)
    assert off[truth.visible].max(initial=0) <= 0.5 / rate + 1e-9
    # One that nobody sees may lie in the grid's last step, after the last sample.
    assert off.max(initial=0) <= 1.5 / rate + 1e-9


@every_case
def test_visible_spikes_are_local_maxima_as_scipy_finds_them(level, family, rate, seed):
    simulation = made(level, family, rate, seed)
    truth = simulation.truth
    tops = argrelmax(simulation.noise_free, mode="clip")[0]
    plateaus = np.flatnonzero(np.diff(simulation.noise_free) == 0)
    assert {*truth.sample_index[truth.visible]} <= {*tops, *plateaus}
    assert np.isfinite(truth.height[truth.visible]).all() and np.isnan(truth.height[~truth.visible]).all()


@every_case
def test_height_is_over_the_lowest_value_in_the_rise(level, family, rate, seed):
    simulation = made(level, family, rate, seed)
    truth, trace = simulation.truth, simulation.noise_free.astype(np.float64)
    back = round(0.02 * rate)
    for at, height in zip(truth.sample_index[truth.visible], truth.height[truth.visible], strict=True):
        assert 0.003 <= height <= trace[at] - trace[max(at - back, 0) : at + 1].min() + 1e-6
        assert height < 0.13


@every_case
def test_the_recording_is_the_trace_and_what_was_added(level, family, rate, seed):
    simulation = made(level, family, rate, seed)
    volts = simulation.recording.read()[:, 0]
    assert simulation.recording.source.dtype == np.int16
    assert np.isfinite(volts).all() and np.abs(np.median(volts) + 0.06) < 0.03
    added = volts - simulation.noise_free
    artefacts = [e for e in simulation.events.label if e in ("artefact", "jump")]
    assert np.std(added) < 0.02 and (artefacts or np.abs(added).max() < 0.05)


@every_case
def test_kinds_follow_the_tones(level, family, rate, seed):
    simulation = made(level, family, rate, seed)
    tones = simulation.recording.events.start[
        [label == "tone" for label in simulation.recording.events.label]
    ]
    for time, kind in zip(simulation.truth.time, simulation.truth.kind, strict=True):
        since = min((time - t for t in tones if t <= time), default=np.inf)
        assert (kind == "evoked") == (since < 0.06)


@pytest.mark.parametrize("family", FAMILIES)
def test_drawn_parameters_lie_within_their_bounds_for_any_seed(family):
    bounds = {p.name: p for group in parameter_groups(family) for p in group.schema()}
    for level, seed in product(LEVELS, range(4)):
        drawn = simulate(0.05, 1000.0, difficulty=level, family=family, seed=seed).parameters
        for name, value in drawn.items():
            if name in bounds:
                assert bounds[name].check(value) == value


def test_a_longer_recording_begins_with_the_same_stimulus():
    short, long = (simulate(d, 10_000.0, seed=4, pulses=True, tones=True) for d in (1.0, 2.0))
    n = short.recording.n_samples
    assert short.recording.stimulus is not None and long.recording.stimulus is not None
    np.testing.assert_array_equal(
        short.recording.stimulus.read(0, n - 3000), long.recording.stimulus.read(0, n - 3000)
    )


def test_overrides_of_the_command_line_are_values_or_pairs():
    assert parsed_overrides(["rate=3", " noise = 1e-4,2e-4", "tones=no"]) == {
        "rate": "3",
        "noise": (" 1e-4", "2e-4"),
        "tones": "no",
    }
    drawn = simulate(0.1, 1000.0, **parsed_overrides(["noise=1e-4,2e-4", "tones=no"])).parameters
    assert 1e-4 <= float(str(drawn["noise"])) <= 2e-4 and drawn["tones"] is False


def test_the_written_truth_is_the_truth(tmp_path):
    import pandas as pd

    asked = {"duration": 4.0, "sampling_rate": 10_000.0, "difficulty": "easy", "seed": 3}
    path = write_simulation(tmp_path / "cell.npz", asked, {"rate": 8.0}, force=False)
    truth, table = simulate(**asked, rate=8.0).truth, pd.read_csv(path)
    assert path.name == "cell.truth.csv" and len(table) == len(truth) > 5
    np.testing.assert_allclose(table["time"], truth.time, atol=5.1e-8)
    np.testing.assert_allclose(table["height"], truth.height, rtol=1e-12)
    assert table["sample_index"].tolist() == truth.sample_index.tolist()
    assert table["visible"].astype(bool).tolist() == truth.visible.tolist()
    assert table["kind"].tolist() == truth.kind.tolist()


def test_a_silent_cells_truth_is_a_table_without_rows(tmp_path):
    asked = {"duration": 0.5, "sampling_rate": 10_000.0, "difficulty": "easy", "seed": 0}
    path = write_simulation(tmp_path / "cell.npz", asked, {"rate": 0.0}, force=False)
    assert path.read_text().splitlines() == ["time,sample_index,height,visible,kind"]
