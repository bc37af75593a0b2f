"""What the commands that write an analysis share: where to, and what they say afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from spikelens.cli._options import as_json

Command = TypeVar("Command", bound=Callable[..., Any])


def written_to(folder: str) -> Callable[[Command], Command]:
    """Give a command ``--out`` (by default `folder`), ``--force`` and ``--json``."""
    out = click.option(
        "--out", type=click.Path(path_type=Path), default=folder, show_default=True, help="Where to."
    )
    force = click.option("--force", is_flag=True, help="Replace what another run left there.")
    return lambda command: out(force(as_json(command)))


def tell(record: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Say on stdout what an analysis found and where it is, in words or as JSON."""
    from spikelens.files import to_json

    if asked["as_json"]:
        click.echo(to_json(record))
        return
    out: Path = asked["out"]
    lines = [f"{record['path']}", f"  {record['verdict']}"]
    lines += [f"  warning: {text}" for text in record["warnings"]]
    again = " (was done already)" if record.get("already_done") else ""
    click.echo("\n".join([*lines, f"  results in {out}{again}; look at {out / 'report.html'}"]))
