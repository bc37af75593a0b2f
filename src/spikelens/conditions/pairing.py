"""Pairs within a cell: what was asked of it in the same way under two conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from spikelens.errors import SpikelensError
from spikelens.profiles import Beside
from spikelens.recording import Recording
from spikelens.responses.running import respond
from spikelens.spikes import Spikes
from spikelens.steps.cell import column
from spikelens.steps.curves import mean_rates
from spikelens.steps.measuring import measure_steps

Curve = Mapping[object, float]
"""A value by what was asked: the step's current (A), or the stimulus' condition."""


class Asked(NamedTuple):
    """One measure by what was asked of the cell, under one condition."""

    measure: str
    unit: str
    over: str
    """What pairs belong together by."""
    values: Curve


def curves_of(recording: Recording, spikes: Spikes, beside: Beside) -> list[Asked]:
    """What the cell answered to each current step and each stimulus; none where it was asked nothing.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
        Of one condition, with its stretches.
    beside : Beside
    """
    return [*_by_current(recording, spikes, beside), *_by_stimulus(recording, spikes, beside)]


def _by_current(recording: Recording, spikes: Spikes, beside: Beside) -> list[Asked]:
    try:
        rows = measure_steps(recording, spikes, protocol=beside.protocol).measured
    except SpikelensError:
        return []
    current = column(rows, "current")
    told = (("average_rate", "Hz"), ("steady_state_v", "V"))
    return [_asked(name, unit, *mean_rates(current, column(rows, name))) for name, unit in told]


def _asked(name: str, unit: str, currents: np.ndarray, values: np.ndarray) -> Asked:
    known = np.isfinite(values)
    pairs = zip(currents[known].tolist(), values[known].tolist(), strict=True)
    return Asked(f"{name} of steps", unit, "current", dict(pairs))


def _by_stimulus(recording: Recording, spikes: Spikes, beside: Beside) -> list[Asked]:
    if beside.events is None:
        return []
    try:
        found = respond(recording, spikes, beside.events, **beside.plan.facts())
    except SpikelensError:
        return []
    evoked = found.evidence.evoked.tolist()
    names = [tuple(condition.values()) for condition in found.trials.conditions]
    values: dict[object, float] = {
        name: rate for name, rate in zip(names, evoked, strict=True) if rate == rate
    }
    return [Asked("evoked_rate of stimuli", "Hz", "stimulus", values)]
