"""``spikelens train``: from labelled windows to a model in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.cli._options import Grown, Schemas, reading, recording, value_of


def _grow(arguments: Sequence[str]) -> Schemas:
    from spikelens import rooms

    name = value_of("--classifier", arguments) or "images"
    return {**reading(arguments), "settings": rooms.load("classifiers", name).schema()}


@click.command("train", cls=Grown, grow=_grow)
@recording
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--classifier", default="images", show_default=True, help="images, waveform or shape.")
@click.option("--windows", metavar="FIRST:LAST", help="Only these, counted from 1, both included.")
@click.option("--channel", help="Channel by name, or counted from 0; by quantity otherwise.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .spikemodel file.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(
    path: Path, labels: Path, hints: dict[str, object], settings: dict[str, object], **asked: Any
) -> None:
    """Train a classifier on the windows that LABELS names, and say how good it is on unseen ones."""
    from spikelens import api, learning
    from spikelens.choosing import choose
    from spikelens.labelfiles import read_labels
    from spikelens.modelfiles import write_model
    from spikelens.runs.steps import refuse_to_replace
    from spikelens.study.plan import parse_range

    refuse_to_replace(asked["out"], force=asked["force"], inputs=[path, labels])
    recording = choose(api.read(path, **hints), channel=asked["channel"]).recording
    said = read_labels(labels)
    windows = learning.labelled_windows(recording, said)
    if asked["windows"]:
        windows = windows.between(*parse_range(asked["windows"]))
    model = learning.train(windows, said, asked["classifier"], **settings)
    write_model(asked["out"], model)
    click.echo(_in_words(model, asked["out"]))
    for warning in model.warnings:
        click.echo(f"warning: {warning}", err=True)


def _in_words(model: Any, out: Path) -> str:
    counts = ", ".join(f"{name} {n}" for name, n in model.facts["counts"].items())
    scores = model.facts["scores"]
    return (
        f"{model.name} trained on {counts}; on held-out windows F1 {scores['f1']:.3f},"
        f" average precision {scores['average_precision']:.3f}, Brier score {scores['brier']:.4f}; model in"
        f" {out}"
    )
