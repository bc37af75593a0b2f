"""``spikelens fetch``: public recordings by name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spikelens.datasets.catalogue import Dataset
    from spikelens.datasets.downloading import Progress


@click.command("fetch")
@click.argument("name", required=False)
@click.option(
    "--out", type=click.Path(path_type=Path), help="A folder to keep it in; your user's cache by default."
)
@click.option("--quiet", is_flag=True, help="Print where it lies, and nothing else.")
def command(name: str | None, out: Path | None, quiet: bool) -> None:
    """Get a public recording, or list those there are.

    NAME is one of the catalogue, which is listed without it. A download that broke off is
    gone on with; what is there already is not fetched again.
    """
    from spikelens.datasets.catalogue import CATALOGUE, dataset_named
    from spikelens.datasets.fetching import fetched

    if name is None:
        click.echo("\n".join(f"{d.name:16} {d.what}" for d in CATALOGUE))
        return
    dataset = dataset_named(name)
    path, was_fetched = fetched(dataset, out, None if quiet else _progress())
    if quiet:
        click.echo(path)
        return
    click.echo(f"{path} ({'fetched' if was_fetched else 'there already'})")
    click.echo(_about(dataset))


def _about(dataset: Dataset) -> str:
    return f"{dataset.what}\nlicence: {dataset.licence}\ncite: {dataset.citation}"


def _progress() -> Progress | None:
    """A line on stderr that is written over, on a terminal."""
    if not sys.stderr.isatty():
        return None

    def tell(done: int, total: int) -> None:
        click.echo(f"\r{done / 1e6:.1f} of {total / 1e6:.1f} MB", nl=done == total, err=True)

    return tell
