"""``spikelens study``: the 2017 study on one recording, in one command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import written_to
from spikelens.cli._options import Grown, Schemas, reading, recording, value_of


def _grow(arguments: Sequence[str]) -> Schemas:
    from spikelens import rooms
    from spikelens.study.plan import ALL, STUDIED

    name = value_of("--classifier", arguments) or STUDIED
    return {
        **reading(arguments),
        "settings": rooms.load("classifiers", STUDIED if name == ALL else name).schema(),
    }


@click.command("study", cls=Grown, grow=_grow)
@recording
@click.option("--window", default=100, show_default=True, help="Length of a window, samples.")
@click.option(
    "--cutoffs", default="0.013,0.017,0.020", show_default=True, help="Of the rule, V, with commas."
)
@click.option("--train", metavar="FIRST:LAST", help="Windows to train on, counted from 1, both included.")
@click.option("--apply", metavar="FIRST:LAST", help="Windows to apply to, counted from 1, both included.")
@click.option(
    "--classifier", default="images", show_default=True, help="A classifier's name, or all to compare them."
)
@click.option("--zoom", "zooms", multiple=True, metavar="FROM:TO", help="A section to draw large, s.")
@click.option("--truth", type=click.Path(path_type=Path), help="CSV with a column time: the true spikes, s.")
@click.option("--channel", help="Channel by name, or counted from 0; by quantity otherwise.")
@written_to("spikelens-study")
def command(path: Path, hints: dict[str, object], settings: dict[str, object], **asked: Any) -> None:
    """Cut into windows, label by a rule, train on pictures, classify, and tell it all in a report."""
    from spikelens.files import to_json
    from spikelens.study.plan import Plan, parse_numbers, parse_range, parse_section
    from spikelens.study.writing import study_file

    plan = Plan(
        window=asked["window"],
        cutoffs=parse_numbers(asked["cutoffs"]),
        train=parse_range(asked["train"]) if asked["train"] else None,
        apply=parse_range(asked["apply"]) if asked["apply"] else None,
        classifier=asked["classifier"],
        settings=settings,
        zooms=tuple(map(parse_section, asked["zooms"])),
        channel=asked["channel"],
        hints=hints,
    ).checked()
    record = study_file(
        path,
        asked["out"],
        plan,
        truth=asked["truth"],
        force=asked["force"],
        say=lambda step: click.echo(step, err=True),
    )
    click.echo(to_json(record) if asked["as_json"] else _in_words(record, asked["out"]))


def _in_words(record: dict[str, Any], out: Path) -> str:
    lines = [
        f"{record['path']}: trained on windows {_span(record['training'])}, applied to"
        f" {_span(record['applied'])}"
    ]
    lines += [f"  cutoff {c['cutoff']} V: noise {c['noise']}, spike {c['spike']}" for c in record["counts"]]
    lines += [
        f"  {s['by']} at {s['cutoff']} V: {s['spike windows']} spike windows, F1 {s['F1']:.3f}"
        for s in record["scores"]
    ]
    lines.append(
        f"  scores are against {record['reference']}; {len(record['disputed'])} windows are disputed"
    )
    lines += [f"  warning: {text}" for text in record["warnings"]]
    again = " (was done already)" if record.get("already_done") else ""
    return "\n".join([*lines, f"  results in {out}{again}; look at {out / 'report.html'}"])


def _span(pair: list[int]) -> str:
    return f"{pair[0]} to {pair[1]}"
