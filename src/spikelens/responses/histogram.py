"""The peristimulus time histogram: spikes per observed second about the onset, with its band."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from spikelens.responses.counts import poisson_interval
from spikelens.responses.plan import Plan, Window
from spikelens.responses.stimuli import Floats, Ints
from spikelens.responses.trials import Aligned, Trials

FEWEST = 20
"""With fewer spikes no rule can choose a width of bins."""
WITHOUT_RULE = 20
"""Bins there are then."""
NARROWEST = 1e-3
CANDIDATES = 60


@dataclass(frozen=True)
class Histogram:
    """Counts and observed time per condition and bin.

    Parameters
    ----------
    edges : float64 array, (n_bins + 1,), s from the onset
    counts, squares : float64 arrays, (n_conditions, n_bins)
        Spikes, and the sum over trials of their squared counts.
    exposure : float64 array, (n_conditions, n_bins), s
    trials : int64 array, (n_conditions,)
    rule : str
        How the width was chosen, in words.
    """

    edges: Floats
    counts: Floats = field(repr=False)
    squares: Floats = field(repr=False)
    exposure: Floats = field(repr=False)
    trials: Ints = field(repr=False)
    rule: str

    @property
    def middles(self) -> Floats:
        """Middles of the bins, s from the onset."""
        return (self.edges[:-1] + self.edges[1:]) / 2

    @property
    def rate(self) -> Floats:
        """Spikes per observed second, (n_conditions, n_bins); NaN where nothing was observed."""
        rate = np.full(self.counts.shape, np.nan)
        np.divide(self.counts, self.exposure, out=rate, where=self.exposure > 0)
        return rate

    @property
    def band(self) -> tuple[Floats, Floats]:
        """The 95 % interval of each rate: Poisson's, wider where trials vary more than that."""
        n = np.maximum(self.trials[:, None], 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = (self.squares - self.counts**2 / n) / (n - 1)
            phi = np.where(self.counts > 0, variance * n / self.counts, 1.0)
        return poisson_interval(self.counts, self.exposure, np.maximum(phi, 1.0))

    def pooled(self) -> Histogram:
        """All conditions as one."""
        summed = {
            n: getattr(self, n).sum(axis=0, keepdims=True)
            for n in ("counts", "squares", "exposure", "trials")
        }
        return replace(self, **summed)


def histogram(trials: Trials, plan: Plan) -> Histogram:
    """Count the spikes of what the plan shows, in bins as it says or as a rule chooses."""
    aligned = trials.aligned(plan.shown)
    if plan.smoothing is not None:
        return _smoothed(trials, aligned, plan.shown, plan.smoothing)
    if plan.bin is not None:
        return _binned(
            trials, aligned, edges_of(plan.shown, plan.bin), f"bins of {plan.bin * 1e3:g} ms as asked"
        )
    width, rule = chosen_width(trials, aligned, plan.shown)
    return _binned(trials, aligned, edges_of(plan.shown, width), rule)


def edges_of(shown: Window, width: float) -> Floats:
    """Edges `width` apart, one of them on the onset, or on the start of what is shown if that is later."""
    start = max(shown.low, 0.0)
    first, last = np.ceil((shown.low - start) / width - 1e-6), np.floor((shown.high - start) / width + 1e-6)
    return np.asarray(start + width * np.arange(first, last + 1), np.float64)


def _binned(trials: Trials, aligned: Aligned, edges: Floats, rule: str) -> Histogram:
    n_groups, n_bins = len(trials.conditions), edges.size - 1
    bin_ = np.searchsorted(edges, aligned.time + 0.5e-9, "right") - 1
    inside = (bin_ >= 0) & (bin_ < n_bins)
    cell, repeated = np.unique(aligned.trial[inside] * n_bins + bin_[inside], return_counts=True)
    times = repeated.astype(np.float64)
    where = trials.group[cell // n_bins] * n_bins + cell % n_bins
    size, shape = n_groups * n_bins, (n_groups, n_bins)
    return Histogram(
        edges=edges,
        counts=np.bincount(where, times, size).reshape(shape).astype(np.float64),
        squares=np.bincount(where, times**2, size).reshape(shape).astype(np.float64),
        exposure=trials.summed_exposure(edges),
        trials=trials.repeats,
        rule=rule,
    )


def _smoothed(trials: Trials, aligned: Aligned, shown: Window, sd: float) -> Histogram:
    """Fine bins, each with the spikes and the time about it weighed by a Gaussian.

    Weights are scaled so that a count's variance is that of the spikes it stands for;
    the band is Poisson's.
    """
    width = min(max(sd / 4, 0.5 / trials.sampling_rate), shown.width / WITHOUT_RULE)
    fine = _binned(trials, aligned, edges_of(shown, width), "")
    apart = fine.middles[:, None] - fine.middles
    kernel = np.exp(-0.5 * (apart / sd) ** 2)
    # Spikes that a weighted mean of Poisson counts is worth: its square over its variance.
    worth = kernel.sum(axis=1) / (kernel**2).sum(axis=1)
    weights = (kernel * worth[:, None]).T
    return replace(
        fine,
        counts=fine.counts @ weights,
        squares=fine.counts @ weights,
        exposure=fine.exposure @ weights,
        rule=f"smoothed by a Gaussian of {sd * 1e3:g} ms as asked",
    )


def chosen_width(trials: Trials, aligned: Aligned, shown: Window) -> tuple[float, str]:
    """The width of bins (s) with the least estimated error, by Shimazaki and Shinomoto (2007).

    Their cost ``(2 mean - variance) / (n width)**2`` of the counts over all trials, the
    least of widths from 1 ms to a tenth of what is shown; counts of bins not always
    observed are scaled up, and bins observed for less than half of the trials left out.

    Returns
    -------
    width : float, s
    rule : str
        In words.
    """
    n_spikes = aligned.time.size
    if n_spikes < FEWEST:
        told = f"{WITHOUT_RULE} bins, as {n_spikes} spikes are too few for a rule to choose"
        return shown.width / WITHOUT_RULE, told
    finest = max(NARROWEST, 2 / trials.sampling_rate)
    widths = np.geomspace(finest, shown.width / 10, CANDIDATES)
    widths = np.unique([float(f"{width:.2g}") for width in widths])
    fine = np.linspace(*shown, 401)
    observed = np.concatenate([[0.0], np.cumsum(trials.summed_exposure(fine).sum(axis=0))])
    times = np.sort(aligned.time)
    costs = [_cost(times, (fine, observed), edges_of(shown, w), len(trials)) for w in widths]
    best = float(widths[int(np.argmin(costs))])
    return best, f"bins of {best * 1e3:g} ms, the least cost by Shimazaki and Shinomoto (2007)"


def _cost(times: Floats, observed: tuple[Floats, Floats], edges: Floats, n: int) -> float:
    if edges.size < 4:
        return float("inf")
    width = edges[1] - edges[0]
    seconds = np.diff(np.interp(edges, *observed))
    seen = seconds > 0.5 * n * width
    if seen.sum() < 3:
        return float("inf")
    counts = np.diff(np.searchsorted(times, edges - 0.5e-9))[seen] * (n * width / seconds[seen])
    return float((2 * counts.mean() - counts.var()) / (n * width) ** 2)
