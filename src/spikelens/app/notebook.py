"""The viewer inside a notebook, or beside a script."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from html import escape
from pathlib import Path

from spikelens.app.library import Library
from spikelens.app.pyramid import cache_folder
from spikelens.app.server import Served
from spikelens.app.starting import recordings_in, user_name
from spikelens.app.told import Told
from spikelens.recording import Recording
from spikelens.spikes import Spikes

_HEIGHT = 720


class Viewer:
    """A running viewer; a notebook shows the page in its place.

    Parameters
    ----------
    served : Served
    """

    def __init__(self, served: Served) -> None:
        self._served = served
        answers = threading.Event()
        self._server = served.server(started=answers.set)
        self._thread = threading.Thread(
            target=served.run, args=(self._server,), name="spikelens viewer", daemon=True
        )
        self._thread.start()
        answers.wait(timeout=60)

    @property
    def address(self) -> str:
        """What to open in a browser; holds the key, so keep it to yourself."""
        return self._served.address

    def spikes(self, recording: int = 0) -> Spikes:
        """The spikes of one of the recordings, as corrected so far.

        Parameters
        ----------
        recording : int
            Counted from 0, in the order in which they were given.
        """
        return self._served.library.spikes(recording)

    def close(self) -> None:
        """End the server; every edit is on disk already."""
        self._server.should_exit = True
        self._thread.join(timeout=10)

    def _repr_html_(self) -> str:
        address = escape(self.address)
        return (
            f'<iframe src="{address}" title="Spikelens viewer" width="100%" height="{_HEIGHT}"'
            ' style="border:0"></iframe>'
            f'<p><a href="{address}" target="_blank" rel="noopener">Open in a window of its own</a></p>'
        )


def view(
    recording: Recording | str | Path | Sequence[Recording | str | Path],
    *,
    sessions: str | Path | None = None,
    author: str = "",
    port: int = 0,
    events: Sequence[str] = (),
    blank: Sequence[str] = (),
    probe: str | Path | None = None,
    spikes: str | Path | None = None,
    **hints: object,
) -> Viewer:
    """Show recordings in a notebook, or at an address for the browser.

    Parameters
    ----------
    recording : Recording, path, or several of them
    sessions : path, optional
        Where edits are kept; beside each recording by default.
    author : str
        Written beside each edit; your user name by default.
    port : int
        A free one by default.
    events : sequence of str
        More events to show and to count spikes around: a CSV with a column ``start`` (s) and
        one for each condition, or ``"stimulus"`` for the onsets in the stimulus trace.
    blank : sequence of str
        Time to leave out, as ``spikelens find --blank`` takes it: ``"ttl:-1ms:5ms"``.
    probe : path, optional
        The geometry, as probeinterface writes it, for sorting on the page.
    spikes : path, optional
        Spikes to open with: a folder of ``spikelens sort`` or ``find`` or of phy's, or a table;
        by default a sorting beside the recording, if there is one.
    **hints
        What files do not say; see `spikelens.read`.

    Returns
    -------
    Viewer
        A notebook on this machine shows it; ``.address`` opens anywhere on it, and
        ``.spikes()`` gives the table as corrected.

    Raises
    ------
    UnreadableFile
        A path does not exist.
    """
    given = [recording] if isinstance(recording, (Recording, str, Path)) else list(recording)
    found: list[Path | Recording] = []
    for one in given:
        found += [one] if isinstance(one, Recording) else recordings_in([Path(one)])
    library = Library(
        found,
        sessions=None if sessions is None else Path(sessions),
        author=author or user_name(),
        told=Told(hints, events, blank, _path(probe), _path(spikes)),
        cache=cache_folder(),
    )
    return Viewer(Served(library, port=port, in_frames=True))


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
