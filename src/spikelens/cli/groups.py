"""``spikelens groups``: the cells of a study side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, beside_flags, beside_of, finding, measures, recordings


@click.command("groups", cls=Grown, grow=finding)
@recordings
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    required=True,
    help="A .csv or .xlsx with a row per recording: columns file, cell, animal, group, condition, exclude,"
    " events, protocol.",
)
@measures
@beside_flags
@finding_flags
@written_to("spikelens-groups")
def command(
    paths: tuple[Path, ...],
    method: dict[str, object],
    rule: dict[str, object],
    hints: dict[str, object],
    **asked: Any,
) -> None:
    """Measure every cell of a study and compare its groups and conditions.

    Writes a row per cell (CSV and Excel), a column table per measure for Prism, an Igor
    text file, figures in which every cell is shown, traces with scale bars, a report and
    a methods paragraph.
    """
    from spikelens.cli._progress import progress_on_stderr
    from spikelens.groups.writing import groups_file
    from spikelens.profiles import MEASURES
    from spikelens.runs.batch import files_in

    request = request_of(asked, hints=hints, method=method, rule=rule)
    files = files_in(paths)
    used = {"detector": request.method, "rule": request.feature_rule}
    with progress_on_stderr(len(files), quiet=asked["as_json"], **used) as watch:
        record = groups_file(
            files,
            asked["out"],
            asked["sheet"],
            request,
            measures=asked["measures"] or tuple(MEASURES),
            beside=beside_of(asked),
            force=asked["force"],
            watch=watch,
        )
    tell(record, asked)
