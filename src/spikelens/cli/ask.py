"""``spikelens ask``: what to label, so that the detector learns most of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, finding, recording


@click.command("ask", cls=Grown, grow=finding)
@recording
@click.option("-n", "n", type=click.IntRange(1, 200), default=20, show_default=True, help="How many.")
@finding_flags
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .csv file to fill in.")
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
def command(
    path: Path,
    method: dict[str, object],
    rule: dict[str, object],
    hints: dict[str, object],
    **asked: Any,
) -> None:
    """List the candidates that the detector is least sure of, to be labelled by hand.

    Writes a table with a row per candidate, the most uncertain first, and beside it a picture of
    each by its number. Fill in the column label (spike or noise; leave open what you cannot tell),
    and give the table to `spikelens find --labels`.
    """
    from spikelens.runs.asking import ask_about, write_questions
    from spikelens.runs.steps import refuse_to_replace
    from spikelens.runs.words import counted

    picture = asked["out"].with_suffix(".png")
    request = request_of(asked, hints=hints, method=method, rule=rule)
    for out in (asked["out"], picture):
        refuse_to_replace(out, force=asked["force"], inputs=[path, *request.files])
    found = ask_about(path, request, asked["n"])
    write_questions(found, asked["out"], picture)
    click.echo(
        f"{counted(len(found.picks), 'candidate')} to label in {asked['out']},"
        f" {found.n_doubtful} of them in doubt; their pictures in {picture}"
    )
