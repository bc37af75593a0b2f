"""Progress on stderr: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from spikelens.detecting import Progress
from spikelens.kernels import are_compiled
from spikelens.runs.batch import Watch
from spikelens.runs.compiling import compile_ahead


@contextmanager
def progress_on_stderr(
    n_files: int, *, quiet: bool, detector: str | None = None, rule: str | None = None
) -> Iterator[Watch]:
    """What a batch calls with each file as it begins; on a new machine, first compile what it will need."""
    if not are_compiled():
        if not quiet:
            click.echo(
                "spikelens: compiling its kernels, once on this machine; this takes some seconds", err=True
            )
        compile_ahead(detector, rule)
    if quiet or not sys.stderr.isatty():
        yield lambda path: _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _watch(bar, n_files)


def _watch(bar: object, n_files: int) -> Callable[[Path], Progress]:
    from rich.progress import Progress as Bar

    assert isinstance(bar, Bar)
    begun = 0

    def begin(path: Path) -> Progress:
        nonlocal begun
        begun += 1
        task = bar.add_task(f"{begun}/{n_files} {path.name}", total=None)
        return lambda done, total: bar.update(task, completed=done, total=total)

    return begin


def _nothing(done: int, total: int) -> None:
    """Say nothing."""
