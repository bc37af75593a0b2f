"""``spikelens book``: every page that fits a recording, bound together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, beside_flags, beside_of, finding, recording


@click.command("book", cls=Grown, grow=finding)
@recording
@beside_flags
@click.option("--epochs", metavar="SOURCE", help="Conditions, as the command conditions takes them.")
@click.option("--second", metavar="CHANNEL", help="A second channel, such as a field potential.")
@finding_flags
@written_to("spikelens-book")
def command(
    path: Path,
    method: dict[str, object],
    rule: dict[str, object],
    hints: dict[str, object],
    **asked: Any,
) -> None:
    """Write the book of a recording: spikes, steps, responses, membrane, quality, conditions.

    The first page says what was done, what was found and what to distrust; each part
    has a page and a folder of its own, as its command writes it. What does not fit the
    recording is named, with the reason.
    """
    from spikelens.book.asking import Asked
    from spikelens.book.writing import book_file

    wanted = Asked(
        request=request_of(asked, hints=hints, method=method, rule=rule),
        beside=beside_of(asked),
        epochs=asked["epochs"],
        second=asked["second"],
    )
    tell(book_file(path, asked["out"], wanted, force=asked["force"]), asked)
