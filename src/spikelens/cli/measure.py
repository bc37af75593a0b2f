"""``spikelens measure``: the second step of `find`, on spikes from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._options import Grown, measuring, reading, recording


@click.command("measure", cls=Grown, grow=lambda arguments: {**reading(arguments), **measuring(arguments)})
@recording
@click.argument("spikes", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .csv or .parquet file.")
@click.option("--channel", help="Channel by name, or counted from 0.")
@click.option("--mode", metavar="MODE", help="Clamp mode, where the file does not say.")
@click.option("--feature-rule", help="Definitions of the features: spikelens, ipfx or efel.")
@click.option("--junction-potential", type=float, metavar="V", help="Subtract this from absolute voltages.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(
    path: Path, spikes: Path, rule: dict[str, object], hints: dict[str, object], **asked: Any
) -> None:
    """Add features to spikes found elsewhere.

    SPIKES is a .csv or .parquet with a column time (s), of peaks in RECORDING.
    """
    from spikelens import api
    from spikelens.choosing import choose
    from spikelens.runs.request import Request
    from spikelens.runs.steps import read_spike_times, refuse_to_replace, spikes_at, write_table

    refuse_to_replace(asked["out"], force=asked["force"], inputs=[path, spikes])
    same = {name: asked[name] for name in ("mode", "feature_rule", "junction_potential")}
    Request(feature_parameters=rule, **same).checked()
    chosen = choose(api.read(path, **hints), channel=asked["channel"], mode=asked["mode"])
    given = spikes_at(chosen.recording, read_spike_times(spikes), chosen.polarity)
    measured = api.measure(
        chosen,
        given,
        feature_rule=asked["feature_rule"],
        junction_potential=asked["junction_potential"],
        **dict[str, Any](rule),
    )
    write_table(asked["out"], measured, chosen.recording, force=asked["force"])
    click.echo(f"{len(measured)} spikes measured in {asked['out']}")
