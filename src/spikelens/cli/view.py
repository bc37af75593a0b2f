"""``spikelens view``: recordings in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from spikelens.cli._options import Grown, reading, recordings


@click.command("view", cls=Grown, grow=reading)
@recordings
@click.option("--no-browser", is_flag=True, help="Print the address, open nothing.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, help="Listen at this port; a free one by default."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen at this address of the machine.")
@click.option(
    "--sessions", type=click.Path(path_type=Path), help="Keep edits here, not beside the recordings."
)
@click.option(
    "--events",
    multiple=True,
    metavar="SOURCE",
    help="More events: a CSV of start (s), or stimulus for its onsets.",
)
@click.option(
    "--blank", multiple=True, metavar="SOURCE:FROM:TO", help="Leave out time around events: ttl:-1ms:5ms."
)
@click.option("--probe", type=click.Path(path_type=Path), help="Geometry: JSON as probeinterface writes it.")
@click.option(
    "--spikes",
    type=click.Path(path_type=Path),
    help="Open these: a folder of sort, find or phy, or a table; by default a sorting beside the recording.",
)
@click.option("--author", default="", help="Written beside each edit; your user name by default.")
def command(
    paths: tuple[Path, ...],
    no_browser: bool,
    port: int,
    host: str,
    sessions: Path | None,
    author: str,
    events: tuple[str, ...],
    blank: tuple[str, ...],
    probe: Path | None,
    spikes: Path | None,
    hints: dict[str, object],
) -> None:
    """See, correct, label and teach in the browser.

    Recordings are files or folders of them. Every edit is on disk before the page shows
    it; Ctrl-C ends the server, and nothing is lost.
    """
    from spikelens.app.starting import recordings_in, serve
    from spikelens.app.told import Told

    found, told = recordings_in(paths), Told(hints, events, blank, probe, spikes)
    serve(found, sessions=sessions, author=author, told=told, host=host, port=port, browser=not no_browser)
