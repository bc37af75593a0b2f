"""What is said of one sweep: block, rebound, spikes before, and what cannot be had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spikelens.errors import BadParameter, UnknownName, UnsupportedInput
from spikelens.recording import Recording
from spikelens.steps.measuring import measure_steps
from tests.factory import make_spikes
from tests.steps.cells import Cell, Protocol, recorded, stepped

PICO = 1e-12
RATE = 20_000.0
SECOND = 20_000
STEP = Protocol()


def sweep(current: float, *, level: float = -0.07, during: float | None = None) -> np.ndarray:
    """A flat sweep with another level during the step, V."""
    volts = np.full(SECOND, level) + 1e-5 * np.random.default_rng(0).standard_normal(SECOND)
    volts[4000:14_000] += (current * 1e8) if during is None else during - level
    return volts


def rows(*sweeps: tuple[float, np.ndarray], peaks: list[int] | None = None, **settings: object):
    """The rows of sweeps of (current, volts) with spikes at samples counted through the file."""
    commands = [STEP.command(current) for current, _ in sweeps]
    recording = recorded([volts for _, volts in sweeps], commands, RATE)
    return measure_steps(recording, make_spikes(recording, peaks or []), **settings)


def test_block_is_silence_above_a_level_until_the_end():
    volts = sweep(300 * PICO, during=-0.030)
    few = [4100, 4300, 4500]
    assert rows((300 * PICO, volts), peaks=few).sweeps[0]["is_blocked"]
    assert rows((300 * PICO, volts), peaks=few).sweeps[0]["block_time"] == pytest.approx(500 / RATE)
    assert rows((300 * PICO, volts), peaks=few).cell["block_current"] == pytest.approx(300 * PICO)
    assert rows((300 * PICO, volts)).sweeps[0]["is_blocked"]
    low = sweep(300 * PICO, during=-0.045)
    assert not rows((300 * PICO, low), peaks=few).sweeps[0]["is_blocked"]
    assert rows((300 * PICO, low), peaks=few, block_v=-0.05).sweeps[0]["is_blocked"]
    late = [*range(4100, 13_000, 800)]
    assert not rows((300 * PICO, volts), peaks=late).sweeps[0]["is_blocked"]
    assert not rows((-300 * PICO, volts), peaks=few).sweeps[0]["is_blocked"]


def test_a_slow_cell_is_not_blocked_between_its_spikes():
    volts = sweep(300 * PICO, during=-0.030)
    assert not rows((300 * PICO, volts), peaks=[4500, 7500, 10_500]).sweeps[0]["is_blocked"]


def test_a_blocked_step_is_no_point_of_the_gain():
    made = [(k * 100 * PICO, sweep(k * 100 * PICO, during=-0.03 if k == 4 else -0.05)) for k in (1, 2, 3, 4)]
    counts = {0: 2, 1: 4, 2: 6, 3: 9}
    peaks = [s * SECOND + 4100 + 250 * k for s, n in counts.items() for k in range(n)]
    found = rows(*made, peaks=peaks)
    assert found.sweeps[3]["is_blocked"]
    assert found.cell["fi_gain_n"] == 3
    assert found.cell["fi_gain"] == pytest.approx(4 / 100e-12)


def test_rebound_counts_after_negative_steps_alone_and_within_its_window():
    made = [(-100 * PICO, sweep(-100 * PICO)), (100 * PICO, sweep(100 * PICO))]
    after = [14_100, 15_000, 17_990, 18_100]
    found = rows(*made, peaks=[*after, *(SECOND + a for a in after)])
    assert found.sweeps[0]["rebound_spikes"] == 3
    assert np.isnan(found.sweeps[1]["rebound_spikes"])
    assert found.cell["rebound_spikes"] == 3
    assert rows(*made, peaks=after, rebound=0.01).sweeps[0]["rebound_spikes"] == 1


def test_spikes_in_the_baseline_are_cut_from_it_and_counted():
    volts = sweep(-50 * PICO)
    volts[2500:2540] = 0.03
    found = rows((-50 * PICO, volts), peaks=[2520]).sweeps[0]
    assert found["baseline_v"] == pytest.approx(-0.07, abs=1e-6)
    assert found["spikes_before"] == 1
    busy = rows((-50 * PICO, volts), peaks=[*range(100, 4000, 200)])
    assert np.isnan(busy.sweeps[0]["baseline_v"])
    assert "no baseline between spikes" in busy.sweeps[0]["notes"]


def test_a_baseline_begins_where_the_command_last_changed():
    pulsed = Protocol(pulse=(0.05, 0.16, -200 * PICO))
    recording, spikes = stepped(Cell(tau=0.002, noise=0), [-100 * PICO, -50 * PICO], pulsed)
    found = measure_steps(recording, spikes)
    assert found.sweeps[0]["baseline_v"] == pytest.approx(-0.07, abs=2e-3)
    assert found.trials[0].baseline_window(0.1) == (3200, 4000)


def test_spikes_within_a_negative_step_leave_no_sag():
    found = rows((-50 * PICO, sweep(-50 * PICO)), peaks=[9000]).sweeps[0]
    assert np.isnan(found["sag_ipfx"]) and np.isnan(found["time_constant"]) and np.isnan(found["resistance"])
    assert "spikes or missing samples" in found["notes"]


def test_missing_samples_are_neither_measured_nor_counted_as_time():
    made = sweep(-50 * PICO)
    made[8000:10_000] = np.nan
    recording = recorded([made], [STEP.command(-50 * PICO)], RATE)
    walls = np.array([[8000, 10_000]])
    found = measure_steps(recording, make_spikes(recording, [5000, 6000], walls=walls))
    assert found.sweeps[0]["average_rate"] == pytest.approx(2 / 0.4)
    assert np.isnan(found.sweeps[0]["sag_ipfx"])
    assert np.isfinite(found.sweeps[0]["steady_state_v"])
    assert np.isnan(found.cell["time_constant"])


def test_a_junction_potential_moves_voltages_alone():
    made = [(k * 50 * PICO, sweep(k * 50 * PICO)) for k in (-2, -1, 1)]
    plain, moved = rows(*made), rows(*made, junction_potential=0.012)
    for one, other in zip([*plain.sweeps, plain.cell], [*moved.sweeps, moved.cell], strict=True):
        for name, value in one.items():
            if isinstance(value, float):
                shift = 0.012 if name in ("baseline_v", "steady_state_v", "minimum_v", "resting_v") else 0
                assert other[name] == pytest.approx(value - shift, nan_ok=True, abs=1e-15), name


@pytest.mark.parametrize("current", [0.0, 200 * PICO, -200 * PICO])
def test_a_step_that_fills_the_sweep_has_neither_baseline_nor_rebound(current):
    volts = sweep(0.0)
    recording = recorded([volts, volts], [STEP.command(current), STEP.command(50 * PICO)], RATE)
    from spikelens.protocols.protocol import Protocol as Known
    from spikelens.protocols.protocol import Step

    known = Known((Step(0, 0, SECOND, current, free_to=SECOND),), "given")
    found = measure_steps(recording, make_spikes(recording, []), protocol=known).sweeps[0]
    assert np.isnan(found["baseline_v"]) and "no baseline" in found["notes"]
    assert found["spikes"] == 0
    if current < 0:
        assert "no rebound to see" in found["notes"]


def test_one_sweep_and_no_spikes_are_said():
    found = rows((-50 * PICO, sweep(-50 * PICO)))
    assert any("single sweep" in w for w in found.warnings)
    assert np.isnan(found.cell["rheobase"]) and np.isnan(found.cell["fi_gain"])
    assert "no step brought a spike" in found.cell["notes"]
    assert found.cell["input_resistance"] == pytest.approx(1e8, rel=1e-3)
    assert np.isnan(found.cell["input_resistance_se"])


def test_a_cell_that_always_fires_has_no_rheobase_and_no_resistance():
    made = [(k * 50 * PICO, sweep(k * 50 * PICO)) for k in (-2, -1, 0, 1)]
    peaks = [s * SECOND + k for s in range(4) for k in range(500, SECOND, 700)]
    found = rows(*made, peaks=peaks)
    assert found.cell["is_spontaneous"] and np.isnan(found.cell["rheobase"])
    assert np.isnan(found.cell["input_resistance"]) and "no silent step" in found.cell["notes"]


def test_a_cell_whose_smallest_step_fires_says_that_rheobase_is_a_bound():
    found = rows(*((k * 50 * PICO, sweep(k * 50 * PICO)) for k in (1, 2)), peaks=[5000, 25_000, 26_000])
    assert found.cell["rheobase"] == pytest.approx(50 * PICO)
    assert "rheobase is at most" in found.cell["notes"]


def test_a_sweep_without_a_step_keeps_its_row():
    commands = [STEP.command(50 * PICO), np.linspace(0, 1e-10, SECOND), STEP.command(80 * PICO)]
    recording = recorded([sweep(0.0)] * 3, commands, RATE)
    found = measure_steps(recording, make_spikes(recording, []))
    assert [row["sweep"] for row in found.sweeps] == [0, 1, 2]
    assert found.sweeps[1] == {"sweep": 1, "notes": "the command is a ramp"}
    assert any("sweep 1 is left out" in w for w in found.warnings)


def test_voltage_clamp_and_other_quantities_are_refused():
    recording, spikes = stepped(Cell(), [50 * PICO])
    held = replace(spikes, provenance=replace(spikes.provenance, mode="voltage-clamp"))
    with pytest.raises(UnsupportedInput, match="voltage clamp"):
        measure_steps(recording, held)
    current = Recording.from_array(np.zeros(100), RATE, quantity="current", mode="cell-attached")
    with pytest.raises(UnsupportedInput, match="steps are measured in a voltage"):
        measure_steps(current, make_spikes(current, []))


def test_settings_are_checked():
    recording, spikes = stepped(Cell(), [50 * PICO])
    with pytest.raises(BadParameter, match="baseline must be at least"):
        measure_steps(recording, spikes, baseline=0)
    with pytest.raises(UnknownName, match="steady"):
        measure_steps(recording, spikes, after=1)


def test_steps_that_were_not_observed_are_no_steps_without_spikes():
    currents = [-50e-12, 0.0, 160e-12, 200e-12]
    recording, spikes = stepped(Cell(), currents * 2)
    half = recording.n_samples // 2
    walls = np.array([[half, recording.n_samples]])
    first = make_spikes(recording, spikes.sample_index[spikes.sample_index < half], walls=walls)
    found = measure_steps(recording, first)
    whole = measure_steps(*stepped(Cell(), currents))
    assert found.cell["sweeps"] == 4
    for name in ("rheobase", "fi_gain", "input_resistance", "maximum_rate"):
        assert found.cell[name] == pytest.approx(whole.cell[name], rel=1e-3)
    assert "4 sweeps (4 to 7) are left out: its step was not observed" in found.warnings
    with pytest.raises(UnsupportedInput, match="no step lies"):
        measure_steps(recording, make_spikes(recording, [], walls=np.array([[0, recording.n_samples]])))
