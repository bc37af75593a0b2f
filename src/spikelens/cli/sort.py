"""``spikelens sort``: which neuron fired each spike of an extracellular recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._options import Grown, Schemas, reading, recording, value_of


def _grow(arguments: Sequence[str]) -> Schemas:
    from spikelens import rooms
    from spikelens.sorting import BRIDGE, DEFAULT
    from spikelens.unitquality import UnitRule

    method = value_of("--method", arguments) or DEFAULT
    named = method if method in rooms.names("sorters") else BRIDGE
    engine = rooms.load("engines", value_of("--engine", arguments) or "threads")
    return {
        **reading(arguments),
        "method": rooms.load("sorters", named).schema(),
        "units": UnitRule.schema(),
        "engine": engine.schema(),
    }


@click.command("sort", cls=Grown, grow=_grow)
@recording
@click.option(
    "--method",
    "sorter",
    default="pursuit",
    show_default=True,
    metavar="NAME",
    help="A sorter; or any of SpikeInterface's by its name, such as tridesclous2.",
)
@click.option("--engine", "runner", default="threads", show_default=True, help="What runs the work in parts.")
@click.option("--channel", help="Sort this channel alone, by name or counted from 0.")
@click.option("--probe", type=click.Path(path_type=Path), help="Geometry: JSON as probeinterface writes it.")
@click.option(
    "--truth", type=click.Path(path_type=Path), help="CSV with time (s) and unit_id to compare with."
)
@click.option(
    "--blank", multiple=True, metavar="SOURCE:FROM:TO", help="Leave out time around events: ttl:-1ms:5ms."
)
@click.option("--start", type=float, metavar="s", help="Look from this time on.")
@click.option("--stop", type=float, metavar="s", help="Look up to this time.")
@written_to("spikelens-sort")
def command(
    path: Path,
    hints: dict[str, object],
    method: dict[str, object],
    units: dict[str, object],
    engine: dict[str, object],
    **asked: Any,
) -> None:
    """Sort the spikes of an extracellular recording into units, on one wire or a probe.

    Writes spikes.csv and spikes.parquet (a row per spike: its unit, how likely, and what
    else it could be), units.csv (quality and proposal), figures, report.html, run.json
    and methods.txt.
    """
    from spikelens import rooms
    from spikelens.sortings.running import SortRequest, sort_file
    from spikelens.unitquality import UnitRule

    names = ("channel", "probe", "truth", "blank", "start", "stop")
    request = SortRequest(
        method=asked["sorter"], parameters=method, hints=hints, **{n: asked[n] for n in names}
    )
    rule = UnitRule.from_parameters(units)
    made = rooms.load("engines", asked["runner"]).from_parameters(engine)
    tell(sort_file(path, asked["out"], request, rule, made, force=asked["force"]), asked)
