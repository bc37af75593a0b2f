"""The family "conductance": a single compartment with ion channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.membrane import LOW_MV, STEP_MV, conductance_cell
from spikelens.simulation.grid import RATE, Trace
from spikelens.simulation.inputs import Inputs
from spikelens.simulation.membrane import Membrane, crossings, find_spikes, tune
from spikelens.simulation.parameters import ConductanceCell

Floats = NDArray[np.float64]


def simulate_conductance(cell: ConductanceCell, inputs: Inputs, rate: float) -> tuple[Membrane, float]:
    """Run the cell; also return the excitability that gave `rate` (Hz)."""

    def count(excitability: float, samples: slice) -> int:
        voltage = _voltage(cell, inputs, excitability, samples)
        return crossings(voltage, _threshold(excitability) + 0.050, RATE / samples.step).size

    excitability = tune(count, len(inputs), rate)
    voltage = _voltage(cell, inputs, excitability, slice(None))
    threshold = _threshold(excitability)
    return find_spikes(voltage, threshold + 0.030, threshold + 0.050), excitability


def _threshold(excitability: float) -> float:
    return -0.057 - 0.004 * excitability


def _voltage(cell: ConductanceCell, inputs: Inputs, excitability: float, samples: slice) -> Trace:
    step = 1e3 / RATE * (samples.step or 1)
    # From a density in S/m2 to uS, as a membrane has 1 uF/cm2.
    to_micro = cell.capacitance * 1e8
    constants = (
        cell.capacitance * 1e9,
        cell.leak * to_micro,
        cell.leak_reversal * 1e3,
        cell.sodium * to_micro,
        cell.potassium * to_micro,
        cell.m_current * to_micro,
        float(np.exp(-step / (cell.height_recovery * 30))),
        float(np.exp(-step / (cell.height_recovery * 1e3))),
    )
    gates = _gates(cell, _threshold(excitability) * 1e3, step)
    arriving = inputs.onto(cell.capacitance, excitability, samples)
    voltage = conductance_cell(*arriving, gates, constants, step)
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
