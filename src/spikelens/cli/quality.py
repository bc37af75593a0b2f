"""``spikelens quality``: the quality of one recording over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from spikelens.cli._analysis import tell, written_to
from spikelens.cli._finding import finding_flags, request_of
from spikelens.cli._options import Grown, Schemas, finding, recording


def _grow(arguments: Sequence[str]) -> Schemas:
    from spikelens.quality.rule import QualityRule

    return {**finding(arguments), "quality": QualityRule.schema()}


@click.command("quality", cls=Grown, grow=_grow)
@recording
@finding_flags
@written_to("spikelens-quality")
def command(
    path: Path,
    method: dict[str, object],
    rule: dict[str, object],
    hints: dict[str, object],
    quality: dict[str, object],
    **asked: Any,
) -> None:
    """Follow resting potential, spike height, noise, hum, bridge step and holding current over time.

    Stretches proposed for exclusion go to proposed.csv, each with its reason; --blank
    takes that file. Nothing is left out here.
    """
    from spikelens.quality.rule import QualityRule
    from spikelens.quality.running import quality_file

    request = request_of(asked, hints=hints, method=method, rule=rule)
    made = QualityRule.from_parameters(quality)
    tell(quality_file(path, asked["out"], request, made, force=asked["force"]), asked)
