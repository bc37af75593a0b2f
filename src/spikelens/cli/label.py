"""``spikelens label``: labels for the windows of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.cli._options import Grown, Schemas, reading, recording, value_of


def _grow(arguments: Sequence[str]) -> Schemas:
    from spikelens import rooms

    name = value_of("--labeller", arguments) or "deviation"
    return {**reading(arguments), "rule": rooms.load("labellers", name).schema()}


@click.command("label", cls=Grown, grow=_grow)
@recording
@click.option("--labeller", default="deviation", show_default=True, help="deviation, truth, file or vote.")
@click.option("--window", default=100, show_default=True, help="Length of a window, samples.")
@click.option("--cutoffs", help="Several of the labeller deviation, with commas: a file for each.")
@click.option("--overlap", default=0, show_default=True, help="Samples a window shares with the next.")
@click.option("--windows", metavar="FIRST:LAST", help="Only these, counted from 1, both included.")
@click.option("--truth", type=click.Path(path_type=Path), help="Spike times for the labeller truth: CSV, s.")
@click.option("--labels", "given", multiple=True, type=click.Path(path_type=Path), help="For file and vote.")
@click.option("--channel", help="Channel by name, or counted from 0; by quantity otherwise.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .csv file.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(path: Path, hints: dict[str, object], rule: dict[str, object], **asked: Any) -> None:
    """Label each window of a recording, and write a table with one row per window."""
    from spikelens import api, learning
    from spikelens.labelfiles import read_labels, write_labels
    from spikelens.runs.steps import refuse_to_replace
    from spikelens.runs.truth import read_times
    from spikelens.study.plan import parse_range

    jobs = _jobs(asked["out"], rule, asked["cutoffs"])
    for out in jobs:
        refuse_to_replace(out, force=asked["force"], inputs=[path, asked["truth"], *asked["given"]])
    one = learning.cut(
        api.read(path, **hints), asked["window"], overlap=asked["overlap"], channel=asked["channel"]
    )
    chosen = one.between(*parse_range(asked["windows"])) if asked["windows"] else one
    times = read_times(asked["truth"]).time if asked["truth"] else None
    said = [read_labels(given) for given in asked["given"]]
    for out, settings in jobs.items():
        labels = learning.label(chosen, asked["labeller"], times=times, labels=said, **settings)
        write_labels(out, labels)
        counts = ", ".join(f"{name} {n}" for name, n in labels.counts.items())
        click.echo(f"{counts} in {out}")


def _jobs(out: Path, rule: dict[str, object], cutoffs: str | None) -> dict[Path, dict[str, object]]:
    """The files to write, and the labeller's settings for each."""
    from spikelens.study.plan import parse_numbers

    if cutoffs is None:
        return {out: rule}
    each = {cutoff: out.with_name(f"{out.stem}_{cutoff:g}{out.suffix}") for cutoff in parse_numbers(cutoffs)}
    return {path: {**rule, "cutoff": cutoff} for cutoff, path in each.items()}
