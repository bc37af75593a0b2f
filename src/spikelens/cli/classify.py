"""``spikelens classify``: a model's labels for the windows of a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._options import Grown, reading, recording


@click.command("classify", cls=Grown, grow=reading)
@recording
@click.option("--model", type=click.Path(path_type=Path), required=True, help="A .spikemodel file.")
@click.option("--windows", metavar="FIRST:LAST", help="Only these, counted from 1, both included.")
@click.option("--resample", is_flag=True, help="Bring windows of another sampling rate to the model's.")
@click.option("--channel", help="Channel by name, or counted from 0; by quantity otherwise.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .csv file.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(path: Path, hints: dict[str, object], **asked: Any) -> None:
    """Classify windows by a model, and write a table with each one's label and probability."""
    from spikelens import api, learning
    from spikelens.choosing import choose
    from spikelens.labelfiles import write_labels
    from spikelens.modelfiles import read_model
    from spikelens.runs.steps import refuse_to_replace
    from spikelens.study.plan import parse_range

    refuse_to_replace(asked["out"], force=asked["force"], inputs=[path, asked["model"]])
    model = read_model(asked["model"])
    recording = choose(api.read(path, **hints), channel=asked["channel"]).recording
    span = parse_range(asked["windows"]) if asked["windows"] else None
    windows = learning.windows_for(recording, model, windows=span, resample=asked["resample"])
    labels = model.predict(windows, resample=asked["resample"])
    write_labels(asked["out"], labels)
    if not model.is_at_rate_of(recording):
        told = f"windows at {recording.sampling_rate:g} Hz were brought to {model.sampling_rate:g} Hz"
        click.echo(f"{told}, the model's rate", err=True)
    counts = ", ".join(f"{name} {n}" for name, n in labels.counts.items())
    click.echo(f"{counts} in {asked['out']}")
    for warning in learning.doubts(windows, model):
        click.echo(f"warning: {warning}", err=True)
