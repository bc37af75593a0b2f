"""``spikelens simulate``: a recording whose spikes are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command("simulate")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--duration", type=float, default=60.0, show_default=True, metavar="s", help="How long.")
@click.option(
    "--sampling-rate", type=float, default=20_000.0, show_default=True, metavar="Hz", help="1000 to 50000."
)
@click.option("--difficulty", default="medium", show_default=True, help="easy, medium or hard.")
@click.option("--family", default="conductance", show_default=True, help="Which cells to simulate.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed is another cell.")
@click.option(
    "--set", "overrides", multiple=True, metavar="NAME=VALUE", help="Any parameter of the simulation."
)
@click.option(
    "--tones", metavar="FREQUENCIESxLEVELS", help="Play tones of so many frequencies and levels: 16x7."
)
@click.option("--force", is_flag=True, help="Replace the files if they are there.")
def command(out: Path, overrides: tuple[str, ...], tones: str | None, force: bool, **asked: Any) -> None:
    """Make a recording whose spikes are known.

    Simulates a cell and writes it to OUT (.npz, .csv, .mat or .nwb), with OUT's .truth.csv beside it,
    and .tones.csv with --tones.
    """
    from spikelens.runs.simulating import parsed_overrides, parsed_tones, write_simulation

    asked_for = {**(parsed_tones(tones) if tones else {}), **parsed_overrides(overrides)}
    truth = write_simulation(out, asked, asked_for, force=force)
    click.echo(f"{out}\n{truth}")
    if "tone_frequencies" in asked_for:
        click.echo(out.with_suffix(".tones.csv"))
