"""The family "integrate-and-fire": spikes of any shape on an exponential integrate-and-fire cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.integrate_and_fire import integrate_and_fire_cell
from spikelens.params import Method, param
from spikelens.simulation.grid import RATE, STEP, Trace
from spikelens.simulation.inputs import Inputs
from spikelens.simulation.membrane import Membrane, tune

_REFERENCE = 3.46e-10
_TUNED = 30.0
"""Seconds of recording that excitability is tuned on, at most."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class IntegrateAndFireCell(Method):
    """An adaptive exponential integrate-and-fire cell after Brette and Gerstner (2005).

    Its spikes are drawn, not computed: a rise, a fall with a shoulder, a trough and an
    after-depolarisation, each as fast and large as asked.
    """

    capacitance: float = param(3e-10, unit="F", low=2e-11, high=2e-9, help="Of the whole membrane.")
    leak_time: float = param(0.02, unit="s", low=0.002, high=0.2, help="Membrane time constant at rest.")
    leak_reversal: float = param(-0.08, unit="V", low=-0.1, high=-0.05, help="Where the leak alone rests.")
    slope_factor: float = param(0.002, unit="V", low=2e-4, high=0.01, help="Sharpness of spike onset.")
    threshold: float = param(-0.05, unit="V", low=-0.065, high=-0.03, help="Where spikes take off.")
    adaptation: float = param(2e-9, unit="S", low=0, high=5e-8, help="Of adaptation, below threshold.")
    adaptation_jump: float = param(6e-11, unit="A", low=0, high=1e-9, help="Adaptation that a spike adds.")
    adaptation_time: float = param(0.12, unit="s", low=0.005, high=2, help="Time it takes to leave.")
    spike_height: float = param(0.08, unit="V", low=0.02, high=0.13, help="From threshold to peak.")
    rise_time: float = param(2.5e-4, unit="s", low=5e-5, high=2e-3, help="From threshold to peak.")
    fall_time: float = param(6e-4, unit="s", low=5e-5, high=5e-3, help="From peak halfway to threshold.")
    shoulder: float = param(0.1, low=0, high=0.7, help="Share of the fall that lags, as a shoulder.")
    shoulder_time: float = param(2e-3, unit="s", low=2e-4, high=2e-2, help="How slowly it falls.")
    trough: float = param(0.1, low=0, high=0.5, help="Depth below threshold after a spike, by its height.")
    height_loss: float = param(0.1, low=0, high=0.8, help="Share of height that a spike takes from the next.")
    height_recovery: float = param(0.05, unit="s", low=0.002, high=2, help="Time it takes to recover.")


def simulate_integrate_and_fire(
    cell: IntegrateAndFireCell, inputs: Inputs, rate: float
) -> tuple[Membrane, float]:
    """Run the cell; also return the excitability that gave `rate` (Hz)."""
    tuned_on = min(len(inputs), round(_TUNED * RATE))
    excitability = tune(lambda e: _run(cell, inputs, e, tuned_on)[1].size, rate * tuned_on / RATE)
    voltage, foot = _run(cell, inputs, excitability, len(inputs))
    while rate == 0 and foot.size and excitability > -20:
        excitability -= 1
        voltage, foot = _run(cell, inputs, excitability, len(inputs))
    # A spike that begins at the very end has no peak there.
    peak = foot + 1 + int(np.argmax(_shape(cell)))
    inside = peak < voltage.size
    return Membrane(voltage, foot[inside], peak[inside], np.ones(int(inside.sum()), np.bool_)), excitability


def _run(cell: IntegrateAndFireCell, inputs: Inputs, excitability: float, n: int) -> tuple[Trace, Floats]:
    step = STEP * 1e3
    scale = np.float32(cell.capacitance / _REFERENCE)
    drive = np.float32(2 ** (excitability / 2))
    constants = (
        cell.capacitance * 1e9,
        cell.capacitance / cell.leak_time * 1e6,
        cell.leak_reversal * 1e3,
        cell.slope_factor * 1e3,
        (cell.threshold - 0.004 * excitability) * 1e3,
        cell.spike_height * 1e3,
        cell.adaptation * 1e6,
        cell.adaptation_jump * 1e9,
        float(np.exp(-STEP / cell.adaptation_time)),
        float(np.exp(-STEP / cell.height_recovery)),
        cell.height_loss,
    )
    excitation = inputs.excitation[:n] * (scale * drive)
    current = inputs.current[:n] * np.float32(1e9)
    voltage, foot = integrate_and_fire_cell(
        excitation, inputs.inhibition[:n] * scale, current, _shape(cell), constants, step
    )
    return np.asarray(voltage * np.float32(1e-3), np.float32), foot


def _shape(cell: IntegrateAndFireCell) -> Floats:
    """From foot to trough, as shares of the height."""
    rise = np.arange(1, max(2, round(cell.rise_time * RATE)) + 1) * STEP / cell.rise_time
    rise = np.minimum(rise, 1.0)
    # The cell integrates again once the shoulder is gone: it must not fire on its own spike.
    lasting = np.log(max(cell.shoulder, 1e-9) / (0.5 * cell.trough + 0.02)) * cell.shoulder_time
    duration = 2.5 * cell.fall_time + max(float(lasting), 0.0) + 0.0005
    after = np.arange(1, round(duration * RATE) + 1) * STEP
    fast = 0.5 ** ((after / cell.fall_time) ** 1.5)
    slow = np.exp(-after / cell.shoulder_time)
    share = cell.shoulder * (1 - fast)
    fall = fast + share * slow - (cell.trough + 0.03) * (1 - fast)
    return np.concatenate([rise**2 * (3 - 2 * rise), fall])
