"""The family "conductance": a single compartment with ion channels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.membrane import LOW_MV, STEP_MV, conductance_cell
from spikelens.simulation.grid import RATE, Trace
from spikelens.simulation.inputs import Inputs
from spikelens.simulation.membrane import Membrane, crossings, find_spikes, tune
from spikelens.simulation.parameters import ConductanceCell

_REFERENCE = 3.46e-10
_TUNED = 60.0
"""Seconds of recording that excitability is tuned on, at most."""

Floats = NDArray[np.float64]


def simulate_conductance(cell: ConductanceCell, inputs: Inputs, rate: float) -> tuple[Membrane, float]:
    """Run the cell; also return the excitability that gave `rate` (Hz)."""
    tuned_on = min(len(inputs), round(_TUNED * RATE))

    def count(excitability: float) -> int:
        # Every second step is enough to count spikes, not to place them.
        voltage = _voltage(cell, inputs, excitability, slice(0, tuned_on, 2))
        return crossings(voltage, _threshold(excitability) + 0.050, RATE / 2).size

    excitability = _silenced(count, tune(count, rate * tuned_on / RATE), rate)
    voltage = _voltage(cell, inputs, excitability, slice(None))
    threshold = _threshold(excitability)
    return find_spikes(voltage, threshold + 0.030, threshold + 0.050), excitability


def _silenced(count: Callable[[float], int], excitability: float, rate: float) -> float:
    while rate == 0 and excitability > -3 and count(excitability):
        excitability -= 0.5
    return excitability


def _threshold(excitability: float) -> float:
    return -0.057 - 0.004 * excitability


def _voltage(cell: ConductanceCell, inputs: Inputs, excitability: float, samples: slice) -> Trace:
    step = 1e3 / RATE * (samples.step or 1)
    scale = np.float32(cell.capacitance / _REFERENCE)
    drive = np.float32(2 ** (excitability / 3))
    capacitance = cell.capacitance * 1e9
    to_micro = cell.capacitance * 1e8
    """Of a density in S/m2: 1 uF/cm2 makes 1 pF of 100 um2."""
    constants = (
        capacitance,
        cell.leak * to_micro,
        cell.leak_reversal * 1e3,
        cell.sodium * to_micro,
        cell.potassium * to_micro,
        cell.m_current * to_micro,
        float(np.exp(-step / (cell.height_recovery * 30))),
        float(np.exp(-step / (cell.height_recovery * 1e3))),
    )
    gates = _gates(cell, _threshold(excitability) * 1e3, step)
    excitation = inputs.excitation[samples] * (scale * drive)
    inhibition = inputs.inhibition[samples] * scale
    current = inputs.current[samples] * np.float32(1e9)
    voltage = conductance_cell(excitation, inhibition, current, gates, constants, step)
    return np.asarray(voltage * np.float32(1e-3), np.float32)


def _gates(cell: ConductanceCell, threshold: float, step: float) -> Floats:
    """Tables of the gates; rates of Traub and Miles (1991), m and p as in Pospischil et al. (2008)."""
    v = LOW_MV + STEP_MV * np.arange(2200) + 1e-7
    x = v - threshold
    columns: list[Floats] = []
    opens = -0.32 * (x - 13) / np.expm1(-(x - 13) / 4)
    columns += _gate(opens, 0.28 * (x - 40) / np.expm1((x - 40) / 5), step)
    # Inactivation stands 10 mV lower, as neurons of cortex do.
    opens = 0.128 * np.exp(-(x - 7) / 18)
    columns += _gate(opens, 4 / (1 + np.exp(-(x - 30) / 5)), step)
    opens = -0.032 * (x - 15) / np.expm1(-(x - 15) / 5)
    columns += _gate(opens, 0.5 * np.exp(-(x - 10) / 40), step)
    slow_time = 608 / (3.3 * np.exp((v + 35) / 20) + np.exp(-(v + 35) / 20))
    columns += [1 / (1 + np.exp(-(v + 35) / 10)), np.exp(-step / slow_time)]
    columns.append(1 - cell.height_adaptation / (1 + np.exp(-(v + 45) / 6)))
    return np.column_stack(columns)


def _gate(opens: Floats, closes: Floats, step: float) -> list[Floats]:
    return [opens / (opens + closes), np.exp(-step * (opens + closes))]
