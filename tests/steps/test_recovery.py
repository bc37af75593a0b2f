"""Cells of known resistance, time constant, capacitance, bridge and f-I curve: what comes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.steps.measuring import Steps, measure_steps
from tests.steps.cells import Cell, Protocol, stepped

PICO = 1e-12


def measured(cell: Cell, currents, protocol: Protocol = Protocol(), **settings: object) -> Steps:  # noqa: B008
    return measure_steps(*stepped(cell, currents, protocol), **settings)  # type: ignore[arg-type]


def passive(cell: Cell, **settings: object) -> dict:
    """The cell's row for four steps that deflect it by 4 to 16 mV."""
    currents = [-share * 0.004 / cell.resistance for share in (4, 3, 2, 1)]
    return measured(cell, currents, **settings).cell


@settings(max_examples=25)
@given(resistance=st.floats(40e6, 600e6), tau=st.floats(5e-3, 50e-3))
def test_resistance_time_constant_and_capacitance_come_back(resistance, tau):
    found = passive(Cell(resistance=resistance, tau=tau))
    assert found["input_resistance"] == pytest.approx(resistance, rel=0.01)
    assert found["time_constant"] == pytest.approx(tau, rel=0.02)
    assert found["capacitance"] == pytest.approx(tau / resistance, rel=0.03)
    assert abs(found["bridge_resistance"]) < 0.02 * resistance
    assert found["time_constant_r2"] > 0.99


@settings(max_examples=15)
@given(share=st.floats(0.02, 0.5), tau=st.floats(8e-3, 40e-3))
def test_a_bridge_that_was_not_balanced_comes_back_and_spoils_nothing(share, tau):
    cell = Cell(tau=tau, bridge=share * 150e6)
    found = passive(cell)
    assert found["bridge_resistance"] == pytest.approx(cell.bridge, abs=0.015 * cell.resistance)
    assert found["input_resistance_corrected"] == pytest.approx(cell.resistance, rel=0.02)
    assert found["time_constant"] == pytest.approx(tau, rel=0.03)
    assert found["capacitance"] == pytest.approx(tau / cell.resistance, rel=0.04)
    assert found["fit_start"] < 5e-3


@pytest.mark.parametrize(("noise", "hum"), [(2e-4, 0.0), (5e-4, 0.0), (1e-4, 3e-4), (3e-4, 1e-3)])
def test_noise_and_hum_leave_the_numbers_within_a_tenth(noise, hum):
    cell = Cell(noise=noise, hum=hum, bridge=10e6)
    found = passive(cell)
    assert found["input_resistance_corrected"] == pytest.approx(cell.resistance, rel=0.05)
    assert found["time_constant"] == pytest.approx(cell.tau, rel=0.1)
    assert found["capacitance"] == pytest.approx(cell.tau / cell.resistance, rel=0.1)


def test_a_bridge_is_said_where_it_is_large_and_only_there():
    currents = (-80 * PICO, -40 * PICO)
    assert any("jumps at the onset" in w for w in measured(Cell(bridge=30e6), currents).warnings)
    assert measured(Cell(bridge=5e6), currents).warnings == ()


@pytest.mark.parametrize("rate", [4_000.0, 10_000.0, 50_000.0])
def test_numbers_do_not_depend_on_the_sampling_rate(rate):
    found = measured(Cell(), (-100 * PICO, -50 * PICO), Protocol(rate=rate)).cell
    assert found["input_resistance"] == pytest.approx(150e6, rel=0.01)
    assert found["time_constant"] == pytest.approx(0.02, rel=0.03)


def test_firing_follows_the_cells_own_curve():
    cell = Cell()
    currents = [k * 20 * PICO for k in range(-2, 20)]
    found = measured(cell, currents)
    for row in found.sweeps:
        assert row["average_rate"] == pytest.approx(cell.rate(row["current"]), abs=2.01)
    above = min(c for c in currents if c > cell.rheobase)
    assert found.cell["rheobase"] == pytest.approx(above, abs=1e-15)
    assert found.cell["rheobase_below"] == pytest.approx(above - 20 * PICO, abs=1e-15)
    firing = [c for c in currents if c > cell.rheobase]
    slopes = [(cell.rate(b) - cell.rate(a)) / (b - a) for i, a in enumerate(firing) for b in firing[i + 1 :]]
    assert found.cell["fi_gain"] == pytest.approx(np.median(slopes), rel=0.05)
    assert found.cell["fi_gain_n"] == len(firing)
    assert found.cell["maximum_rate"] == pytest.approx(cell.rate(currents[-1]), abs=2)
    assert not found.cell["is_spontaneous"] and not np.isfinite(found.cell["block_current"])


def test_latency_and_intervals_are_those_of_the_cell():
    cell = Cell()
    row = measured(cell, [300 * PICO]).sweeps[0]
    charge = 1 / cell.rate(300 * PICO) - cell.refractory
    # The peak comes 1 ms after the threshold is crossed.
    assert row["latency"] == pytest.approx(charge + 1e-3, abs=2e-4)
    assert row["mean_isi"] == pytest.approx(1 / cell.rate(300 * PICO), abs=1e-4)
    assert row["first_isi"] == pytest.approx(row["mean_isi"], abs=1e-4)
    assert abs(row["adaptation_index"]) < 1e-3


@pytest.mark.parametrize("sag", [0.1, 0.3])
def test_sag_is_what_the_membrane_takes_back(sag):
    cell = Cell(tau=0.01, sag=sag)
    found = measured(cell, [-150 * PICO, -100 * PICO], Protocol(onset=0.5, offset=1.5, duration=2.0))
    ends = cell.resistance * 1e-10 * (1 - sag)
    assert found.sweeps[1]["deflection_v"] == pytest.approx(-ends, rel=0.02)
    trough = found.sweeps[1]["baseline_v"] - found.sweeps[1]["minimum_v"]
    assert found.sweeps[1]["sag_ipfx"] == pytest.approx(1 - ends / trough, abs=0.02)
    ratios = [found.sweeps[1][name] for name in ("sag_ratio1", "sag_ratio2")]
    assert sum(ratios) == pytest.approx(1.0)
    assert ratios[0] == pytest.approx(1 - ends / trough, abs=0.03)
    assert found.cell["sag_current"] == pytest.approx(-150 * PICO)


def test_a_test_pulse_in_every_sweep_changes_nothing():
    currents = [k * 25 * PICO for k in range(-4, 10)]
    alone = measured(Cell(noise=0.0), currents).cell
    pulsed = measured(Cell(noise=0.0), currents, Protocol(pulse=(0.85, 0.95, -50 * PICO))).cell
    for name, value in alone.items():
        if isinstance(value, float) and name != "rebound_spikes":
            assert pulsed[name] == pytest.approx(value, rel=1e-6, nan_ok=True), name


def test_a_noisy_recorded_command_gives_the_same_cell():
    currents = [k * 25 * PICO for k in range(-4, 10)]
    noisy = measure_steps(*stepped(Cell(), currents, command_noise=2 * PICO))
    clean = measure_steps(*stepped(Cell(), currents))
    assert noisy.cell["rheobase"] == pytest.approx(clean.cell["rheobase"], abs=1.01 * PICO)
    for name in ("input_resistance", "time_constant", "capacitance", "fi_gain"):
        assert noisy.cell[name] == pytest.approx(clean.cell[name], rel=0.01), name
