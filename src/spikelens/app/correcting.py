"""The spikes of a recording as a person has corrected them in the viewer, without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from spikelens.app.library import Library
from spikelens.app.starting import user_name
from spikelens.app.told import Told
from spikelens.errors import RequestError
from spikelens.recording import Recording
from spikelens.spikes import Spikes


def corrected(
    path: Path,
    *,
    sessions: Path | None = None,
    hints: Mapping[str, object] | None = None,
    blank: Sequence[str] = (),
    spikes: Path | None = None,
) -> tuple[Recording, Spikes]:
    """The chosen channel's recording, and its spikes with all edits that lie in its session.

    Parameters
    ----------
    path : Path
        The recording.
    sessions : Path, optional
        Where sessions are kept; beside the recording by default.
    hints : mapping, optional
        What the file does not say.
    blank : sequence of str
        Time to leave out, as the viewer was told.
    spikes : Path, optional
        The table that the viewer was opened with.

    Raises
    ------
    RequestError
        Nobody has corrected this recording, or its session cannot be read.
    """
    told = Told(hints or {}, blank=blank, spikes=spikes)
    library = Library([path], sessions=sessions, author=user_name(), told=told)
    try:
        desk = library.open(library.items()[0].id).desk
        found = library.spikes(0)
        _, review = desk.seen()
        assert review is not None
        if not found.provenance.edits:
            raise RequestError(f"no edits of {path} lie in {desk.folder}; export it without --corrected")
        return review.detected.recording, found
    finally:
        library.close()
