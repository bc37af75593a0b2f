"""How well found spikes agree with the truth, or with another finder's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import card

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Score:
    """Counts of one comparison, and what follows from them."""

    n_true: int
    n_found: int
    n_matched: int
    mean_offset: float = float("nan")
    """Found minus true time over matched spikes, s."""

    @property
    def precision(self) -> float:
        """Share of found spikes that are true; NaN if none was found."""
        return self.n_matched / self.n_found if self.n_found else float("nan")

    @property
    def recall(self) -> float:
        """Share of true spikes that were found; NaN if there are none."""
        return self.n_matched / self.n_true if self.n_true else float("nan")

    @property
    def f1(self) -> float:
        """2 matched / (true + found); 1 where there is nothing to find and nothing was found."""
        both = self.n_true + self.n_found
        return 2 * self.n_matched / both if both else 1.0

    def to_dict(self) -> dict[str, float]:
        """All figures by name."""
        names = ("n_true", "n_found", "n_matched", "precision", "recall", "f1", "mean_offset")
        return {name: getattr(self, name) for name in names}

    def _repr_html_(self) -> str:
        return card("Score", self.to_dict())


def match(true: Floats, found: Floats, tolerance: float) -> tuple[Ints, Ints]:
    """Pair true and found times, one to one, no pair farther apart than `tolerance`.

    Both are walked in order of time and the earliest that fit are paired, which gives
    as many pairs as any pairing can.

    Parameters
    ----------
    true, found : float64 array, s, each sorted
    tolerance : float, s

    Returns
    -------
    true_index, found_index : int64 arrays of equal length

    >>> match(np.array([1.0, 2.0]), np.array([1.0004, 1.5, 1.9999]), 1e-3)
    (array([0, 1]), array([0, 2]))
    """
    pairs = []
    i = j = 0
    # Times that are equal to the tolerance in decimals differ from it by rounding.
    reach = tolerance * (1 + 1e-9) + 1e-12
    while i < true.size and j < found.size:
        gap = found[j] - true[i]
        if abs(gap) <= reach:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif gap > 0:
            i += 1
        else:
            j += 1
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def score_times(
    true: Floats,
    found: Floats,
    *,
    tolerance: float = 1e-3,
    ignore: Floats | None = None,
    sweeps: tuple[NDArray[Any], NDArray[Any]] | None = None,
) -> Score:
    """Compare found with true spike times.

    Parameters
    ----------
    true, found : float64 arrays, s
    tolerance : float, s, > 0
        Farthest a found spike may lie from the true one it is matched to.
    ignore : float64 array, s, optional
        True spikes nobody can see: found or not, they count neither way.
    sweeps : pair of int arrays, optional
        The sweep of each true and each found spike; matches stay within one.

    Returns
    -------
    Score
    """
    true_sweep, found_sweep = sweeps or (np.zeros(true.size, int), np.zeros(found.size, int))
    n_found = n_matched = 0
    offsets = []
    for sweep in np.union1d(true_sweep, found_sweep):
        here, there = np.sort(true[true_sweep == sweep]), np.sort(found[found_sweep == sweep])
        i, j = match(here, there, tolerance)
        offsets.append(there[j] - here[i])
        unmatched = np.delete(there, j)
        excused = 0 if ignore is None else match(np.sort(ignore), unmatched, tolerance)[0].size
        n_found += there.size - excused
        n_matched += i.size
    gaps = np.concatenate(offsets) if offsets else np.empty(0)
    mean = float(gaps.mean()) if gaps.size else float("nan")
    return Score(true.size, n_found, n_matched, mean)
