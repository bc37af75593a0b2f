"""``spikelens respond``: what a cell answered to stimuli."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, finding, recording


@click.command("respond", cls=Grown, grow=finding)
@recording
@click.option(
    "--events",
    metavar="SOURCE",
    help="A CSV with a column start (s), ttl, tag, epoch, stimulus, or ac2:TONES; by default what the"
    " recording names.",
)
@click.option(
    "--conditions",
    type=click.Path(path_type=Path),
    help="CSV with more columns of the stimuli, by one that they have: tone,frequency,level.",
)
@click.option("--by", metavar="NAMES", help="Columns that make a condition: frequency,level.")
@click.option("--window", default="5:55ms", show_default=True, metavar="FROM:TO", help="Of the response.")
@click.option(
    "--baseline", default="-100:0ms", show_default=True, metavar="FROM:TO", help="Of the spontaneous rate."
)
@click.option("--shown", metavar="FROM:TO", help="What raster and PSTH show.")
@click.option(
    "--bin", metavar="TIME", help="Width of the PSTH's bins, such as 5ms; a rule chooses by default."
)
@click.option("--smoothing", metavar="TIME", help="Smooth the PSTH by a Gaussian of this width instead.")
@click.option(
    "--spikes",
    type=click.Path(path_type=Path),
    help="Spikes found before: .csv or .parquet with a column time.",
)
@finding_flags
@written_to("spikelens-respond")
def command(
    path: Path,
    hints: dict[str, object],
    method: dict[str, object],
    rule: dict[str, object],
    **asked: Any,
) -> None:
    """Measure responses to stimuli: rates, latencies, reliability, tuning.

    Windows count from the start of each stimulus, in s unless they end in ms.
    """
    from spikelens.responses.plan import Plan
    from spikelens.responses.writing import Asked, respond_file

    names = ("by", "window", "baseline", "shown", "bin", "smoothing")
    wanted = Asked(
        events=asked["events"],
        plan=Plan.of(**{name: asked[name] for name in names}),
        request=request_of(asked, hints=hints, method=method, rule=rule),
        conditions=asked["conditions"],
        spikes=asked["spikes"],
    )
    tell(respond_file(path, asked["out"], wanted, force=asked["force"]), asked)
