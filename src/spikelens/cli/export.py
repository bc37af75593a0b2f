"""``spikelens export``: spikes and recordings as files that other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, Schemas, finding, recording, value_of

if TYPE_CHECKING:
    from spikelens.recording import Recording
    from spikelens.runs.exporting import Order
    from spikelens.runs.request import Request
    from spikelens.spikes import Spikes


def _exporting(arguments: Sequence[str]) -> Schemas:
    """What `find` takes, and the parameters of the format that the arguments name."""
    from spikelens import rooms
    from spikelens.errors import UnknownName
    from spikelens.exports import format_of

    try:
        name = format_of(Path(value_of("--out", arguments) or ""), value_of("--to", arguments))
    except UnknownName:
        return finding(arguments)
    return {**finding(arguments), "format": rooms.load("exporters", name).schema()}


@click.command("export", cls=Grown, grow=_exporting)
@recording
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file or folder to write.")
@click.option(
    "--to", "format_name", metavar="NAME", help="Its format, where the ending does not say: phy ..."
)
@click.option(
    "--what",
    default="all",
    show_default=True,
    help="all, spikes or recording; all where one file holds both.",
)
@click.option(
    "--spikes",
    "table",
    type=click.Path(path_type=Path),
    help="Export these, of a .parquet, .csv, .nwb or a folder of phy's, instead of finding them.",
)
@click.option("--corrected", is_flag=True, help="Export the spikes as corrected in the viewer.")
@click.option(
    "--sessions", type=click.Path(path_type=Path), help="Where the viewer keeps its edits, if not beside."
)
@click.option("--append", is_flag=True, help="Add the spikes to a copy of RECORDING, an NWB file, at --out.")
@click.option("--in-place", is_flag=True, help="With --append: --out may be RECORDING itself.")
@finding_flags
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(
    path: Path,
    rule: dict[str, object],
    hints: dict[str, object],
    method: dict[str, object],
    format: dict[str, object] | None = None,
    **asked: Any,
) -> None:
    """Write spikes, with their recording where the format holds both.

    Formats are csv, parquet, npz, mat, nwb, phy and efel; `spikelens methods exporters` says
    what each holds. With --out cell.nwb --help the facts of subject and session are listed.
    """
    from spikelens.errors import UnknownName
    from spikelens.runs.exporting import WHAT, Order

    if asked["what"] not in WHAT:
        raise UnknownName.among("--what", asked["what"], WHAT)
    request = request_of(asked, hints=hints, method=method, rule=rule, report=False)
    order = Order(
        asked["out"], asked["format_name"], asked["what"], format or {}, asked["append"], asked["force"]
    )
    _keep_what_is_read(order, path, asked["table"], in_place=asked["in_place"])
    order = order.checked(path)
    known, spikes = _spikes(path, request, order, asked)
    written = order.write(known, spikes)
    what = "the recording" if spikes is None else f"{len(spikes)} spikes"
    click.echo(f"{what} in {written}")


def _keep_what_is_read(order: Order, path: Path, table: Path | None, *, in_place: bool) -> None:
    """Raise `OutputExists` if the order would write over the recording unasked, or over its spikes."""
    from spikelens.errors import OutputExists
    from spikelens.runs.steps import refuse_to_replace

    is_recording = order.out.exists() and order.out.samefile(path)
    if is_recording and not (order.append and in_place):
        raise OutputExists(
            f"{order.out} is the recording itself; choose another name, or --append --in-place"
        )
    refuse_to_replace(order.out, force=True, inputs=[table] if is_recording else [path, table])


def _spikes(
    path: Path, request: Request, order: Order, asked: dict[str, Any]
) -> tuple[Recording, Spikes | None]:
    """The recording, and its spikes from where they are asked from."""
    from spikelens.runs import exporting

    if asked["corrected"]:
        from spikelens.app.correcting import corrected

        told = {"hints": request.hints, "blank": request.blank, "spikes": asked["table"]}
        return corrected(path, sessions=asked["sessions"], **told)
    if order.what == "recording" or asked["table"] is not None:
        known, polarity = exporting.recording_of(path, request)
        table = asked["table"]
        return known, None if table is None else exporting.spikes_from(table, known, polarity)
    return exporting.found_in(path, request, order.settings.get("probe"))
