"""Whether repeats of a stimulus call the same spikes at the same times."""

from __future__ import annotations

import numpy as np

from spikelens.responses.plan import Plan
from spikelens.responses.stimuli import Floats
from spikelens.responses.trials import Trials

WIDTH = 3e-3
"""Standard deviation of the Gaussian that spike trains are smoothed with, s."""
_STEP = 1e-3


def correlation(trials: Trials, plan: Plan) -> Floats:
    """Mean correlation of all pairs of repeats (Schreiber et al. 2003), per condition.

    Spike trains of the window, smoothed by a Gaussian of 3 ms, are compared as vectors by
    the cosine between them; a train without a spike is like none. Trials not observed
    throughout are left out.

    Returns
    -------
    float64 array, (n_conditions,), 0 to 1
        NaN for fewer than two trials, or without a spike.
    """
    counts = trials.counted(plan.window)
    aligned, n = trials.aligned(plan.window), len(trials.conditions)
    repeats = np.bincount(trials.group[counts.is_whole], minlength=n).astype(np.float64)
    kept = counts.is_whole[aligned.trial]
    trial, time = aligned.trial[kept], aligned.time[kept]
    if not trial.size:
        return np.full(n, np.nan)
    rows, row = np.unique(trial, return_inverse=True)
    trains = _smoothed(row, time, rows.size, plan)
    trains /= np.linalg.norm(trains, axis=1, keepdims=True)
    sums = np.zeros((n, trains.shape[1]))
    np.add.at(sums, trials.group[rows], trains)
    # Of unit vectors: the square of their sum is their number and twice all pairs.
    firing = np.bincount(trials.group[rows], minlength=n)
    pairs = repeats * (repeats - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((firing > 0) & (pairs > 0), ((sums**2).sum(axis=1) - firing) / pairs, np.nan)


def _smoothed(row: np.ndarray, time: Floats, n: int, plan: Plan) -> Floats:  # type: ignore[type-arg]
    """Smoothed trains (n, n_steps), on a grid that reaches 4 widths beyond the window."""
    grid = np.arange(plan.window.low - 4 * WIDTH, plan.window.high + 4 * WIDTH, _STEP)
    trains = np.zeros((n, grid.size))
    for block in range(0, row.size, 20_000):
        some = slice(block, block + 20_000)
        np.add.at(trains, row[some], np.exp(-0.5 * ((grid - time[some, None]) / WIDTH) ** 2))
    return trains
