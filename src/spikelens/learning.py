"""The verbs of windows: cut, label, train, classify.

>>> import numpy as np
>>> from spikelens.recording import Recording
>>> trace = np.zeros(4000, np.float32)
>>> trace[50::400] = 0.05
>>> windows = cut(Recording.from_array(trace, 4000.0), 100)
>>> label(windows, "deviation", cutoff=0.02).counts
{'noise': 30, 'spike': 10}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.api import observed
from spikelens.choosing import choose
from spikelens.classifiers import level_of
from spikelens.errors import OutsideRecording, RequestError
from spikelens.labellers import Given, Labeller
from spikelens.labels import Labels
from spikelens.models import Model
from spikelens.recording import Recording
from spikelens.windows import Windows

if TYPE_CHECKING:
    from spikelens.classifiers import Classifier


def cut(
    recording: Recording, length: int = 100, *, overlap: int = 0, channel: int | str | None = None
) -> Windows:
    """Cut a recording into windows; never across a sweep's edge, nor where samples are missing.

    Parameters
    ----------
    recording : Recording
    length : int, samples, >= 2
    overlap : int, samples, 0 <= overlap < length
    channel : int or str, optional
        See `spikelens.choosing.choose`.

    Raises
    ------
    OutsideRecording
        No window of this length fits.
    """
    one = recording if len(recording.channels) == 1 else choose(recording, channel=channel).recording
    return Windows.grid(one, length, overlap=overlap, stretches=observed(one))


def label(
    windows: Windows,
    labeller: str | Labeller = "deviation",
    *,
    times: NDArray[np.float64] | Sequence[float] | None = None,
    labels: Sequence[Labels] = (),
    **parameters: object,
) -> Labels:
    """Label windows.

    Parameters
    ----------
    windows : Windows
    labeller : str or Labeller
        A name of the labellers' room.
    times : float array, s, optional
        True spike times on the recording's clock, for the labeller `truth`.
    labels : sequence of Labels, optional
        What others said, for `file` and `vote`.
    **parameters
        Of the labeller, by name, such as ``cutoff=0.02``.

    Raises
    ------
    MissingFact
        The labeller needs times or labels that were not given.
    OutsideRecording
        A time at which nothing was recorded; the message names the first.
    """
    made: Labeller = (
        rooms.load("labellers", labeller).from_parameters(parameters)
        if isinstance(labeller, str)
        else labeller
    )
    samples = None if times is None else _samples_of(windows.recording, np.asarray(times, np.float64))
    return made.label(windows, Given(samples, tuple(labels)))


def _samples_of(recording: Recording, times: NDArray[np.float64]) -> NDArray[np.int64]:
    lost = times[~recording.is_recorded(times)]
    if lost.size:
        raise OutsideRecording(
            f"{lost.size} of {times.size} spike times, the first at {lost[0]:g} s, lie where {recording.name}"
            " was not recorded: check that they are its own, in s"
        )
    return recording.sample_at(times)


def train(
    windows: Windows, labels: Labels, classifier: str | Classifier = "images", **parameters: object
) -> Model:
    """Fit a classifier to labelled windows.

    Parameters
    ----------
    windows : Windows
    labels : Labels
        Laid on the windows by the samples they cover; windows without a label are left out.
    classifier : str or Classifier
        A name of the classifiers' room.
    **parameters
        Of the classifier, by name, such as ``learner="forest"``, ``priors="uniform"``.

    Raises
    ------
    BadParameter
        Fewer than two classes are labelled.
    OutsideRecording, RequestError
        The labels are of other windows, or of another recording.
    """
    if not isinstance(classifier, str):
        return classifier.fit(windows, labels)
    made: Classifier = rooms.load("classifiers", classifier).from_parameters(parameters)
    return made.fit(windows, labels)


def classify(
    recording: Recording | Windows,
    model: Model,
    *,
    windows: tuple[int, int] | None = None,
    resample: bool = False,
) -> Labels:
    """Label windows by a model, each with the probability of its label.

    Parameters
    ----------
    recording : Recording, or Windows cut from one
    model : Model
    windows : pair of int, optional
        First and last window, counted from 1; all by default.
    resample : bool
        Bring a recording of another sampling rate to the model's.

    Raises
    ------
    RequestError
        Another sampling rate or unit than the model's.
    OutsideRecording
        There are no such windows.
    """
    if isinstance(recording, Recording):
        recording = windows_for(recording, model, windows=windows, resample=resample)
    elif windows is not None:
        recording = recording.between(*windows)
    return model.predict(recording, resample=resample)


def windows_for(
    recording: Recording, model: Model, *, windows: tuple[int, int] | None = None, resample: bool = False
) -> Windows:
    """The windows of a recording that a model can judge; see `classify`."""
    one = recording if len(recording.channels) == 1 else choose(recording).recording
    cut_as_trained = model.cut(one, stretches=observed(one), resample=resample)
    return cut_as_trained if windows is None else cut_as_trained.between(*windows)


def labelled_windows(recording: Recording, labels: Labels) -> Windows:
    """The windows of a one-channel recording that labels were given to.

    Raises
    ------
    RequestError, OutsideRecording
        The labels are of another recording, or of windows of several lengths.
    """
    labels.check_recording(recording)
    lengths = np.unique(labels.n_samples)
    if lengths.size != 1:
        raise RequestError(f"labels of windows of one length are needed; these have {lengths.size} lengths")
    return Windows(recording, labels.first_sample, int(lengths[0]), labels.item)


def doubts(windows: Windows, model: Model) -> list[str]:
    """Why a model's answers about windows may be worse than its scores: seen before, or drift."""
    found = []
    if seen := model.saw(windows):
        found.append(f"{seen} of these windows share samples with the training windows")
    if len(windows) and (drift := drift_words(np.array(model.facts["level"]), level_of(windows.read()))):
        found.append(drift)
    return found


def drift_words(trained: NDArray[np.float64], applied: NDArray[np.float64]) -> str:
    """A warning if windows rest elsewhere than those of the training; empty if they do not.

    Parameters
    ----------
    trained, applied : float64 arrays, (2,), V
        Level and spread, as `spikelens.classifiers.level_of` gives.
    """
    apart = float(applied[0] - trained[0])
    if abs(apart) <= max(float(trained[1]), 1e-9):
        return ""
    return (
        f"drift: the applied windows rest {apart * 1e3:+.1f} mV from the training windows, which spread by"
        f" {trained[1] * 1e3:.1f} mV; pictures with a common y-range suffer from this, centred waveforms do"
        " not"
    )
