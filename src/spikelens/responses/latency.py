"""When the first spike comes: per trial, and the earliest time that chance does not explain."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from spikelens.responses.counts import per_group
from spikelens.responses.plan import Plan, Window
from spikelens.responses.stimuli import Floats, Ints
from spikelens.responses.trials import Trials

CHANCE = 1e-6
"""Spikes that came by chance with a smaller probability than this were called (Chase and Young 2007)."""
_FINE = 200


@dataclass(frozen=True)
class Latencies:
    """First spikes of trials, and per condition what they tell; times in s from the onset."""

    trial: Ints = field(repr=False)
    """Trials with a spike in the window, among those observed throughout."""
    first: Floats = field(repr=False)
    """Their first spike."""
    group: Ints = field(repr=False)
    n: Ints
    median: Floats
    lower_quartile: Floats
    upper_quartile: Floats
    jitter: Floats
    """Standard deviation (over n - 1) of the first spikes; NaN for fewer than two."""
    minimum: Floats
    """The earliest time at which the spikes since the onset are more than chance; NaN if never."""


def latencies(trials: Trials, plan: Plan, spontaneous: tuple[Floats, Floats]) -> Latencies:
    """Find the first spike of each trial in the window, and what they tell per condition.

    Parameters
    ----------
    trials : Trials
    plan : Plan
    spontaneous : two float64 arrays, (n_conditions,)
        Spikes of the baseline, and its observed seconds.
    """
    aligned, whole = trials.aligned(plan.window), trials.counted(plan.window).is_whole
    trial, row = np.unique(aligned.trial, return_index=True)
    first, trial = aligned.time[row][whole[trial]], trial[whole[trial]]
    group, n = trials.group[trial], len(trials.conditions)
    quartiles = [per_group(first, group, partial(_quantile, q), n) for q in (0.25, 0.5, 0.75)]
    return Latencies(
        trial=trial,
        first=first,
        group=group,
        n=np.bincount(group, minlength=n),
        median=quartiles[1],
        lower_quartile=quartiles[0],
        upper_quartile=quartiles[2],
        jitter=per_group(first, group, lambda x: float(x.std(ddof=1)) if x.size > 1 else np.nan, n),
        minimum=_minimum(trials, plan.window.high, spontaneous),
    )


def _quantile(share: float, times: Floats) -> float:
    return float(np.quantile(times, share))


def _minimum(trials: Trials, stop: float, spontaneous: tuple[Floats, Floats]) -> Floats:
    """After Chase and Young (2007): the spike by which so many since the onset are no chance.

    They take the spontaneous rate as known; here its uncertainty counts too, so that a
    silent baseline does not make every spike significant: with `b` spikes in `T` s of
    baseline, `n` or more in `t` s have the probability of a beta distribution.
    """
    from scipy.special import betainc

    n = len(trials.conditions)
    if stop <= 0:
        return np.full(n, np.nan)
    since = Window(0.0, stop)
    aligned, edges = trials.aligned(since), np.linspace(0.0, stop, _FINE + 1)
    seconds = np.pad(np.cumsum(trials.summed_exposure(edges), axis=1), ((0, 0), (1, 0)))
    found = np.full(n, np.nan)
    group = trials.group[aligned.trial]
    for k in np.unique(group):
        times = np.sort(aligned.time[group == k])
        observed = np.interp(times, edges, seconds[k])
        share = observed / np.maximum(observed + spontaneous[1][k], 1e-12)
        chance = betainc(np.arange(1, times.size + 1), spontaneous[0][k] + 0.5, share)
        beyond = np.flatnonzero((chance < CHANCE) & (spontaneous[1][k] > 0))
        if beyond.size:
            found[k] = times[beyond[0]]
    return found
