"""The cell's kernels against slow twins, and against SciPy's own solver."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from spikelens.kernels.membrane import (
    LOW_MV,
    STEP_MV,
    autoregress,
    conductance_cell,
    integrate_and_fire,
    through_electrode,
)
from spikelens.simulation.conductance import _gates
from spikelens.simulation.integrate_and_fire import _constants
from spikelens.simulation.parameters import ConductanceCell, IntegrateAndFireCell

STEP = 0.025
CAPACITANCE, LEAK, REST, SODIUM, POTASSIUM, SLOW = 0.3, 0.0135, -80.0, 15.5, 3.0, 0.135
CELL = (CAPACITANCE, LEAK, REST, SODIUM, POTASSIUM, SLOW, np.exp(-STEP / 4.5), np.exp(-STEP / 150))


def quiet(n: int) -> NDArray[np.float32]:
    return np.zeros(n, np.float32)


def pushed(n: int, amperes: float = 0.6) -> NDArray[np.float32]:
    current = quiet(n)
    current[n // 5 :] = amperes
    return current


def slow_cell(excitation: Any, inhibition: Any, current: Any, gates: Any, cell: Any) -> NDArray[Any]:
    capacitance, leak, rest, sodium, potassium, m_current, fall, rise = cell
    at = LOW_MV + STEP_MV * np.arange(len(gates))
    v = (leak * rest - 75 * inhibition[0]) / (leak + excitation[0] + inhibition[0])
    m, h, n, p, s = 0.0, 1.0, 0.0, 0.02, 1.0
    out = []
    for ge, gi, i in zip(excitation, inhibition, current, strict=True):
        ends = [np.interp(v, at, gates[:, k]) for k in range(9)]
        m, h, n, p = (ends[2 * k] + (x - ends[2 * k]) * ends[2 * k + 1] for k, x in enumerate((m, h, n, p)))
        s = ends[8] + (s - ends[8]) * (fall if ends[8] < s else rise)
        g = np.array([leak, sodium * m**3 * h * s, potassium * n**4 + m_current * p, ge, gi])
        end = (g @ np.array([rest, 50.0, -90.0, 0.0, -75.0]) + i) / g.sum()
        v = end + (v - end) * np.exp(-STEP * g.sum() / capacitance)
        out.append(v)
    return np.array(out)


def test_the_cell_equals_its_slow_twin() -> None:
    rng = np.random.default_rng(1)
    excitation, inhibition = (rng.uniform(0, 0.02, 400).astype(np.float32) for _ in range(2))
    gates = _gates(ConductanceCell(), -60.0, STEP)
    args = (excitation, inhibition, pushed(400), gates, CELL)
    np.testing.assert_allclose(conductance_cell(*args, STEP), slow_cell(*args), atol=1e-3)


def test_spikes_come_when_an_adaptive_solver_says() -> None:
    threshold, n = -60.0, 4000
    model = ConductanceCell(height_adaptation=0.0)
    cell = (CAPACITANCE, LEAK, REST, SODIUM, POTASSIUM, 0.0, 1.0, 1.0)
    voltage = conductance_cell(quiet(n), quiet(n), pushed(n), _gates(model, threshold, STEP), cell, STEP)

    def slopes(t: float, y: Any) -> list[float]:
        v, m, h, k = y
        x = v - threshold
        rates = (
            (-0.32 * (x - 13) / np.expm1(-(x - 13) / 4), 0.28 * (x - 40) / np.expm1((x - 40) / 5)),
            (0.128 * np.exp(-(x - 7) / 18), 4 / (1 + np.exp(-(x - 30) / 5))),
            (-0.032 * (x - 15) / np.expm1(-(x - 15) / 5), 0.5 * np.exp(-(x - 10) / 40)),
        )
        current = 0.6 if t >= n // 5 * STEP else 0.0
        ions = SODIUM * m**3 * h * (50 - v) + POTASSIUM * k**4 * (-90 - v) + LEAK * (REST - v)
        gates = [a * (1 - g) - b * g for (a, b), g in zip(rates, (m, h, k), strict=True)]
        return [(ions + current) / CAPACITANCE, *gates]

    times = (np.arange(n) + 1) * STEP
    solved = solve_ivp(slopes, (0, times[-1]), [REST, 0, 1, 0], t_eval=times, max_step=0.05, rtol=1e-7)
    spikes = [np.flatnonzero((v[1:] > 0) & (v[:-1] <= 0)) * STEP for v in (voltage, solved.y[0])]
    assert len(spikes[0]) == len(spikes[1]) >= 3
    # Exponential Euler of 25 us lags a little more with each spike.
    np.testing.assert_allclose(spikes[0], spikes[1], rtol=0.01)
    assert abs(voltage.max() - solved.y[0].max()) < 2


def test_a_wandering_process_has_unit_variance_and_its_time_constant() -> None:
    values = np.random.default_rng(2).standard_normal(200_000, dtype=np.float32)
    autoregress(values, np.exp(-1 / 20))
    assert abs(values.std() - 1) < 0.05
    assert abs(np.mean(values[:-20] * values[20:]) - np.exp(-1)) < 0.05


def test_the_electrode_is_two_low_passes_of_scipy() -> None:
    from scipy.signal import lfilter

    voltage = np.random.default_rng(3).normal(-0.06, 0.01, 300).astype(np.float32)
    fast, slow = through_electrode(voltage, np.full(8, 0.3), 0.05, 50)
    expected = [voltage - voltage[0]]
    for share in (0.3, 0.05):
        expected.append(lfilter([share], [1, share - 1], expected[-1]))
    np.testing.assert_allclose(fast, expected[1] + voltage[0], atol=1e-7)
    np.testing.assert_allclose(slow, expected[2] + voltage[0], atol=1e-7)


def test_the_electrode_follows_a_changing_resistance() -> None:
    voltage = np.random.default_rng(4).normal(size=100).astype(np.float32)
    knots = np.array([0.1, 0.9, 0.2])
    fast, _ = through_electrode(voltage, knots, 0.5, 50)
    x, expected = float(voltage[0]), []
    for i, v in enumerate(voltage):
        x += (v - x) * np.interp(i / 50, np.arange(3), knots)
        expected.append(x)
    np.testing.assert_allclose(fast, expected, rtol=1e-5)


def if_cell(step: float, **changes: float) -> tuple[float, ...]:
    model = IntegrateAndFireCell(**changes)  # type: ignore[arg-type]
    return _constants(model, 0.0, step)


def test_a_drawn_spike_has_its_width_size_and_trough() -> None:
    cell = if_cell(STEP, spike_width=1e-3, spike_size=0.08, trough=0.01, hump=0.0)
    voltage, foot, peak = integrate_and_fire(quiet(8000), quiet(8000), pushed(8000, 0.7), cell, STEP)
    assert foot.size == peak.size >= 2 and (foot < peak).all()
    first = voltage[foot[0] : foot[0] + 400]
    assert abs(first.max() - first[0] - 80) < 0.5
    half = np.flatnonzero(first > first[0] + 40)
    assert abs((half[-1] - half[0] + 1) * STEP - 1.0) < 0.15
    # A little of the fall is left to the membrane.
    assert -11 < first[: 4 * half[-1]].min() - first[0] < -8
    assert voltage[peak[0]] == first.max()


def test_spikes_shrink_in_a_burst_and_recover() -> None:
    cell = if_cell(STEP, height_loss=0.2, height_recovery=0.05, spike_adaptation=0.0)
    voltage, _, peak = integrate_and_fire(quiet(8000), quiet(8000), pushed(8000, 1.5), cell, STEP)
    assert voltage[peak[1]] < voltage[peak[0]] - 5
    assert (np.diff(peak) * STEP > 1.5).all()


def test_spikes_widen_as_they_shrink() -> None:
    def widths(**changes: float) -> NDArray[np.int64]:
        cell = if_cell(STEP, height_loss=0.3, height_recovery=0.2, spike_adaptation=0.0, **changes)
        voltage, foot, peak = integrate_and_fire(quiet(8000), quiet(8000), pushed(8000, 1.5), cell, STEP)
        middle = (voltage[foot] + voltage[peak]) / 2
        pairs = zip(peak, middle, strict=True)
        return np.array([np.argmax(voltage[p:] < m) for p, m in pairs][:3])

    same, wider = widths(), widths(broadening=2.0)
    assert wider[0] == same[0]
    assert wider[1] > 1.3 * same[1] and wider[2] > wider[1]


def test_below_threshold_the_cell_is_a_leaky_membrane_of_scipy() -> None:
    cell = if_cell(STEP, adaptation=0.0, sharpness=2e-4)
    voltage, foot, _ = integrate_and_fire(quiet(2000), quiet(2000), pushed(2000, 0.2), cell, STEP)
    time = np.maximum(np.arange(2000) - 399, 0) * STEP
    np.testing.assert_allclose(voltage, -75 + 10 * -np.expm1(-time / 15), atol=0.02)
    assert foot.size == 0


def slow_integrate_and_fire(current: Any, cell: Any, step: float) -> list[int]:
    """Where spikes begin, by Euler steps a tenth as long."""
    capacitance, leak, rest, threshold, sharp = cell[:5]
    v, feet = rest, []
    for i, push in enumerate(current):
        for _ in range(10):
            rise = leak * (rest - v) + leak * sharp * np.exp(min((v - threshold) / sharp, 3)) + push
            v += step / 10 * rise / capacitance
        if v >= threshold + 3 * sharp:
            feet.append(i)
            break
    return feet


def test_the_first_spike_begins_where_a_slow_twin_says() -> None:
    cell = if_cell(STEP, adaptation=0.0)
    _, foot, _ = integrate_and_fire(quiet(4000), quiet(4000), pushed(4000, 0.7), cell, STEP)
    assert abs(int(foot[0]) - slow_integrate_and_fire(pushed(4000, 0.7), cell, STEP)[0]) <= 8
