"""The classifiers' room: from labelled windows to a fitted model.

A classifier says how a window becomes a row of numbers; a learner of scikit-learn does
the rest. Probabilities are calibrated on windows held out from the fit, and re-weighted
to the class frequencies that are asked for.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.calibration import average_precision, brier, calibrated, fit_calibration, priors_of
from spikelens.classifiers._learners import LEARNERS, fitted
from spikelens.errors import BadParameter
from spikelens.labels import NONE, Labels
from spikelens.models import Ground, Model
from spikelens.params import Method, param
from spikelens.windows import Windows

FEW = 20
"""Fewer labels of a class than this are said to be few."""
RARE = 0.05
"""A class rarer than this among the labels is said to be rare."""
FOLDS = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Classifier(Method):
    """A way to describe windows, and a learner on top."""

    learner: str = param("forest", choices=LEARNERS, help="What learns from the described windows.")
    priors: str = param(
        "observed", help="Class frequencies to answer for: observed, uniform, or numbers such as 0.95,0.05."
    )
    seed: int = param(0, low=0, high=2**31 - 1, help="Seed of the learner's random choices.")

    def ground(self, windows: Windows) -> dict[str, NDArray[Any]]:
        """What the description rests on, learnt once from the training recording."""
        return {}

    @abstractmethod
    def describe(self, values: NDArray[np.float32], sampling_rate: float, ground: Ground) -> NDArray[Any]:
        """Windows as rows of numbers.

        Parameters
        ----------
        values : float32 array, (n_windows, n_samples), V or A
        sampling_rate : float, Hz
        ground : mapping of arrays

        Returns
        -------
        array, (n_windows, n_numbers)
        """

    def fit(self, windows: Windows, labels: Labels) -> Model:
        """Learn from the labelled ones among `windows`.

        Parameters
        ----------
        windows : Windows
        labels : Labels
            Laid on the windows by the samples they cover.

        Returns
        -------
        Model

        Raises
        ------
        BadParameter
            Fewer than two classes are labelled, or fewer than two windows of one.
        OutsideRecording, RequestError
            The labels are of other windows, or of another recording.
        """
        laid = labels.laid_on(windows)
        known = laid.codes != NONE
        windows, laid = windows.take(known), laid.take(known)
        classes, codes = _present(laid)
        observed = np.bincount(codes, minlength=len(classes)) / codes.size
        priors_of(self.priors, classes, observed)
        values, rate = windows.read(), windows.recording.sampling_rate
        ground = self.ground(windows)
        rows = self.describe(values, rate, ground)
        unseen = _out_of_fold(rows, codes, self.learner, self.seed)
        bend = fit_calibration(unseen, codes)
        held_out = calibrated(unseen, bend)
        return Model(
            classifier=self,
            n_samples=windows.n_samples,
            sampling_rate=rate,
            unit=windows.recording.channels[0].unit,
            classes_=classes,
            estimator_=fitted(self.learner, self.seed, rows, codes),
            ground_=ground,
            observed_=observed,
            bend_=bend,
            held_out_=held_out,
            training_start_=windows.start,
            facts=_facts(windows, laid, values, held_out, (classes, codes)),
            warnings=_doubts(classes, codes),
        )


def _present(labels: Labels) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The classes that are labelled at all, and codes among them."""
    counts = labels.counts
    classes = tuple(name for name in labels.classes if counts[name])
    if len(classes) < 2:
        only = (
            f"all {len(labels)} training windows are labelled {classes[0]}"
            if classes
            else "no window is labelled"
        )
        raise BadParameter(f"{only}; learning needs two classes: label or train otherwise")
    for name in classes:
        if counts[name] < 2:
            raise BadParameter(
                f"only one training window is labelled {name}; learning needs at least 2 of each class"
            )
    table = np.array([classes.index(name) if name in classes else NONE for name in labels.classes])
    return classes, np.asarray(table[labels.codes], np.int64)


def _out_of_fold(rows: NDArray[Any], codes: NDArray[np.int64], learner: str, seed: int) -> Floats:
    """Probabilities of each window by a model fitted without it and its neighbours in time."""
    from sklearn.model_selection import StratifiedKFold

    n_classes = int(codes.max()) + 1
    out = np.zeros((codes.size, n_classes))
    folds = min(FOLDS, int(np.bincount(codes).min()))
    for train, test in StratifiedKFold(folds).split(rows, codes):
        out[test] = fitted(learner, seed, rows[train], codes[train]).predict_proba(rows[test])
    return out


def _facts(
    windows: Windows,
    labels: Labels,
    values: NDArray[np.float32],
    held_out: Floats,
    truth: tuple[tuple[str, ...], NDArray[np.int64]],
) -> dict[str, Any]:
    """What the model's card says of its training."""
    classes, codes = truth
    positive = classes.index("spike") if "spike" in classes else len(classes) - 1
    digest = hashlib.sha256(np.ascontiguousarray(values).tobytes() + codes.tobytes()).hexdigest()
    called = held_out.argmax(axis=1) == positive
    true = codes == positive
    scores = {
        "of": classes[positive],
        "brier": brier(held_out[:, positive], true),
        "average_precision": average_precision(held_out[:, positive], true),
        "f1": float(2 * (called & true).sum() / max(1, called.sum() + true.sum())),
    }
    return {
        "authors": sorted(set(labels.author.tolist())),
        "recording": windows.recording.name,
        "fingerprint": windows.recording.fingerprint,
        "windows": [int(windows.number.min()), int(windows.number.max())],
        "level": level_of(values).tolist(),
        "counts": dict(zip(classes, np.bincount(codes).tolist(), strict=True)),
        "training_hash": digest,
        "scores": scores,
    }


def level_of(values: NDArray[np.float32]) -> Floats:
    """Median of the windows' medians, and how far they usually lie from it (MAD x 1.4826), V or A."""
    medians = np.median(values, axis=1).astype(np.float64)
    middle = np.median(medians)
    return np.array([middle, 1.4826 * np.median(np.abs(medians - middle))])


def _doubts(classes: tuple[str, ...], codes: NDArray[np.int64]) -> tuple[str, ...]:
    doubts = [
        _doubt(name, n, codes.size) for name, n in zip(classes, np.bincount(codes).tolist(), strict=True)
    ]
    return tuple(filter(None, doubts))


def _doubt(name: str, n: int, n_all: int) -> str:
    if n < FEW:
        return f"few labels: only {n} of {n_all} training windows are {name}"
    if n < RARE * n_all:
        return f"skewed labels: {n} of {n_all} training windows ({n / n_all:.1%}) are {name}"
    return ""
