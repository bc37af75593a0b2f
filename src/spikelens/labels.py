"""Labels: who said what about which window or spike; weak, by hand, or predicted."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import card
from spikelens.errors import OutsideRecording, RequestError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from spikelens.recording import Recording
    from spikelens.windows import Windows

Ints = NDArray[np.int64]
CLASSES = ("noise", "spike")
"""The study's two classes."""
NONE = -1
"""The code of an item nobody has labelled."""


@dataclass(frozen=True)
class Labels:
    """One label per item, all columns of equal length.

    Parameters
    ----------
    codes : int64 array, (n_items,)
        Index into `classes`; -1 where there is no label.
    classes : tuple of str
    author : str array, (n_items,)
        Who said so: a rule, a person, a model.
    probability : float32 array, (n_items,)
        Of the label, as its author estimates it; NaN where none does.
    item, sweep, first_sample, n_samples : int64 arrays, (n_items,)
        Which item: its number counted from 1, and the samples it covers.
    fingerprint : str
        Of the recording, if known.
    """

    codes: Ints = field(repr=False)
    classes: tuple[str, ...]
    author: NDArray[np.str_] = field(repr=False)
    probability: NDArray[np.float32] = field(repr=False)
    item: Ints = field(repr=False)
    sweep: Ints = field(repr=False)
    first_sample: Ints = field(repr=False)
    n_samples: Ints = field(repr=False)
    fingerprint: str = ""

    def __post_init__(self) -> None:
        assert len({c.size for c in self._columns().values()}) == 1
        assert not self.codes.size or (self.codes.min() >= NONE and self.codes.max() < len(self.classes))

    @classmethod
    def of(
        cls,
        windows: Windows,
        codes: NDArray[Any],
        author: str,
        *,
        classes: Sequence[str] = CLASSES,
        probability: NDArray[Any] | None = None,
    ) -> Labels:
        """Labels that `author` gives to `windows`.

        Parameters
        ----------
        windows : Windows, n_windows
        codes : int array, (n_windows,)
        author : str
        classes : sequence of str
        probability : float array, (n_windows,), optional
        """
        n = len(windows)
        return cls(
            codes=np.asarray(codes, np.int64),
            classes=tuple(classes),
            author=np.full(n, author),
            probability=np.asarray(np.full(n, np.nan) if probability is None else probability, np.float32),
            item=windows.number,
            sweep=windows.sweep,
            first_sample=windows.start,
            n_samples=np.full(n, windows.n_samples, np.int64),
            fingerprint=windows.recording.fingerprint,
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {name: v for name, v in values.items() if isinstance(v, np.ndarray)}

    def __len__(self) -> int:
        return self.codes.size

    @property
    def names(self) -> NDArray[np.str_]:
        """The label of each item in words; empty where there is none."""
        return np.array([*self.classes, ""])[self.codes]

    @property
    def counts(self) -> dict[str, int]:
        """Items per class, those without a label left out."""
        return {name: int((self.codes == k).sum()) for k, name in enumerate(self.classes)}

    def are(self, name: str) -> NDArray[np.bool_]:
        """Whether each item is of a class.

        Raises
        ------
        UnknownName
            There is no such class.
        """
        if name not in self.classes:
            raise UnknownName.among("class", name, self.classes)
        return np.asarray(self.codes == self.classes.index(name))

    def take(self, chosen: NDArray[Any]) -> Labels:
        """Some items, by mask or by index."""
        return dataclasses.replace(self, **{k: v[chosen] for k, v in self._columns().items()})

    def between(self, first: int, last: int) -> Labels:
        """Items `first` to `last`, counted from 1, both included."""
        return self.take((self.item >= first) & (self.item <= last))

    def laid_on(self, windows: Windows) -> Labels:
        """These labels in the order of `windows`; windows that have none get code -1.

        Raises
        ------
        RequestError
            The labels were given to another recording.
        OutsideRecording
            They lie outside it, or are of windows cut otherwise.
        """
        self.check_recording(windows.recording)
        rows, found = _rows_of(windows.start, np.full(len(windows), windows.n_samples), self)
        if len(windows) and not found.any():
            raise OutsideRecording(
                f"none of the {len(self)} labels is of these {len(windows)} windows of {windows.n_samples}"
                " samples; give the --window and range that they were made with"
            )
        blank = Labels.of(windows, np.full(len(windows), NONE), "", classes=self.classes)
        return dataclasses.replace(
            blank,
            codes=np.where(found, self.codes[rows], NONE),
            author=np.where(found, self.author[rows], ""),
            probability=np.where(found, self.probability[rows], np.float32(np.nan)),
        )

    def check_recording(self, recording: Recording) -> None:
        """Raise if the labels are of another recording, as far as can be known.

        Raises
        ------
        RequestError
            The recordings' fingerprints differ.
        OutsideRecording
            The labels' samples or sweeps are not there.
        """
        if self.fingerprint and recording.fingerprint and self.fingerprint != recording.fingerprint:
            raise RequestError(f"these labels were made on another recording than {recording.name}")
        stop = self.first_sample + self.n_samples
        if (self.first_sample < 0).any() or (stop > recording.n_samples).any():
            worst = int(stop.max(initial=0))
            raise OutsideRecording(
                f"labels reach to sample {worst}, and {recording.name} has {recording.n_samples}:"
                " they are of another recording"
            )
        if (recording.sweeps.at(self.first_sample) != self.sweep).any():
            raise OutsideRecording(
                f"the sweeps of the labels are not those of {recording.name}: they are of another recording"
            )

    def _repr_html_(self) -> str:
        return card("Labels", {**self.counts, "by": ", ".join(sorted(set(self.author) - {""}))})


@dataclass(frozen=True)
class Agreement:
    """Two authors on the same items.

    Parameters
    ----------
    classes : tuple of str
    confusion : int64 array, (n_classes, n_classes)
        ``confusion[i, j]``: items that the reference calls ``classes[i]`` and the other ``classes[j]``.
    differing : int64 array
        Rows of the compared labels on which the two disagree.
    n_only_one : int
        Items that only one of them labelled.
    """

    classes: tuple[str, ...]
    confusion: Ints
    differing: Ints
    n_only_one: int

    @property
    def n_items(self) -> int:
        """Items that both labelled."""
        return int(self.confusion.sum())

    @property
    def share(self) -> float:
        """Share of items on which they agree."""
        return float(np.trace(self.confusion) / self.n_items)

    @property
    def kappa(self) -> float:
        """Agreement beyond chance (Cohen, 1960); NaN where both use one class only."""
        n = self.n_items
        chance = float((self.confusion.sum(0) / n) @ (self.confusion.sum(1) / n))
        return (self.share - chance) / (1 - chance) if chance < 1 else float("nan")

    def precision(self, name: str) -> float:
        """Of the items that are called `name`, the share that the reference calls so; NaN if none is."""
        return self._share_of(name, axis=0)

    def recall(self, name: str) -> float:
        """Of the items that the reference calls `name`, the share that is called so; NaN if none is."""
        return self._share_of(name, axis=1)

    def _share_of(self, name: str, axis: int) -> float:
        k = self.classes.index(name)
        total = int(self.confusion.sum(axis)[k])
        return int(self.confusion[k, k]) / total if total else float("nan")

    def f1(self, name: str) -> float:
        """Harmonic mean of precision and recall; 1 where neither calls anything `name`."""
        k = self.classes.index(name)
        both = int(self.confusion[k].sum() + self.confusion[:, k].sum())
        return 2 * int(self.confusion[k, k]) / both if both else 1.0

    def figures(self, name: str = "spike") -> dict[str, float]:
        """All figures by name; `name` is the class that precision and recall are of."""
        told = {"n_items": float(self.n_items), "agreement": self.share, "kappa": self.kappa}
        if name not in self.classes:
            return told
        return told | {
            "precision": self.precision(name),
            "recall": self.recall(name),
            "f1": self.f1(name),
        }

    def _repr_html_(self) -> str:
        return card("Agreement", self.figures())


def compare(labels: Labels, reference: Labels) -> Agreement:
    """Compare labels with a reference: weak with hand labels, predictions with the truth.

    Parameters
    ----------
    labels, reference : Labels
        Items are the same if they cover the same samples; order does not matter.

    Raises
    ------
    RequestError
        They have no item in common, or are of two recordings.
    """
    if labels.fingerprint and reference.fingerprint and labels.fingerprint != reference.fingerprint:
        raise RequestError("the two sets of labels are of two recordings")
    rows, found = _rows_of(labels.first_sample, labels.n_samples, reference)
    both = found & (labels.codes != NONE) & (reference.codes[rows] != NONE)
    if not both.any():
        raise RequestError(
            "the two sets of labels have no item in common: other windows, or another recording"
        )
    classes = tuple(dict.fromkeys([*reference.classes, *labels.classes]))
    mine = _recoded(labels, classes)
    theirs = _recoded(reference, classes)[rows]
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (theirs[both], mine[both]), 1)
    n_labelled = int((labels.codes != NONE).sum() + (reference.codes != NONE).sum())
    differing = np.flatnonzero(both & (mine != theirs))
    return Agreement(classes, confusion, differing, n_labelled - 2 * int(both.sum()))


def _recoded(labels: Labels, classes: tuple[str, ...]) -> Ints:
    table = np.array([*(classes.index(name) for name in labels.classes), NONE], np.int64)
    return np.asarray(table[labels.codes])


def _rows_of(first: Ints, length: Ints, among: Labels) -> tuple[Ints, NDArray[np.bool_]]:
    """The row of `among` that covers the same samples as each item, and whether there is one."""
    known = {
        key: k
        for k, key in enumerate(zip(among.first_sample.tolist(), among.n_samples.tolist(), strict=True))
    }
    rows = np.array(
        [known.get(key, -1) for key in zip(first.tolist(), length.tolist(), strict=True)], np.int64
    )
    return np.maximum(rows, 0), rows >= 0
