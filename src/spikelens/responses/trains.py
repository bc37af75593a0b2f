"""Trials as objects of other libraries, which then do what they do well."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikelens.errors import UnsupportedInput
from spikelens.responses.plan import Plan
from spikelens.responses.stimuli import Floats
from spikelens.responses.trials import Trials


def neo_trains(trials: Trials, plan: Plan) -> list[Any]:
    """A `neo.SpikeTrain` per trial, as Elephant's functions take them.

    Times are in s from the onset, from ``plan.shown.low`` to ``plan.shown.high``;
    annotations hold the conditions, ``trial``, ``sweep`` and ``is_whole``: whether all of
    that time was observed.
    """
    import neo

    whole = trials.counted(plan.shown).is_whole
    return [
        neo.SpikeTrain(
            times,
            units="s",
            t_start=plan.shown.low,
            t_stop=plan.shown.high,
            **trials.conditions[trials.group[k]],
            trial=k,
            sweep=int(trials.stimuli.sweep[k]),
            is_whole=bool(whole[k]),
        )
        for k, times in enumerate(_times(trials, plan))
    ]


def pynapple_trials(trials: Trials, plan: Plan) -> Any:
    """A `pynapple.TsGroup` with an entry per trial, times in s from the onset, conditions as metadata.

    Raises
    ------
    UnsupportedInput
        pynapple is not installed.
    """
    try:
        import pynapple
    except ImportError as why:
        raise UnsupportedInput("pynapple is not installed: pip install pynapple") from why
    times = {k: pynapple.Ts(t) for k, t in enumerate(_times(trials, plan))}
    metadata = {n: np.array([trials.conditions[g][n] for g in trials.group]) for n in trials.conditions[0]}
    metadata |= {"sweep": trials.stimuli.sweep, "is_whole": trials.counted(plan.shown).is_whole}
    support = pynapple.IntervalSet(*plan.shown)
    return pynapple.TsGroup(times, time_support=support, metadata=metadata)


def _times(trials: Trials, plan: Plan) -> list[Floats]:
    """Each trial's spikes, s from the onset."""
    aligned = trials.aligned(plan.shown)
    return np.split(aligned.time, np.searchsorted(aligned.trial, np.arange(1, len(trials))))
