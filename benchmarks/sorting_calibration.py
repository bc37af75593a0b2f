"""How far stated probabilities are from how often they were right, given the units and against neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.calibration import reliability
from spikelens.scoring import match
from spikelens.unitmatching import TOLERANCE, UnitComparison

AGREED = 0.5
"""Units that agree less with any neuron are not judged as single neurons ..."""
MOSTLY = 0.5
"""... and given the units, a unit stands for each neuron of whose spikes it has more than this share."""
Array = NDArray[Any]
Train = tuple[Array, Array]
"""Times (s) and units of spikes."""


def calibration_errors(
    compared: UnitComparison, true: Train, found: Train, stated: Array
) -> dict[str, float]:
    """Both errors of the stated probabilities of found spikes.

    Two neurons that one unit holds are a doubt about the unit: given the units, a spike of either is right.
    """
    given, single = given_units(compared, true, found), as_neurons(compared, true, found)
    return {
        "calibration_error": calibration_error(stated, *given),
        "calibration_error_of_neurons": calibration_error(stated, *single),
    }


def given_units(compared: UnitComparison, true: Train, found: Train) -> tuple[Array, Array]:
    """Which found spikes are of a neuron that their unit stands for, and whose units stand for any."""
    stands = compared.matched > MOSTLY * compared.n_a[:, None]
    return _right(compared, stands, true, found)


def as_neurons(compared: UnitComparison, true: Train, found: Train) -> tuple[Array, Array]:
    """The same, of units that are the partner of a neuron and agree with it."""
    stands = np.zeros(compared.matched.shape, bool)
    paired = np.flatnonzero((compared.partner >= 0) & (compared.accuracy >= AGREED))
    stands[paired, compared.partner[paired]] = True
    return _right(compared, stands, true, found)


def calibration_error(stated: Array, right: Array, judged: Array) -> float:
    """The mean distance, over ten bins of stated probability, of those judged."""
    curve = reliability(stated[judged], right[judged])
    return float((np.abs(curve.stated - curve.true) * curve.n).sum() / max(curve.n.sum(), 1))


def _right(compared: UnitComparison, stands: Array, true: Train, found: Train) -> tuple[Array, Array]:
    right, judged = np.zeros(found[0].size, bool), np.zeros(found[0].size, bool)
    for k in np.flatnonzero(stands.any(axis=0)):
        mine = np.flatnonzero(found[1] == compared.units_b[k])
        theirs = np.flatnonzero(np.isin(true[1], compared.units_a[stands[:, k]]))
        right[mine[match(true[0][theirs], found[0][mine], TOLERANCE)[1]]] = True
        judged[mine] = True
    return right, judged
