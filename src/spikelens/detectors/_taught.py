"""A correction of the learned answer that a person's labels taught, for one cell or its like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from spikelens.detectors._trained import shipped
from spikelens.errors import BadParameter, UnreadableFile
from spikelens.sealed import CORRECTION, pack_arrays, read_sealed, unpack_arrays, write_sealed

Floats = NDArray[np.float64]

FEWEST = 10
"""Labels needed before anything is learned, of both classes."""
_FEWEST_OF_EACH = 2
_HOLD = 0.3
"""How strongly the correction is held to none: the variance each weight is expected to have."""
_STEPS, _CLOSE = 200, 1e-6
_ARRAYS = "arrays.npz"


@dataclass(frozen=True)
class Taught:
    """Log-odds to add, linear in standardised context and in the learned log-odds."""

    middle: Floats
    spread: Floats
    weights: Floats
    """Of a constant, of the learned log-odds, then of each column."""
    n_labels: int
    clock: float = 1.0
    """By which clock the labelled were looked at; see `spikelens.detectors.adaptive.Slower`."""

    def corrected(self, rows: NDArray[np.float32], odds: Floats) -> Floats:
        """The learned log-odds with the correction added."""
        return np.asarray(odds + _design(rows, odds, self.middle, self.spread) @ self.weights)


def taught_by(rows: NDArray[np.float32], odds: Floats, label: NDArray[np.bool_]) -> Taught:
    """Fit the correction to labelled candidates.

    A logistic regression whose weights a normal prior holds to nought, so that a few labels
    move the answer a little; by Newton's steps, each halved until it helps.

    Parameters
    ----------
    rows : float32 array, (n_labels, n_context)
    odds : float64 array, (n_labels,)
        The learned log-odds.
    label : bool array, (n_labels,)
        True for a spike.

    Raises
    ------
    BadParameter
        Fewer than 10 labels fit candidates, or fewer than 2 of one class.
    """
    _check_enough(int(label.sum()), int((~label).sum()))
    middle = rows.mean(axis=0, dtype=np.float64)
    spread = rows.std(axis=0, dtype=np.float64) + 0.2
    design = _design(rows, odds, middle, spread)
    return Taught(middle, spread, _fit(design, odds, label.astype(np.float64)), label.size)


def _check_enough(n_spikes: int, n_others: int) -> None:
    lack = {name: max(0, _FEWEST_OF_EACH - n) for name, n in (("spikes", n_spikes), ("others", n_others))}
    more = max(FEWEST - n_spikes - n_others, sum(lack.values()))
    if not more:
        return
    of_which = [f"{n} {name}" for name, n in lack.items() if n]
    raise BadParameter(
        f"{n_spikes} labelled spikes and {n_others} others are too few to learn from, so nothing was applied;"
        f" label {more} more" + (f", of which at least {' and '.join(of_which)}" if of_which else "")
    )


def _design(rows: NDArray[np.float32], odds: Floats, middle: Floats, spread: Floats) -> Floats:
    standard = np.clip((rows - middle) / spread, -3, 3) / np.sqrt(rows.shape[1])
    return np.column_stack([np.ones(odds.size), np.clip(odds, -8, 8) / 4, standard])


def _fit(design: Floats, offset: Floats, label: Floats) -> Floats:
    hold = np.full(design.shape[1], 1 / _HOLD)
    # Labels are asked where the answer is least sure, so their mean says little of the others.
    hold[0] = 4.0

    def cost(weights: Floats) -> float:
        at = offset + design @ weights
        return float(np.logaddexp(0, at).sum() - label @ at + 0.5 * hold @ weights**2)

    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = expit(offset + design @ weights)
        slope = design.T @ (p - label) + hold * weights
        if np.abs(slope).max() < _CLOSE:
            break
        bend = (design * (p * (1 - p))[:, None]).T @ design + np.diag(hold)
        step = np.linalg.solve(bend, slope)
        damping = 1.0
        while cost(weights - damping * step) > cost(weights) and damping > 1e-9:
            damping /= 2
        weights = weights - damping * step
    assert np.abs(slope).max() < 1e-3, "the fit to labels has not converged"
    return weights


def save_taught(path: Path, taught: Taught, facts: Mapping[str, Any]) -> None:
    """Write a ``.spikemodel``: the correction, and a card with `facts` and what it corrects."""
    arrays = {"middle": taught.middle, "spread": taught.spread, "weights": taught.weights}
    told = {"n_labels": taught.n_labels, "clock": taught.clock, "corrects": shipped().card["digest"], **facts}
    write_sealed(path, CORRECTION, told, {_ARRAYS: pack_arrays(arrays)})


def load_taught(path: Path) -> Taught:
    """Read what `save_taught` wrote.

    Raises
    ------
    UnreadableFile
        It is no such file, or corrects another version of the shipped model.
    """
    card, members = read_sealed(path, CORRECTION)
    try:
        arrays = unpack_arrays(members[_ARRAYS])
        made = Taught(
            arrays["middle"],
            arrays["spread"],
            arrays["weights"],
            int(card["n_labels"]),
            float(card.get("clock", 1.0)),
        )
    except (KeyError, ValueError, TypeError) as why:
        raise UnreadableFile(f"{path} is no model that this version can read ({why})") from why
    if card.get("corrects") != shipped().card["digest"]:
        raise UnreadableFile(
            f"{path} corrects the detector of Spikelens {card['version']}, which has learned anew since;"
            " teach it again with --labels"
        )
    return made
