"""``spikelens conditions``: control, drug and wash in one recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, beside_flags, beside_of, finding, measures, recording


@click.command("conditions", cls=Grown, grow=finding)
@recording
@click.option(
    "--epochs",
    default="tag",
    show_default=True,
    metavar="SOURCE",
    help="Events that begin a condition, such as tag, or a CSV: label,start,stop or"
    " label,first_sweep,last_sweep.",
)
@click.option("--reference", metavar="LABEL", help="What others are compared with; by default the first.")
@click.option(
    "--settle", type=float, default=0.0, show_default=True, metavar="s", help="Left out after each beginning."
)
@click.option(
    "--bin",
    "bin_duration",
    type=float,
    default=10.0,
    show_default=True,
    metavar="s",
    help="Rates are compared over bins of about so long.",
)
@measures
@beside_flags
@finding_flags
@written_to("spikelens-conditions")
def command(
    path: Path,
    hints: dict[str, object],
    method: dict[str, object],
    rule: dict[str, object],
    **asked: Any,
) -> None:
    """Measure each condition of a recording, and compare them.

    Conditions are epochs: from a tag to the next, or as a CSV says.
    """
    from spikelens.conditions.writing import Asked, conditions_file

    names = ("epochs", "reference", "settle", "bin_duration", "measures")
    request = request_of(asked, hints=hints, method=method, rule=rule)
    told = {name: asked[name] for name in names if asked[name] is not None}
    wanted = Asked(request=request, beside=beside_of(asked), **told)
    tell(conditions_file(path, asked["out"], wanted, force=asked["force"]), asked)
