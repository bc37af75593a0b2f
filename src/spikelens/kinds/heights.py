"""Heights: stretches of stable access, and whether two modes of heights lie in one."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikelens.kinds.rule import KindRule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NAN = float("nan")

NEIGHBOURS = 21
"""The tall spikes' height is followed over so many spikes."""
TALL = 90
"""Percentile that is the tall spikes' height: at least a tenth of the spikes must be full."""
BETWEEN = (0.25, 0.75)
"""Between these shares of the way from mode to mode a valley is to be nearly empty."""
NEARLY_EMPTY = 0.1
"""So many times the spikes of the smaller mode may lie in the valley."""
IN_TURNS = 0.3
"""Modes alternate at least this share as often as by chance, so a change of access makes none."""


class Modes(NamedTuple):
    """Two modes of heights, V: a cut between them, their medians, and what tells them apart."""

    cut: float
    lower: float
    upper: float
    separation: float
    """Ashman's D."""
    in_valley: int
    turns: float
    """How often they alternate, over how often they would by chance."""
    n_lower: int
    n_upper: int


def stable_stretches(size: Floats, is_rested: Bools, rule: KindRule) -> list[slice]:
    """Runs of spikes over which the tall ones keep their height.

    Parameters
    ----------
    size : float64 array, (n_spikes,), V, > 0
        Heights in the order of time.
    is_rested : bool array, (n_spikes,)
        Spikes after a silence: only these tell access, if there are enough of them,
        since fast firing shrinks spikes by itself.
    rule : KindRule

    Returns
    -------
    list of slice
        They cover all spikes.
    """
    from scipy.ndimage import percentile_filter

    telling = np.flatnonzero(is_rested) if is_rested.sum() >= rule.least else np.arange(size.size)
    tall = np.log(percentile_filter(size[telling], TALL, size=min(NEIGHBOURS, telling.size), mode="nearest"))
    starts, k = [0], 0
    while True:
        left = np.flatnonzero(np.abs(tall[k:] - tall[k]) > np.log1p(rule.access))
        if not left.size:
            return [slice(a, b) for a, b in pairwise([*starts, size.size])]
        k += int(left[0])
        starts.append(int(telling[k]))


def two_modes(size: Floats, least: int) -> Modes | None:
    """The split of heights with the largest variance between its sides; None if one is too small.

    Parameters
    ----------
    size : float64 array, (n_spikes,), V, > 0
        In the order of time.
    least : int
        Fewest spikes on either side.
    """
    logs = np.log(size)
    ordered = np.sort(logs)
    n = ordered.size
    if n < 2 * least or ordered[-1] == ordered[0]:
        return None
    below = np.arange(least, n - least + 1)
    total = np.cumsum(ordered)
    means = total[below - 1] / below, (total[-1] - total[below - 1]) / (n - below)
    split = int(below[np.argmax(below * (n - below) * (means[1] - means[0]) ** 2)])
    low, high = ordered[:split], ordered[split:]
    spread = np.sqrt(low.var() + high.var())
    medians = float(np.median(low)), float(np.median(high))
    valley = [medians[0] + share * (medians[1] - medians[0]) for share in BETWEEN]
    cut = float(low[-1] + high[0]) / 2
    return Modes(
        cut=float(np.exp(cut)),
        lower=float(np.exp(medians[0])),
        upper=float(np.exp(medians[1])),
        separation=float(np.sqrt(2) * (high.mean() - low.mean()) / spread) if spread > 0 else float("inf"),
        in_valley=int(((ordered > valley[0]) & (ordered < valley[1])).sum()),
        turns=_turns(logs > cut),
        n_lower=split,
        n_upper=n - split,
    )


def _turns(is_high: Bools) -> float:
    """Runs of one side or the other, over their number in a random order."""
    n, high = is_high.size, int(is_high.sum())
    by_chance = 2 * high * (n - high) / n + 1
    return float(1 + np.count_nonzero(np.diff(is_high))) / by_chance


def are_apart(modes: Modes, rule: KindRule) -> str:
    """Why two modes are not two kinds; empty if they are."""
    if modes.separation < rule.separation:
        return f"heights are not bimodal (D {modes.separation:.1f})"
    if modes.in_valley > NEARLY_EMPTY * min(modes.n_lower, modes.n_upper):
        return f"{modes.in_valley} spikes lie between the modes"
    if modes.lower > rule.spikelet * modes.upper:
        return f"the lower mode is {modes.lower / modes.upper:.2f} of the upper"
    if modes.turns < IN_TURNS:
        return "low and tall spikes do not come in turns: access may have changed"
    return ""
