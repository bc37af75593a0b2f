"""``spikelens detect``: the first step of `find`, to one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._options import Grown, detecting, detector, reading, recording


@click.command("detect", cls=Grown, grow=lambda arguments: {**reading(arguments), **detecting(arguments)})
@recording
@detector
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .csv or .parquet file.")
@click.option("--channel", help="Channel by name, or counted from 0.")
@click.option("--mode", metavar="MODE", help="Clamp mode, where the file does not say.")
@click.option("--polarity", default="auto", show_default=True, help="auto, up, down or both.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(
    path: Path, detector: str | None, method: dict[str, object], hints: dict[str, object], **asked: Any
) -> None:
    """Find spikes, without features.

    Writes the times and heights of the spikes of one recording to one table.
    """
    from spikelens import api
    from spikelens.choosing import choose
    from spikelens.runs.request import Request
    from spikelens.runs.steps import refuse_to_replace, write_table

    read = [path, Path(str(method["model"])) if method.get("model") else None]
    refuse_to_replace(asked["out"], force=asked["force"], inputs=read)
    Request(method=detector, parameters=method, mode=asked["mode"], polarity=asked["polarity"]).checked()
    chosen = choose(api.read(path, **hints), channel=asked["channel"], mode=asked["mode"])
    made = api.detector_for(chosen, detector, method)
    spikes = api.detect(chosen, made, polarity=asked["polarity"])
    write_table(asked["out"], spikes, chosen.recording, force=asked["force"])
    click.echo(f"{len(spikes)} spikes in {asked['out']}")
    for warning in chosen.recording.warnings:
        click.echo(f"warning: {warning}", err=True)
