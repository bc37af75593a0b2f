"""Evoked against spontaneous, per condition: rates, their difference, and a test that suits the counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spikelens.responses.counts import (
    conditional_test,
    differ,
    difference_interval,
    dispersion,
    exchange_test,
    holm,
    poisson_interval,
)
from spikelens.responses.plan import Plan, Window
from spikelens.responses.stimuli import Floats, Ints
from spikelens.responses.trials import Counts, Trials

ALPHA = 0.05
"""Smaller corrected p-values are called a response; smaller ones of dispersion, over-dispersed."""
DRIFT = 0.01
"""With a smaller p-value that all conditions share one spontaneous rate, each has its own."""
POISSON, EXCHANGE, NO_TEST = "conditional Poisson", "exchange within trials", ""


@dataclass(frozen=True)
class Rates:
    """Spikes and observed seconds per condition, and how much more they vary than Poisson's."""

    spikes: Ints
    exposure: Floats
    fano: Floats
    is_wide: NDArray[np.bool_]
    """Over-dispersed."""

    @cached_property
    def rate(self) -> Floats:
        """Hz; NaN where nothing was observed."""
        rate = np.full(self.spikes.size, np.nan)
        np.divide(self.spikes, self.exposure, out=rate, where=self.exposure > 0)
        return rate

    @cached_property
    def interval(self) -> tuple[Floats, Floats]:
        """Of 95 %: exact for Poisson counts, scaled by the dispersion of others; Hz."""
        phi = np.where(self.is_wide, np.fmax(self.fano, 1.0), 1.0)
        return poisson_interval(self.spikes, self.exposure, phi)


@dataclass(frozen=True)
class Evidence:
    """The window against the baseline; one entry per condition in every column."""

    window: Rates
    spontaneous: Rates
    test: NDArray[np.str_]
    p: Floats
    p_corrected: Floats
    """For the number of conditions, by Holm's rule."""
    has_own_baseline: bool
    """Whether the spontaneous rate differed between conditions, so that each is held to its own."""
    untestable: NDArray[np.bool_] = field(repr=False)
    """Over-dispersed, but too little of the baseline was observed for the test that would suit."""

    @cached_property
    def evoked(self) -> Floats:
        """Rate in the window minus the spontaneous rate, Hz."""
        return self.window.rate - self.spontaneous.rate

    @cached_property
    def evoked_interval(self) -> tuple[Floats, Floats]:
        """Of 95 %, Hz."""
        window, quiet = self.window, self.spontaneous
        return difference_interval(window.rate, window.interval, quiet.rate, quiet.interval)

    @cached_property
    def response(self) -> NDArray[np.str_]:
        """``excited``, ``suppressed`` or ``none`` by the corrected p-value; empty without a test."""
        said = np.where(self.evoked > 0, "excited", "suppressed")
        said = np.where(self.p_corrected < ALPHA, said, "none")
        return np.where(np.isnan(self.p_corrected), "", said)


def evidence(trials: Trials, plan: Plan, *, seed: int = 0) -> Evidence:
    """Compare the window with the baseline in every condition.

    The baselines of all trials are pooled, unless the spontaneous rate differs between
    conditions. Counts no more variable than Poisson's are tested exactly, given their
    sum; others by exchanging the window with equally long segments of the same trial's
    baseline.

    Parameters
    ----------
    trials : Trials
    plan : Plan
    seed : int
        Of the random exchanges.
    """
    before = trials.spontaneous(plan.baseline, plan.window)
    window, own = _rates(trials, trials.counted(plan.window)), _rates(trials, before)
    has_own = differ(own.spikes, own.exposure, phi=_spread(own), seed=seed) < DRIFT
    quiet = own if has_own else _pooled(trials, before)
    p = conditional_test(window.spikes, window.exposure, quiet.spikes, quiet.exposure)
    test = np.where(np.isnan(p), NO_TEST, POISSON).astype("<U32")
    wide = (window.is_wide | own.is_wide) & np.isfinite(p)
    segments = _segments(trials, plan)
    for k in np.flatnonzero(wide):
        mine = segments.counts[trials.group[segments.trial] == k]
        if mine.shape[1] > 1 and len(mine) > 1:
            p[k], test[k] = exchange_test(mine, seed), EXCHANGE
    return Evidence(window, quiet, test, p, holm(p), has_own, wide & (test == POISSON))


def _rates(trials: Trials, counts: Counts) -> Rates:
    n, whole = len(trials.conditions), counts.is_whole
    fano, p = dispersion(counts.n[whole], trials.group[whole], n)
    spikes = np.bincount(trials.group, counts.n, n).astype(np.int64)
    exposure = np.bincount(trials.group, counts.exposure, n).astype(np.float64)
    return Rates(spikes, exposure, fano, p < ALPHA)


def _spread(rates: Rates) -> float:
    """The dispersion within conditions, their mean where it is more than Poisson's."""
    known = np.isfinite(rates.fano)
    return max(1.0, float(rates.fano[known].mean())) if known.any() else 1.0


def _pooled(trials: Trials, counts: Counts) -> Rates:
    """The rates of all trials as one condition, repeated for every condition."""
    n, whole = len(trials.conditions), counts.is_whole
    fano, p = dispersion(counts.n[whole], np.zeros(whole.sum(), np.int64), 1)
    return Rates(
        spikes=np.full(n, counts.n.sum()),
        exposure=np.full(n, counts.exposure.sum()),
        fano=np.repeat(fano, n),
        is_wide=np.repeat(p < ALPHA, n),
    )


@dataclass(frozen=True)
class _Segments:
    """Counts of the window and of as long segments of the baseline, of trials observed throughout."""

    trial: Ints
    counts: Ints


def _segments(trials: Trials, plan: Plan) -> _Segments:
    """Segments are laid from the baseline's end backwards, as many as fit into it."""
    width, end = plan.window.width, plan.baseline.high
    n_segments = int(plan.baseline.width / width + 1e-9)
    windows = [Window(end - (k + 1) * width, end - k * width) for k in range(n_segments)]
    counted = [trials.counted(window) for window in (plan.window, *windows)]
    is_free = trials.free_from(plan.baseline, plan.window) <= end - n_segments * width + 1e-9
    whole = np.flatnonzero(np.all([is_free, *(c.is_whole for c in counted)], axis=0))
    return _Segments(whole, np.stack([c.n[whole] for c in counted], axis=1))
