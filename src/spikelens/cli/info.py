"""``spikelens info``: what a recording holds, and what would be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._options import Grown, as_json, reading, recordings


@click.command("info", cls=Grown, grow=reading)
@recordings
@click.option("--channel", help="Channel by name, or counted from 0.")
@click.option("--mode", metavar="MODE", help="Clamp mode, where the file does not say.")
@as_json
def command(
    paths: tuple[Path, ...], channel: str | None, mode: Any, as_json: bool, hints: dict[str, object]
) -> int:
    """Show what a recording holds and what would be used.

    Channels, units, sweeps and duration; and which channel would be looked at, how and why.
    """
    from spikelens import api
    from spikelens.errors import SpikelensError
    from spikelens.files import to_json
    from spikelens.runs.describing import described, in_words
    from spikelens.runs.words import failure

    documents, code = [], 0
    for path in paths:
        try:
            documents.append(described(api.read(path, **hints), channel=channel, mode=mode))
        except SpikelensError as why:
            click.echo(f"spikelens: {failure(path, why)}", err=True)
            code = max(code, why.exit_code)
    if as_json:
        click.echo(to_json({"schema_version": 1, "recordings": documents}))
    elif documents:
        click.echo("\n\n".join(in_words(document) for document in documents))
    return code
