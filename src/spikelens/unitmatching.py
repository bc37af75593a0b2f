"""Two sortings of one recording, or a sorting and the truth: which units are the same, and how well.

Spikes of two units are paired one to one within a tolerance; units are paired so that
their agreements, matched / (a + b - matched), sum to the most (the Hungarian method,
Kuhn 1955), as Buccino et al. (2020, eLife 9:e61834) compare sorters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import rows_card
from spikelens.errors import BadParameter
from spikelens.scoring import match

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOLERANCE = 0.4e-3
"""Spikes so near each other are one, s."""
LEAST_AGREEMENT = 0.5
"""Units that agree less than this are not taken for the same."""


@dataclass(frozen=True)
class UnitComparison:
    """How the units of a first sorting, or of the truth, are found in a second.

    Parameters
    ----------
    units_a, units_b : int64 arrays
    n_a, n_b : int64 arrays
        Spikes of each unit.
    matched : int64 array, (n_units_a, n_units_b)
        Pairs of spikes within the tolerance.
    partner : int64 array, (n_units_a,)
        Where each unit's partner stands in `units_b`; -1 for none.
    confusion : int64 array, (n_units_a + 1, n_units_b + 1)
        Spikes by unit of the first (rows) and the second (columns), partners' pairs
        first; the last row and column are of spikes without a pair.
    """

    units_a: Ints
    units_b: Ints
    n_a: Ints
    n_b: Ints
    matched: Ints
    partner: Ints
    confusion: Ints

    @property
    def agreement(self) -> Floats:
        """Matched / (a + b - matched) of every two units."""
        both = self.n_a[:, None] + self.n_b[None] - self.matched
        return np.asarray(self.matched / np.maximum(both, 1), np.float64)

    @property
    def accuracy(self) -> Floats:
        """Agreement of each unit with its partner; 0 without one."""
        return self._of_partner(self.agreement)

    @property
    def recall(self) -> Floats:
        """Share of each unit's spikes that its partner has."""
        return self._of_partner(self.matched / np.maximum(self.n_a, 1)[:, None])

    @property
    def precision(self) -> Floats:
        """Share of the partner's spikes that are the unit's."""
        return self._of_partner(self.matched / np.maximum(self.n_b, 1)[None])

    def _repr_html_(self) -> str:
        return rows_card("Units of the first, and their partners", self.rows())

    def rows(self) -> list[dict[str, object]]:
        """A row per unit of the first sorting."""
        figures = zip(self.accuracy, self.precision, self.recall, strict=True)
        names = [int(self.units_b[p]) if p >= 0 else None for p in self.partner]
        return [
            {"unit": int(unit), "n": int(n), "found_as": name, "accuracy": a, "precision": p, "recall": r}
            for unit, n, name, (a, p, r) in zip(self.units_a, self.n_a, names, figures, strict=True)
        ]

    def _of_partner(self, table: Floats) -> Floats:
        out = np.zeros(self.partner.size)
        has = np.flatnonzero(self.partner >= 0)
        out[has] = table[has, self.partner[has]]
        return out


def compare_units(
    time_a: Floats,
    unit_a: NDArray[np.integer],
    time_b: Floats,
    unit_b: NDArray[np.integer],
    *,
    tolerance: float = TOLERANCE,
    least_agreement: float = LEAST_AGREEMENT,
) -> UnitComparison:
    """Compare two sortings of one recording.

    Parameters
    ----------
    time_a, time_b : float64 arrays, s
        Spike times of the first sorting, or the truth, and of the second.
    unit_a, unit_b : int arrays
        The unit of each; negative ones are of no unit and left out.
    tolerance : float, s, > 0
    least_agreement : float, 0 to 1
        Units below it have no partner.

    Raises
    ------
    BadParameter
        A tolerance that is not above 0.

    >>> one = compare_units(np.array([1.0, 2.0]), np.array([0, 1]), np.array([1.0, 2.0]), np.array([7, 4]))
    >>> one.units_b[one.partner].tolist(), one.accuracy.tolist()
    ([7, 4], [1.0, 1.0])
    """
    if not tolerance > 0:
        raise BadParameter(f"tolerance must be above 0 s, not {tolerance:g}")
    a, b = _trains(time_a, unit_a), _trains(time_b, unit_b)
    pairs = {(i, j): match(a[i], b[j], tolerance) for i in a for j in b}
    matched = np.array([[pairs[i, j][0].size for j in b] for i in a], np.int64).reshape(len(a), len(b))
    n_a = np.array([t.size for t in a.values()], np.int64)
    n_b = np.array([t.size for t in b.values()], np.int64)
    partner = _partners(matched, n_a, n_b, least_agreement)
    confusion = _confusion(a, b, partner, tolerance)
    units_a, units_b = np.array(list(a), np.int64), np.array(list(b), np.int64)
    return UnitComparison(units_a, units_b, n_a, n_b, matched, partner, confusion)


def _trains(time: Floats, unit: NDArray[np.integer]) -> dict[int, Floats]:
    return {int(u): np.sort(time[unit == u]) for u in np.unique(unit) if u >= 0}


def _partners(matched: Ints, n_a: Ints, n_b: Ints, least: float) -> Ints:
    from scipy.optimize import linear_sum_assignment

    partner = np.full(n_a.size, -1, np.int64)
    agreement = matched / np.maximum(n_a[:, None] + n_b[None] - matched, 1)
    agreement[agreement < least] = 0
    rows, columns = linear_sum_assignment(-agreement)
    kept = agreement[rows, columns] > 0
    partner[rows[kept]] = columns[kept]
    return partner


def _confusion(a: dict[int, Floats], b: dict[int, Floats], partner: Ints, tolerance: float) -> Ints:
    """Pairs of partners first, then of what is left the others; each spike counts once."""
    table = np.zeros((len(a) + 1, len(b) + 1), np.int64)
    rest_a, rest_b = list(a.values()), list(b.values())
    others = [(i, j) for i in range(len(a)) for j in range(len(b)) if partner[i] != j]
    for i, j in [(i, int(j)) for i, j in enumerate(partner) if j >= 0] + others:
        mine, theirs = match(rest_a[i], rest_b[j], tolerance)
        table[i, j] = mine.size
        rest_a[i], rest_b[j] = np.delete(rest_a[i], mine), np.delete(rest_b[j], theirs)
    table[:-1, -1] = [t.size for t in rest_a]
    table[-1, :-1] = [t.size for t in rest_b]
    return table
