"""A recording's book, from its file to its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikelens import api
from spikelens.book.asking import Asked
from spikelens.book.binding import bound
from spikelens.book.pages import Material, pages_of
from spikelens.files import fingerprint
from spikelens.runs.analysis import Analysis, key_of, write_once
from spikelens.runs.finding import examined, find_in


def book_file(path: Path, folder: Path, asked: Asked, *, force: bool = False) -> dict[str, Any]:
    """Find the spikes of a file once, and write every page that fits it.

    Parameters
    ----------
    path : Path
        A recording.
    folder : Path
        Appears whole or not at all; if it holds this very book, nothing is done.
    asked : Asked
    force : bool
        Replace what another run left in `folder`.

    Returns
    -------
    dict
        What ``run.json`` holds: the finding of each page, and why others are missing.
    """
    recording = api.read(path, **asked.request.hints)
    inputs = [recording.fingerprint, *map(fingerprint, asked.files)]

    def analyse() -> Analysis:
        found = examined(find_in(recording, asked.request))
        material = Material(recording, found, asked)
        return bound(material, pages_of(material))

    key, read = key_of("book", inputs, asked.facts()), [path, *asked.files, *asked.request.files]
    return write_once(folder, key, analyse, inputs=read, force=force)
