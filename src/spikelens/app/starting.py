"""Starting the viewer from a command line."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from spikelens.app.library import Library
from spikelens.app.pyramid import cache_folder
from spikelens.app.server import LOOPBACK, Served
from spikelens.app.told import Told
from spikelens.files import absent
from spikelens.runs.batch import files_in


def recordings_in(paths: Sequence[Path]) -> list[Path]:
    """The recordings that files and folders name; links that lead out of a folder are left out.

    Raises
    ------
    UnreadableFile
        A path does not exist, or a folder holds no recording.
    """
    roots = [path.resolve() for path in paths]
    for path in paths:
        if not path.exists():
            raise absent(path)
    found = [path.resolve() for path in files_in(paths)]
    return list(dict.fromkeys(p for p in found if any(p.is_relative_to(root) for root in roots)))


def serve(
    recordings: Sequence[Path],
    *,
    sessions: Path | None,
    author: str,
    told: Told,
    host: str = LOOPBACK,
    port: int = 0,
    browser: bool = True,
) -> None:
    """Serve recordings until interrupted; prints the address once it answers."""
    library = Library(
        recordings, sessions=sessions, author=author or user_name(), told=told, cache=cache_folder()
    )
    served = Served(library, host=host, port=port)

    def started() -> None:
        sys.stdout.write(f"{served.address}\n")
        sys.stdout.flush()
        if browser:
            webbrowser.open(served.address)

    # Interrupting is how people end it.
    with suppress(KeyboardInterrupt):
        served.run(served.server(started=started))


def user_name() -> str:
    """Whose edits these are, as the system knows."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
