"""``spikelens find``: from files to folders of results."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, as_json, recordings, sharing

if TYPE_CHECKING:
    from spikelens.runs.batch import Batch
    from spikelens.runs.sharing import Sharing


@click.command("find", cls=Grown, grow=sharing)
@recordings
@finding_flags
@click.option(
    "--out", type=click.Path(path_type=Path), default="spikelens-out", show_default=True, help="Where to."
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    help="A .csv or .xlsx that names recordings: columns file, cell, animal, group, condition, exclude.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    help="A CSV with columns time,label (spike or noise) of this recording, to refine the method by.",
)
@click.option(
    "--save-model", type=click.Path(path_type=Path), help="Keep what labels taught, as a .spikemodel."
)
@click.option("--candidates", is_flag=True, help="Also write what was nearly accepted, and why not.")
@click.option("--kinds", is_flag=True, help="Name kinds of spikes, bursts and the firing pattern.")
@click.option(
    "--engine",
    "engine_name",
    metavar="NAME",
    help="What runs many channels and many files: serial, threads (the default) or dask.",
)
@click.option(
    "--chunk", type=float, metavar="s", help="Recorded time per task; results are the same for any."
)
@click.option("--shard", metavar="I/N", help="Do one N-th of the work, the I-th; the last to end joins them.")
@click.option("--no-report", is_flag=True, help="Write tables only, no figures.")
@click.option("--force", is_flag=True, help="Replace results of another input or of other settings.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
@as_json
def command(
    paths: tuple[Path, ...],
    method: dict[str, object],
    rule: dict[str, object],
    hints: dict[str, object],
    probe: dict[str, object],
    engine: dict[str, object],
    **asked: Any,
) -> int:
    """Find spikes, measure and draw them.

    Recordings are files or folders of them.

    Each recording gets a folder below --out with spikes.csv, spikes.parquet, sweeps.csv,
    trace.png, report.html, run.json and methods.txt; several recordings also get
    summary.csv and summary.xlsx.
    """
    from spikelens.cli._progress import progress_on_stderr
    from spikelens.runs.batch import files_in, run_batch
    from spikelens.runs.sheet import Sheet

    plain = request_of(
        asked, hints=hints, method=method, rule=rule, probe=probe, report=not asked["no_report"]
    )
    more = {name: asked[name] for name in ("labels", "save_model", "candidates", "kinds")}
    request = dataclasses.replace(plain, **more).checked()
    shared = _sharing(asked, engine)
    sheet = Sheet.read(asked["sheet"]) if asked["sheet"] else None
    files = files_in(paths)
    _say_of_sheet(sheet, files)
    used = {"detector": request.method, "rule": request.feature_rule}
    # One bar: of the one recording, or of the queue that several are.
    with progress_on_stderr(1, quiet=asked["quiet"], **used) as watch:
        batch = run_batch(
            files, asked["out"], request, sheet=sheet, force=asked["force"], watch=watch, sharing=shared
        )
    _tell(batch, asked["out"], as_json=asked["as_json"], quiet=asked["quiet"])
    return max((why.exit_code for _, why in batch.failures), default=0)


def _sharing(asked: dict[str, Any], engine: dict[str, object]) -> Sharing | None:
    """How work is shared out, if anything was said of it.

    Raises
    ------
    UnknownName, BadParameter
        No such engine, or a chunk or shard that makes no sense.
    """
    from spikelens import rooms
    from spikelens.errors import BadParameter
    from spikelens.runs.sharing import Sharing, parse_shard

    if asked["chunk"] is not None and not asked["chunk"] > 0:
        raise BadParameter(f"--chunk must be more than 0 s, not {asked['chunk']:g}")
    said = asked["engine_name"] or engine or asked["chunk"] or asked["shard"]
    if not said:
        return None
    made = rooms.load("engines", asked["engine_name"] or "threads").from_parameters(engine)
    return Sharing(made, asked["chunk"], parse_shard(asked["shard"]) if asked["shard"] else None)


def _say_of_sheet(sheet: Any, files: list[Path]) -> None:
    if sheet is not None and sheet.unmatched(files):
        click.echo(
            f"spikelens: the sheet names files that were not given: {', '.join(sheet.unmatched(files))}",
            err=True,
        )


def _tell(batch: Batch, out: Path, *, as_json: bool, quiet: bool) -> None:
    from spikelens.files import to_json
    from spikelens.runs.words import failure, screens

    if as_json:
        failed = [{"path": str(path), "error": str(why)} for path, why in batch.failures]
        excluded = [str(path) for path in batch.excluded]
        document = {"schema_version": 1, "recordings": batch.records, "failed": failed, "excluded": excluded}
        click.echo(to_json(document))
    elif not quiet:
        click.echo(screens(batch.records), nl=bool(batch.records))
    for path, why in batch.failures:
        click.echo(f"spikelens: {failure(path, why)}", err=True)
    for path in batch.unfinished:
        click.echo(f"spikelens: {path}: this shard is done; the last to end writes the results", err=True)
    n_files = len(batch.records) + len(batch.failures)
    if n_files > 1 and not quiet:
        _tell_of_batch(batch, out)


def _tell_of_batch(batch: Batch, out: Path) -> None:
    """Say on stderr how many were done, and where the summary is."""
    words = [f"{len(batch.records)} of {len(batch.records) + len(batch.failures)} recordings done"]
    if batch.excluded:
        words.append(f"{len(batch.excluded)} excluded by the sheet")
    if batch.records:
        words.append(f"summary in {out / 'summary.csv'}")
    click.echo(f"spikelens: {'; '.join(words)}", err=True)
