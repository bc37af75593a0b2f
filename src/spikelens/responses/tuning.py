"""Tuning: the evoked rate over one condition, or over frequency and level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.responses.evidence import Evidence
from spikelens.responses.stimuli import Floats

ABOVE_THRESHOLD = 10.0
"""The bandwidth is also told so far above the threshold, in the level's unit (dB)."""


@dataclass(frozen=True)
class Tuning:
    """Evoked rates on a grid of conditions.

    Parameters
    ----------
    factor : str
        What the columns are: the frequency where there is one, else the first condition.
    values : float64 array, (n_columns,)
    level : str
        What the rows are; empty for a curve, which has one row.
    levels : float64 array, (n_rows,)
    evoked, low, high : float64 arrays, (n_rows, n_columns), Hz
        Evoked rate and its 95 % interval; NaN for a condition that was not given.
    is_excited : bool array, (n_rows, n_columns)
    measures : mapping of str to float
        See `measures_of`; NaN where undefined.
    notes : tuple of str
        Why a measure is NaN.
    """

    factor: str
    values: Floats
    level: str
    levels: Floats
    evoked: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    is_excited: NDArray[np.bool_] = field(repr=False)
    measures: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def has_octaves(self) -> bool:
        """Whether distances along the columns are in octaves."""
        return is_frequency(self.factor) and bool((self.values > 0).all())


def is_frequency(name: str) -> bool:
    """Whether a condition is a frequency, by its name.

    >>> is_frequency("Frequency_Hz")
    True
    """
    return "freq" in name.lower()


def tuning_of(conditions: Sequence[Mapping[str, Any]], found: Evidence) -> Tuning | None:
    """Lay the conditions on a grid; None unless they are one or two numbers, of two values or more."""
    names = list(conditions[0])
    if len(names) not in (1, 2) or any(isinstance(c[n], str) for c in conditions for n in names):
        return None
    factor = next((n for n in names if is_frequency(n)), names[0])
    level = next((n for n in names if n != factor), "")
    values, column = np.unique([float(c[factor]) for c in conditions], return_inverse=True)
    levels, row = np.unique([float(c[level]) if level else 0.0 for c in conditions], return_inverse=True)
    if values.size < 2:
        return None

    def grid(of: Floats) -> Floats:
        laid = np.full((levels.size, values.size), np.nan)
        laid[row, column] = of
        return laid

    excited = grid((found.response == "excited").astype(np.float64)) == 1
    low, high = found.evoked_interval
    laid = Tuning(factor, values, level, levels, grid(found.evoked), grid(low), grid(high), excited)
    measures, notes = measures_of(laid)
    return Tuning(**{**vars(laid), "measures": measures, "notes": notes})


def measures_of(tuning: Tuning) -> tuple[dict[str, float], tuple[str, ...]]:
    """What is read off a curve or a map, and why what cannot be read is NaN.

    Returns
    -------
    measures : dict of str to float
        ``best``: the value with the largest evoked rate, averaged over levels;
        ``centre``: the mean of values (of their logarithms for frequencies), weighed by what
        the evoked rate averaged over levels has above half of its largest; ``half_width``:
        between the points at which that rate falls to half of the largest, interpolated,
        octaves for frequencies; for maps also ``threshold``: the
        lowest level at which a condition excites; ``characteristic``: the value that excites
        most there; ``half_level``: where the rate at the best value and those next to it
        first reaches half of its largest; ``bandwidth_above``: from the lowest to the
        highest value that excites, 10 dB above the threshold.
    notes : tuple of str
    """
    excites = bool(tuning.is_excited.any())
    names = ["best", "centre", "half_width"]
    names += ["threshold", "characteristic", "half_level", "bandwidth_above"] if tuning.level else []
    if not excites:
        told = "no condition's rate is above the spontaneous rate beyond chance: tuning is not defined"
        return dict.fromkeys(names, np.nan), (told,)
    mean = np.array([column[np.isfinite(column)].mean() for column in tuning.evoked.T])
    place = np.log2(tuning.values) if tuning.has_octaves else tuning.values
    best = int(np.argmax(mean))
    low, high = _half_points(place, mean)
    top = np.maximum(mean - mean[best] / 2, 0.0)
    centre = float((place * top).sum() / top.sum())
    measures = {
        "best": float(tuning.values[best]),
        "centre": float(2**centre) if tuning.has_octaves else centre,
        "half_width": high - low,
    }
    notes = [] if np.isfinite(high - low) else ["the rate does not fall to half on both sides: no half width"]
    if tuning.level:
        measures |= _level_measures(tuning, place, best)
        if not np.isfinite(measures["bandwidth_above"]):
            notes.append(f"no level {ABOVE_THRESHOLD:g} above the threshold was given: no bandwidth there")
    return measures, tuple(notes)


def _level_measures(tuning: Tuning, place: Floats, best: int) -> dict[str, float]:
    row = int(np.flatnonzero(tuning.is_excited.any(axis=1))[0])
    threshold = float(tuning.levels[row])
    excited = np.where(tuning.is_excited[row], tuning.evoked[row], -np.inf)
    above = np.flatnonzero(np.isclose(tuning.levels, threshold + ABOVE_THRESHOLD))
    spans = place[tuning.is_excited[above[0]]] if above.size else place[:0]
    near = tuning.evoked[:, max(best - 1, 0) : best + 2]
    course = np.array([r[np.isfinite(r)].mean() if np.isfinite(r).any() else np.nan for r in near])
    return {
        "threshold": threshold,
        "characteristic": float(tuning.values[int(np.argmax(excited))]),
        "half_level": _rises_to_half(tuning.levels, course),
        "bandwidth_above": float(np.ptp(spans)) if spans.size else np.nan,
    }


def _half_points(place: Floats, curve: Floats) -> tuple[float, float]:
    """Where a curve falls to half of its largest value, left and right of it; NaN where it does not."""
    top = int(np.argmax(curve))
    left = _rises_to_half(place[: top + 1], curve[: top + 1], last=True)
    right = -_rises_to_half(-place[top:][::-1], curve[top:][::-1], last=True)
    return left, right


def _rises_to_half(place: Floats, curve: Floats, *, last: bool = False) -> float:
    """Where a curve first, or last, rises through half of its largest value; NaN if it begins above."""
    known = np.isfinite(curve)
    place, curve = place[known], curve[known]
    half = curve.max(initial=-np.inf) / 2
    rises = np.flatnonzero((curve[:-1] < half) & (curve[1:] >= half))
    if not rises.size:
        return float("nan")
    k = int(rises[-1 if last else 0])
    share = (half - curve[k]) / (curve[k + 1] - curve[k])
    return float(place[k] + share * (place[k + 1] - place[k]))
