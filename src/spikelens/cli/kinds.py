"""``spikelens kinds``: kinds of spikes, bursts and the firing pattern of one cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, Schemas, finding, recording, value_of


def _grow(arguments: Sequence[str]) -> Schemas:
    from spikelens import rooms
    from spikelens.kinds.rule import KindRule, PatternRule

    name = value_of("--classifier", arguments) or "waveform"
    learner = rooms.load("classifiers", name).schema()
    own = {"kinds": KindRule.schema(), "patterns": PatternRule.schema(), "learner": learner}
    return {**finding(arguments), **own}


@click.command("kinds", cls=Grown, grow=_grow)
@recording
@click.option(
    "--protocol",
    type=click.Path(path_type=Path),
    help="CSV with columns sweep, onset, offset (s), current (A); or a recording of the current.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    help="A CSV with columns time (s) and kind: your words for some spikes, to name the rest by.",
)
@click.option(
    "--kind-model", type=click.Path(path_type=Path), help="A model of kinds that --save-model kept."
)
@click.option("--classifier", default="waveform", show_default=True, help="images, waveform or shape.")
@click.option(
    "--save-model", type=click.Path(path_type=Path), help="Keep what labels taught, as a .spikemodel."
)
@finding_flags
@written_to("spikelens-kinds")
def command(
    path: Path,
    method: dict[str, object],
    rule: dict[str, object],
    hints: dict[str, object],
    kinds: dict[str, object],
    patterns: dict[str, object],
    learner: dict[str, object],
    **asked: Any,
) -> None:
    """Name the kind of each spike, list bursts, and name the firing pattern on current steps.

    Kinds are named by rules, or as your own labels teach. Writes spikes.csv (with kind,
    context and burst), stretches.csv, bursts.csv, patterns.csv, columns.csv, figures,
    report.html, run.json and methods.txt.
    """
    from spikelens.runs.kinds import KindPlan
    from spikelens.runs.kindsfolder import kinds_file

    request = request_of(asked, hints=hints, method=method, rule=rule)
    plan = KindPlan(
        rule=kinds,
        patterns=patterns,
        protocol=asked["protocol"],
        labels=asked["labels"],
        model=asked["kind_model"],
        classifier=asked["classifier"],
        learner=learner,
    )
    tell(
        kinds_file(path, asked["out"], request, plan, save_model=asked["save_model"], force=asked["force"]),
        asked,
    )
