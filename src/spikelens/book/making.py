"""The verb: the book of a recording and the spikes that were found in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spikelens.book.asking import Asked
from spikelens.book.binding import bound
from spikelens.book.pages import Material, Pages, pages_of
from spikelens.conditions.epochs import Epoch
from spikelens.files import fingerprint
from spikelens.profiles import NOTHING, Beside
from spikelens.recording import Recording
from spikelens.runs.analysis import Analysis, key_of, write_once
from spikelens.runs.finding import examined
from spikelens.runs.given import found_of
from spikelens.spikes import Spikes


@dataclass(frozen=True, eq=False)
class Book:
    """Every page that fits a recording, and why the others do not. Shows its first page in a notebook."""

    material: Material = field(repr=False)
    bound_pages: Pages = field(repr=False)

    @property
    def pages(self) -> Mapping[str, Analysis]:
        """By name, such as ``steps``: its sentence (``verdict``), ``tables``, ``pictures``, ``warnings``."""
        return self.bound_pages.written

    @property
    def missing(self) -> Mapping[str, str]:
        """By name, why there is no such page."""
        return self.bound_pages.missing

    def __repr__(self) -> str:
        held, lacking = (", ".join(names) or "none" for names in (self.pages, self.missing))
        return f"Book of {self.material.recording.name} (pages: {held}; missing: {lacking})"

    def _repr_html_(self) -> str:
        return self.first_page()._repr_html_()

    def first_page(self) -> Analysis:
        """What was done, what was found and what to distrust, over all pages."""
        return bound(self.material, self.bound_pages)

    def write(self, folder: Path | str, *, force: bool = False) -> dict[str, Any]:
        """Write the folder that ``spikelens book`` writes; returns what its ``run.json`` holds.

        Raises
        ------
        OutputExists
            `folder` holds something else, and `force` was not given.
        WriteFailed
            The system refused; what was there stays.
        """
        path = self.material.recording.path
        read = [*([path] if path else []), *self.material.asked.files]
        return write_once(Path(folder), self._key(), self.first_page, inputs=read, force=force)

    def _key(self) -> str:
        """Of recording, spikes and settings: the same book is not written twice."""
        spikes, asked = self.material.found.spikes, self.material.asked
        held = hashlib.sha256(spikes.sample_index.tobytes()).hexdigest()
        inputs = [self.material.recording.fingerprint, held, *map(fingerprint, asked.files)]
        return key_of("book of spikes", inputs, asked.facts())


def make_book(
    recording: Recording,
    spikes: Spikes,
    *,
    beside: Beside = NOTHING,
    epochs: str | Sequence[Epoch] | None = None,
    second: str | None = None,
    junction_potential: float | None = None,
) -> Book:
    """Make every page that fits a recording and its spikes.

    Parameters
    ----------
    recording : Recording
        With all its channels.
    spikes : Spikes
        Found in it; also after they were corrected by hand, or from times of someone else.
    beside : Beside
        Stimuli, a protocol.
    epochs : str or sequence of Epoch, optional
        Conditions, or what `epochs_of` takes; by default the recording's tags.
    second : str, optional
        A second channel by name, such as a field potential.
    junction_potential : float, V, optional
        Subtracted from absolute voltages that are not the spikes' own.

    Returns
    -------
    Book
        Its `write` makes the folder that ``spikelens book`` makes.

    Raises
    ------
    UnsupportedInput
        The channel of the spikes is neither a voltage nor a current.
    """
    found = examined(found_of(recording, spikes, junction_potential=junction_potential))
    told = epochs if epochs is None or isinstance(epochs, str) else tuple(epochs)
    asked = Asked(request=found.request, beside=beside, epochs=told, second=second)
    material = Material(recording, found, asked)
    return Book(material, pages_of(material))
