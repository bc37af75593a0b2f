"""``spikelens steps``: current steps of one recording, in one command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, Schemas, finding, recording


def _grow(arguments: Sequence[str]) -> Schemas:
    from spikelens.steps.settings import StepRule

    return {**finding(arguments), "steps": StepRule.schema()}


@click.command("steps", cls=Grown, grow=_grow)
@recording
@click.option(
    "--protocol",
    type=click.Path(path_type=Path),
    help="CSV with columns sweep, onset, offset (s), current (A); or a recording of the current.",
)
@finding_flags
@written_to("spikelens-steps")
def command(
    path: Path,
    method: dict[str, object],
    rule: dict[str, object],
    hints: dict[str, object],
    steps: dict[str, object],
    **asked: Any,
) -> None:
    """Measure the response to current steps: f-I curve, rheobase, resistance, time constant, sag.

    The steps are read from the recording's command, or from --protocol. Writes
    sweeps.csv (a row per sweep), cell.csv (one row), columns.csv (what the columns
    mean), figures, report.html, run.json and methods.txt.
    """
    from spikelens.steps.running import steps_file
    from spikelens.steps.settings import StepRule

    request = request_of(asked, hints=hints, method=method, rule=rule)
    made = StepRule.from_parameters(steps)
    record = steps_file(path, asked["out"], request, made, protocol=asked["protocol"], force=asked["force"])
    tell(record, asked)
