"""Kinds of an extracellular wire: the units that sorting tells apart, with the bursts of each."""

from __future__ import annotations

import numpy as np

from spikelens.kinds.bursts import USUAL_INTERVAL, burst_rows, contexts
from spikelens.kinds.naming import Kinds
from spikelens.kinds.rule import KindRule
from spikelens.kinds.steps import Patterns
from spikelens.recording import Recording
from spikelens.sorting import DEFAULT, sort
from spikelens.spikes import Spikes
from spikelens.summary import Row

NO_PATTERN = "firing patterns are those of a membrane potential in current clamp"
RULES = {
    "kind": "The unit (sorted neuron) it belongs to; empty for none.",
    "context": "What it stands in among its unit's spikes: single, doublet, burst or run.",
    "burst": "Number of its burst, from 1; 0 for none.",
}
AUTHOR = f"sorting by {DEFAULT}"


def units_of(recording: Recording, spikes: Spikes) -> tuple[Kinds, Patterns]:
    """Sort the spikes of one extracellular wire, and find the bursts of each unit.

    Parameters
    ----------
    recording : Recording
        Of the one channel.
    spikes : Spikes
        They stay as they are; each is told its unit.
    """
    told = sort(recording, spikes, stretches=spikes.stretches)
    unit = told["unit_id"]
    names = np.array([f"unit {u}" if u >= 0 else "" for u in unit], dtype="U16")
    rule = KindRule(burst_interval=USUAL_INTERVAL)
    context, burst, rows = np.full(len(told), "single", "U8"), np.zeros(len(told), np.int64), list[Row]()
    held = told.stretches.at(told.sample_index)
    for one in np.unique(unit[unit >= 0]):
        mine = np.flatnonzero(unit == one)
        found = contexts(told.time_in_sweep[mine], held[mine], rule)
        context[mine] = found.context
        burst[mine] = np.where(found.burst > 0, found.burst + len(rows), 0)
        times, size = told.time[mine], np.abs(told.height[mine])
        listed = burst_rows(times, told.sweep[mine], size, found.burst)
        rows += [{"unit": int(one), **row, "burst": len(rows) + k + 1} for k, row in enumerate(listed)]
    columns = {"kind": names, "context": context, "burst": burst.astype(np.int32)}
    named = told.with_columns(columns, units=dict.fromkeys(columns, ""), rules=RULES)
    kinds = Kinds(named, rule, [], rows, USUAL_INTERVAL, False, AUTHOR)
    return kinds, Patterns([], [], float("nan"), "not applicable", NO_PATTERN)
