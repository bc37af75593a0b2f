"""``spikelens membrane``: the membrane potential of one recording without its spikes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, Schemas, finding, recording


def _grow(arguments: Sequence[str]) -> Schemas:
    from spikelens.membrane.rule import MembraneRule

    return {**finding(arguments), "membrane": MembraneRule.schema()}


@click.command("membrane", cls=Grown, grow=_grow)
@recording
@click.option("--second", metavar="CHANNEL", help="A second channel, or variable, such as a field potential.")
@click.option(
    "--events", metavar="SOURCE", help="Conditions: a CSV of start, stop (s) and label, or tag, epoch, ttl."
)
@click.option(
    "--trace", type=click.Path(path_type=Path), help="Write the spike-less trace to this .npy or .nwb."
)
@finding_flags
@written_to("spikelens-membrane")
def command(
    path: Path,
    method: dict[str, object],
    rule: dict[str, object],
    hints: dict[str, object],
    membrane: dict[str, object],
    **asked: Any,
) -> None:
    """Cut and bridge the spikes, and measure the membrane potential that is left.

    Mean, spread, distribution, up and down states, averages over sweeps, and around
    spikes; with --second also what both channels share.
    """
    from spikelens.membrane.rule import MembraneRule
    from spikelens.membrane.running import MembraneRequest, membrane_file

    wanted = MembraneRequest(
        finding=request_of(asked, hints=hints, method=method, rule=rule),
        rule=MembraneRule.from_parameters(membrane),
        **{name: asked[name] for name in ("second", "events", "trace")},
    )
    tell(membrane_file(path, asked["out"], wanted, force=asked["force"]), asked)
