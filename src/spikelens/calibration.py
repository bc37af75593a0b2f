"""Probabilities: how honest they are, how they are made more so, and what priors do to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import BadParameter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_LEAST = 1e-3
"""Nothing counted on a few hundred windows is surer than this."""


def brier(probability: NDArray[Any], is_true: NDArray[np.bool_]) -> float:
    """Mean squared distance of probabilities from what was true (Brier, 1950); 0 is best.

    >>> brier(np.array([1.0, 0.5]), np.array([True, False]))
    0.125
    """
    return float(np.mean((np.asarray(probability, np.float64) - is_true) ** 2))


def average_precision(probability: NDArray[Any], is_true: NDArray[np.bool_]) -> float:
    """Mean precision over the true items, from the likeliest down; NaN if none is true.

    Items of equal probability come in together, as one step.

    >>> average_precision(np.array([0.9, 0.8, 0.1]), np.array([True, False, True]))
    0.8333333333333333
    """
    if not is_true.any():
        return float("nan")
    order = np.argsort(-np.asarray(probability, np.float64), kind="stable")
    ordered = np.asarray(probability, np.float64)[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), ordered.size - 1)
    found = np.cumsum(is_true[order])[last]
    precision = found / (last + 1)
    return float(np.diff(found, prepend=0) @ precision / found[-1])


@dataclass(frozen=True)
class Reliability:
    """Items in bins of stated probability, and how many were true in each; empty bins left out."""

    stated: Floats
    """Mean probability of a bin."""
    true: Floats
    """Share of a bin's items that were true."""
    n: Ints


def reliability(probability: NDArray[Any], is_true: NDArray[np.bool_], bins: int = 10) -> Reliability:
    """Sort items into equal bins of probability and count what was true in each."""
    stated = np.asarray(probability, np.float64)
    which = np.minimum((stated * bins).astype(np.int64), bins - 1)
    n = np.bincount(which, minlength=bins)
    used = n > 0
    means = np.bincount(which, stated, bins)[used] / n[used]
    shares = np.bincount(which, is_true.astype(np.float64), bins)[used] / n[used]
    return Reliability(means, shares, n[used])


def fit_calibration(probabilities: Floats, codes: Ints) -> Floats:
    """Learn from held-out items how probabilities are to be bent to be honest.

    Log probabilities are stretched by one factor and shifted per class (temperature
    scaling with a bias: Guo et al., 2017). A weak pull towards changing nothing keeps
    few items from saying too much.

    Parameters
    ----------
    probabilities : float64 array, (n_items, n_classes)
        Of items the model had not seen.
    codes : int64 array, (n_items,)

    Returns
    -------
    float64 array, (1 + n_classes,)
        The factor, then the shifts.
    """
    from scipy.optimize import minimize

    logs = _logs(probabilities)
    n_classes = logs.shape[1]
    nothing = np.append(1.0, np.zeros(n_classes))

    def cost(bend: Floats) -> tuple[float, Floats]:
        bent = logs * bend[0] + bend[1:]
        top = bent.max(axis=1, keepdims=True)
        total = np.log(np.exp(bent - top).sum(axis=1, keepdims=True)) + top
        share = np.exp(bent - total)
        share[np.arange(codes.size), codes] -= 1
        slope = np.append((share * logs).sum(), share.sum(axis=0))
        loss = (total[:, 0] - bent[np.arange(codes.size), codes]).sum()
        return float(loss + ((bend - nothing) ** 2).sum() / 2), slope + (bend - nothing)

    bounds = [(0.1, 10.0)] + [(None, None)] * n_classes
    return np.asarray(minimize(cost, nothing, jac=True, method="L-BFGS-B", bounds=bounds).x, np.float64)


def calibrated(probabilities: NDArray[Any], bend: Floats) -> Floats:
    """Probabilities bent as `fit_calibration` has learnt; rows sum to 1."""
    return _shares(_logs(probabilities) * bend[0] + bend[1:])


def reweighted(probabilities: Floats, observed: Floats, wanted: Floats) -> Floats:
    """Probabilities under other class frequencies, by Bayes' rule.

    ``p(class | x)`` learnt where classes were as frequent as `observed` becomes what it
    would be where they are as frequent as `wanted`.

    >>> reweighted(np.array([[0.9, 0.1]]), np.array([0.9, 0.1]), np.array([0.5, 0.5]))
    array([[0.5, 0.5]])
    """
    weighed = probabilities * (wanted / observed)
    return np.asarray(weighed / weighed.sum(axis=1, keepdims=True), np.float64)


def priors_of(text: str, classes: Sequence[str], observed: Floats) -> Floats:
    """The class frequencies that a user's word stands for.

    Parameters
    ----------
    text : str
        ``"observed"``, ``"uniform"``, or a number per class in their order: ``"0.9,0.1"``.
    classes : sequence of str
    observed : float64 array, (n_classes,)
        In the training labels.

    Raises
    ------
    BadParameter
        No such word, not a number per class, or a number that is not above 0.

    >>> priors_of("3, 1", ["noise", "spike"], np.array([0.9, 0.1]))
    array([0.75, 0.25])
    """
    if text == "observed":
        return observed
    if text == "uniform":
        return np.full(len(classes), 1 / len(classes))
    wrong = BadParameter(
        f"priors must be observed, uniform, or {len(classes)} numbers above 0"
        f" ({', '.join(classes)}) with commas, not {text!r}"
    )
    try:
        numbers = np.array([float(part) for part in text.split(",")])
    except ValueError:
        raise wrong from None
    if numbers.size != len(classes) or not (np.isfinite(numbers) & (numbers > 0)).all():
        raise wrong
    return np.asarray(numbers / numbers.sum(), np.float64)


def _logs(probabilities: NDArray[Any]) -> Floats:
    kept = np.clip(np.asarray(probabilities, np.float64), _LEAST, 1)
    return np.asarray(np.log(kept / kept.sum(axis=1, keepdims=True)), np.float64)


def _shares(logs: Floats) -> Floats:
    grown = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True), np.float64)
