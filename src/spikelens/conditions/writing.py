"""The conditions of a file: from its path to its folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spikelens import api
from spikelens.conditions.analysis import BIN, measure_conditions
from spikelens.conditions.epochs import epochs_of
from spikelens.conditions.report import describe_conditions
from spikelens.detecting import Progress
from spikelens.errors import BadParameter
from spikelens.files import fingerprint
from spikelens.profiles import MEASURES, NOTHING, Beside, checked_measures
from spikelens.runs.analysis import Analysis, key_of, write_once
from spikelens.runs.finding import find_in
from spikelens.runs.request import Request


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run of `conditions` was asked for, apart from the file."""

    request: Request
    epochs: str
    reference: str | None = None
    settle: float = 0.0
    bin_duration: float = BIN
    measures: tuple[str, ...] = tuple(MEASURES)
    beside: Beside = NOTHING

    def __post_init__(self) -> None:
        if self.settle < 0 or self.bin_duration <= 0:
            raise BadParameter("--settle is 0 s or more, and --bin more than 0 s")
        checked_measures(self.measures)


def conditions_file(
    path: Path, folder: Path, asked: Asked, *, force: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Find the spikes of a file, compare its conditions, and write the folder; see `write_once`."""
    recording = api.read(path, **asked.request.hints)
    table = Path(asked.epochs)
    used = [*([table] if table.is_file() else []), *asked.beside.files]
    inputs = [recording.fingerprint, *map(fingerprint, used)]
    settings = {**vars(asked), "request": asked.request.facts(), "beside": asked.beside.facts()}

    def analyse() -> Analysis:
        # Before the search, which takes longer: what is wrong with the epochs is said at once.
        epochs = epochs_of(recording, asked.epochs, settle=asked.settle)
        found = find_in(recording, asked.request, progress=progress)
        measured = measure_conditions(
            found.recording,
            found.spikes,
            epochs,
            reference=asked.reference,
            bin_duration=asked.bin_duration,
            measures=asked.measures,
            beside=replace(asked.beside, junction_potential=asked.request.junction_potential),
        )
        return describe_conditions(found, measured)

    key = key_of("conditions", inputs, settings)
    return write_once(folder, key, analyse, inputs=[path, *used, *asked.request.files], force=force)
