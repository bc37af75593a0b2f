"""The family "integrate-and-fire": spikes of any shape on an adaptive exponential cell."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.membrane import integrate_and_fire
from spikelens.simulation.grid import RATE, Trace
from spikelens.simulation.inputs import Inputs
from spikelens.simulation.membrane import Membrane, tune
from spikelens.simulation.parameters import IntegrateAndFireCell

_HALF_FALL = math.log(2) ** (1 / 1.3)
"""Time constants that the falling side takes to half its height."""
_HALF_RISE = 1 - 2 / math.pi * math.asin(0.5 ** (1 / 1.3))
"""Share of the rising side above half its height."""

Ints = NDArray[np.int64]


def simulate_integrate_and_fire(
    cell: IntegrateAndFireCell, inputs: Inputs, rate: float
) -> tuple[Membrane, float]:
    """Run the cell; also return the excitability that gave `rate` (Hz)."""

    def count(excitability: float, samples: slice) -> int:
        return _run(cell, inputs, excitability, samples)[1].size

    excitability = tune(count, len(inputs), rate)
    voltage, foot, peak = _run(cell, inputs, excitability, slice(None))
    return Membrane(voltage, foot, peak, np.ones(peak.size, bool)), excitability


def _run(
    cell: IntegrateAndFireCell, inputs: Inputs, excitability: float, samples: slice
) -> tuple[Trace, Ints, Ints]:
    step = 1e3 / RATE * (samples.step or 1)
    arriving = inputs.onto(cell.capacitance, excitability, samples)
    voltage, foot, peak = integrate_and_fire(*arriving, _constants(cell, excitability, step), step)
    return np.asarray(voltage * np.float32(1e-3), np.float32), foot, peak


def _constants(cell: IntegrateAndFireCell, excitability: float, step: float) -> tuple[float, ...]:
    def kept(time_constant: float) -> float:
        return math.exp(-step / (time_constant * 1e3))

    width = cell.spike_width * 1e3
    return (
        cell.capacitance * 1e9,
        cell.capacitance / cell.membrane_time * 1e6,
        cell.rest * 1e3,
        -50 - 4 * excitability,
        cell.sharpness * 1e3,
        cell.adaptation * 1e6,
        cell.spike_adaptation * 1e9,
        kept(cell.adaptation_time),
        width * cell.spike_rise / _HALF_RISE,
        width * (1 - cell.spike_rise) / _HALF_FALL,
        cell.spike_size * 1e3,
        cell.trough * 1e3,
        cell.hump * 1e9,
        kept(cell.hump_time),
        cell.height_loss,
        kept(cell.height_recovery),
        cell.refractoriness * 1e3,
        kept(cell.refractory_time),
        cell.broadening,
    )
