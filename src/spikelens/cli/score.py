"""``spikelens score``: found spikes against the truth."""

from __future__ import annotations

from pathlib import Path

import click

from spikelens.cli._options import as_json


@click.command("score")
@click.argument("found", type=click.Path(path_type=Path))
@click.argument("truth", type=click.Path(path_type=Path))
@click.option(
    "--tolerance", type=float, default=1e-3, show_default=True, metavar="s", help="Farthest a match may lie."
)
@as_json
def command(found: Path, truth: Path, tolerance: float, as_json: bool) -> None:
    """Compare found spikes with the truth.

    FOUND and TRUTH are CSV files with a column time (s).

    Matches stay within a sweep where both files have a column sweep. Rows of the truth
    whose column visible is 0 count neither for nor against.
    """
    from spikelens.errors import BadParameter
    from spikelens.files import to_json
    from spikelens.runs.truth import score_files

    if not tolerance > 0:
        raise BadParameter(f"tolerance must be more than 0 s, not {tolerance:g}")
    figures = score_files(found, truth, tolerance=tolerance).to_dict()
    if as_json:
        click.echo(to_json({"schema_version": 1, **figures}))
    else:
        click.echo("\n".join(f"{name:12} {value:.6g}" for name, value in figures.items()))
