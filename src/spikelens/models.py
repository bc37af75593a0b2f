"""Fitted models of windows: what they learnt, and the probabilities that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikelens.calibration import calibrated, priors_of, reweighted
from spikelens.cards import card
from spikelens.errors import RequestError
from spikelens.labels import Labels
from spikelens.recording import Recording
from spikelens.stretches import Stretches
from spikelens.windows import Windows

Floats = NDArray[np.float64]
Ground = Mapping[str, NDArray[Any]]
"""What a description of windows rests on, learnt from the recording: plain arrays by name."""


class Describes(Protocol):
    """What a model needs of the classifier that made it."""

    @property
    def priors(self) -> str:
        """Class frequencies to answer for."""
        ...

    def method_name(self) -> str:
        """Its name in its room."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Its settings by name."""
        ...

    def describe(self, values: NDArray[np.float32], sampling_rate: float, ground: Ground) -> NDArray[Any]:
        """Windows (n_windows, n_samples) as rows of numbers for a learner."""
        ...


@dataclass(frozen=True)
class Model:
    """A classifier fitted to windows; what it learnt ends in ``_``.

    Parameters
    ----------
    classifier : Describes
        A method of the classifiers' room with its settings.
    n_samples : int
        Length of a window.
    sampling_rate : float, Hz
    unit : str
        ``"V"`` or ``"A"``.
    classes_ : tuple of str
    estimator_ : scikit-learn classifier
    ground_ : mapping of arrays
    observed_ : float64 array, (n_classes,)
        Class frequencies in the training labels.
    bend_ : float64 array, (1 + n_classes,)
        The calibration; see `spikelens.calibration.fit_calibration`.
    held_out_ : float64 array, (n_training, n_classes)
        Calibrated probabilities of the training windows, each by a model that had not
        seen it, under the observed class frequencies.
    training_start_ : int64 array, (n_training,)
        First samples of the training windows.
    facts : mapping
        For the card: who labelled, hash of the training data, scores, versions.
    warnings : tuple of str
    """

    classifier: Describes
    n_samples: int
    sampling_rate: float
    unit: str
    classes_: tuple[str, ...]
    estimator_: Any = field(repr=False)
    ground_: Ground = field(repr=False)
    observed_: Floats = field(repr=False)
    bend_: Floats = field(repr=False)
    held_out_: Floats = field(repr=False)
    training_start_: NDArray[np.int64] = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Classifier and learner, in words."""
        return f"{self.classifier.method_name()} {self.classifier.parameters()['learner']}"

    @property
    def wanted(self) -> Floats:
        """Class frequencies that the probabilities answer for."""
        return priors_of(self.classifier.priors, self.classes_, self.observed_)

    def cut(
        self, recording: Recording, *, stretches: Stretches | None = None, resample: bool = False
    ) -> Windows:
        """A recording's grid of windows as long as the model's.

        Raises
        ------
        RequestError
            Another unit; or another sampling rate, and `resample` was not asked for.
        """
        self._check(recording, resample)
        return Windows.grid(recording, self._length_in(recording), stretches=stretches)

    def predict_proba(self, windows: Windows, *, resample: bool = False) -> Floats:
        """Probability of each class for each window, float64 (n_windows, n_classes)."""
        values = self._values(windows, resample)
        rows = self.classifier.describe(values, self.sampling_rate, self.ground_)
        learnt = calibrated(self.estimator_.predict_proba(rows), self.bend_)
        return reweighted(learnt, self.observed_, self.wanted)

    def predict(self, windows: Windows, *, resample: bool = False) -> Labels:
        """The likeliest class of each window, with its probability."""
        probabilities = self.predict_proba(windows, resample=resample)
        codes = probabilities.argmax(axis=1)
        likeliest = probabilities[np.arange(codes.size), codes]
        return Labels.of(windows, codes, self.name, classes=self.classes_, probability=likeliest)

    def is_at_rate_of(self, recording: Recording) -> bool:
        """Whether a recording has the model's sampling rate; files say 999.99995 for 1000."""
        return abs(recording.sampling_rate - self.sampling_rate) <= 1e-6 * self.sampling_rate

    def saw(self, windows: Windows) -> int:
        """How many of `windows` share samples with a training window, in the training recording."""
        fingerprint = self.facts.get("fingerprint", "")
        if not fingerprint or fingerprint != windows.recording.fingerprint:
            return 0
        last = self.training_start_ + self.n_samples - 1
        return int((windows.hold(self.training_start_) | windows.hold(last)).sum())

    def _check(self, recording: Recording, resample: bool) -> None:
        unit = recording.channels[0].unit
        if unit != self.unit:
            raise RequestError(
                f"the model was trained on values in {self.unit}; {recording.name} is in {unit or 'no unit'}"
            )
        if not resample and not self.is_at_rate_of(recording):
            raise RequestError(
                f"the model was trained at {self.sampling_rate:g} Hz, and {recording.name} has"
                f" {recording.sampling_rate:g} Hz; --resample brings its windows to the model's rate"
            )

    def _values(self, windows: Windows, resample: bool) -> NDArray[np.float32]:
        self._check(windows.recording, resample)
        if windows.n_samples != self._length_in(windows.recording):
            raise RequestError(
                f"the model was trained on windows of {self.n_samples} samples at {self.sampling_rate:g} Hz,"
                f" not {windows.n_samples} at {windows.recording.sampling_rate:g} Hz"
            )
        values = windows.read()
        return values if self.is_at_rate_of(windows.recording) else _resampled(values, self.n_samples)

    def _length_in(self, recording: Recording) -> int:
        """Samples of a recording that last as long as a window."""
        if self.is_at_rate_of(recording):
            return self.n_samples
        return round(self.n_samples * recording.sampling_rate / self.sampling_rate)

    def _repr_html_(self) -> str:
        shares = {f"{n} in training": f"{p:.1%}" for n, p in zip(self.classes_, self.observed_, strict=True)}
        return card(f"Model: {self.name}", {**shares, **self.facts.get("scores", {})})


def _resampled(values: NDArray[np.float32], n_samples: int) -> NDArray[np.float32]:
    """Windows of the same duration with another number of samples."""
    from scipy.signal import resample_poly

    # The ends of a window are not zero: it is extended along the line between them.
    made = resample_poly(values.astype(np.float64), n_samples, values.shape[1], axis=1, padtype="line")
    assert made.shape[1] == n_samples
    return np.asarray(made, np.float32)
