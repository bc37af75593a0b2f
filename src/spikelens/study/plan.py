"""What a study is to do: windows, cutoffs, ranges, classifier."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spikelens import rooms
from spikelens.errors import BadParameter, OutsideRecording, RequestError, UnknownName
from spikelens.files import to_json
from spikelens.version import VERSION
from spikelens.windows import Windows

ALL = "all"
"""In place of a classifier's name: compare all ways to describe a window."""
STUDIED = "images"
"""The classifier of the 2017 study."""
MOST_TRAINING, MOST_APPLIED = 2000, 500
"""Windows that are trained on and applied to where no range is given."""

Range = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """Everything that decides a study's results; window ranges count from 1 and include both ends."""

    window: int = 100
    cutoffs: tuple[float, ...] = (0.013, 0.017, 0.020)
    train: Range | None = None
    """By default the first two thirds of the windows, 2000 at most."""
    apply: Range | None = None
    """By default the windows behind the training range, 500 at most."""
    classifier: str = STUDIED
    settings: Mapping[str, object] = field(default_factory=dict)
    """Of the classifier, by name."""
    zooms: tuple[tuple[float, float], ...] = ()
    """Sections to draw large, s on the recording's clock."""
    channel: str | None = None
    """By name, or counted from 0; by quantity otherwise."""
    hints: Mapping[str, object] = field(default_factory=dict)
    """What the file does not say; see `spikelens.api.read`."""

    def checked(self) -> Plan:
        """The plan itself, once every choice in it is one there is.

        Raises
        ------
        UnknownName, BadParameter
            A choice that does not exist, or a value that is no good.
        """
        if not self.cutoffs:
            raise BadParameter("a study needs at least one cutoff, such as --cutoffs 0.020")
        if len(set(self.cutoffs)) < len(self.cutoffs):
            raise BadParameter("a cutoff is given twice")
        for cutoff in self.cutoffs:
            rooms.load("labellers", "deviation")(cutoff=cutoff)
        if self.classifier not in (ALL, *rooms.names("classifiers")):
            raise UnknownName.among("classifier", self.classifier, (*rooms.names("classifiers"), ALL))
        self.made()
        for start, stop in self.zooms:
            if not start < stop:
                raise BadParameter(f"zoom {start:g}:{stop:g} is empty; the first time is the earlier")
        return self

    @property
    def main(self) -> str:
        """The classifier that is trained for every cutoff."""
        return STUDIED if self.classifier == ALL else self.classifier

    def made(self) -> Any:
        """The main classifier with its settings."""
        return rooms.load("classifiers", self.main).from_parameters(self.settings)

    def ranges(self, windows: Windows) -> tuple[Windows, Windows]:
        """The windows to train on and those to apply to.

        Raises
        ------
        OutsideRecording
            There are no such windows, or none are left.
        RequestError
            The two ranges share windows.
        """
        n = len(windows)
        if n < 3:
            raise OutsideRecording(f"only {n} windows of {self.window} samples fit; a study needs more")
        first, last = self.train or (1, min(MOST_TRAINING, max(1, n * 2 // 3)))
        training = windows.between(first, last)
        if self.apply is None and last >= n:
            raise OutsideRecording(
                f"no window is left behind the training range {first}:{last}; give --apply"
            )
        begin, end = self.apply or (last + 1, min(last + MOST_APPLIED, n))
        applied = windows.between(begin, end)
        if max(first, begin) <= min(last, end):
            raise RequestError(
                f"training windows {first}:{last} and applied {begin}:{end} overlap; set them apart"
            )
        return training, applied

    def facts(self) -> dict[str, object]:
        """All choices by name."""
        return dict(vars(self))

    def key(self, fingerprint: str, truth: object = None) -> str:
        """What tells one study's results from another's."""
        told = {"input": fingerprint, "truth": truth, "version": VERSION, **self.facts()}
        return hashlib.sha256(to_json({"study": told}).encode()).hexdigest()


def parse_range(text: str) -> Range:
    """A range of windows as people write it.

    >>> parse_range("5000:5500")
    (5000, 5500)
    """
    first, last = _two(text, "a range of windows such as 1:2000", int)
    return int(first), int(last)


def parse_section(text: str) -> tuple[float, float]:
    """A section in seconds.

    >>> parse_section("3.0:3.5")
    (3.0, 3.5)
    """
    start, stop = _two(text, "a section in seconds such as 3.0:3.5", float)
    return float(start), float(stop)


def parse_numbers(text: str) -> tuple[float, ...]:
    """Numbers with commas between.

    >>> parse_numbers("0.013,0.017")
    (0.013, 0.017)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise BadParameter(
            f"cannot read {text!r}: write numbers with commas, such as 0.013,0.017,0.020"
        ) from None


def _two(text: str, wanted: str, kind: type[int] | type[float]) -> Sequence[float]:
    parts = text.split(":")
    try:
        numbers = [kind(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != 2:
        raise BadParameter(f"cannot read {text!r}: write {wanted}")
    return numbers
