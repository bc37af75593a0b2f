"""What to ask a person about a recording: the candidates whose labels teach most, with their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spikelens import api
from spikelens.errors import BadParameter
from spikelens.files import write_atomically
from spikelens.plots.images import png
from spikelens.plots.picks import Pick
from spikelens.plots.zooms import zooms
from spikelens.recording import Recording
from spikelens.runs.finding import detect_in, seek_in
from spikelens.runs.request import Request
from spikelens.runs.tables import write_rows
from spikelens.spikes import Spikes
from spikelens.summary import Row
from spikelens.teaching import FINGERPRINT, mark_of, to_ask

DOUBT = (0.05, 0.95)
"""Between these probabilities a candidate is in doubt."""


@dataclass(frozen=True)
class Asked:
    """Candidates to label, the most uncertain first."""

    recording: Recording
    spikes: Spikes
    picks: tuple[Pick, ...]
    """Their numbers, counted from 1, and where they stand in the tables."""

    @property
    def n_doubtful(self) -> int:
        """How many of them are in doubt; labels of the others teach little."""
        return sum(DOUBT[0] < float(p.table.probability[p.row]) < DOUBT[1] for p in self.picks)


def ask_about(path: Path, request: Request, n: int) -> Asked:
    """The `n` most uncertain candidates of a file.

    Raises
    ------
    BadParameter
        The method gives no probability, or there is no candidate.
    """
    sought = seek_in(api.read(path, **request.hints), request)
    if not sought.detector.estimates:
        raise BadParameter(
            f"the method {sought.detector.method_name()} gives no probability, so nothing is more uncertain"
            " than the rest: give --method adaptive"
        )
    spikes = detect_in(sought, request)
    picks = [Pick(str(k), *row) for k, row in enumerate(to_ask(spikes, n), 1)]
    if not picks:
        raise BadParameter(f"{path} has no candidate that could be labelled")
    return Asked(sought.chosen.recording, spikes, tuple(picks))


def write_questions(asked: Asked, table: Path, picture: Path) -> None:
    """Write a CSV whose column ``label`` is to be filled in, and a picture of each row by its number."""
    write_rows(table, [_row(asked.recording, pick) for pick in asked.picks])
    drawn = png(zooms(asked.recording, asked.spikes, picks=asked.picks))
    write_atomically(picture, lambda out: out.write(drawn))


def _row(recording: Recording, pick: Pick) -> Row:
    table, row = pick.table, pick.row
    return {
        "number": int(pick.why),
        "time": round(float(table.time[row]), 7),
        "label": "",
        "probability": round(float(table.probability[row]), 4),
        "taken_for": str(table["verdict"][row]),
        "height": float(table.height[row]),
        "sweep": int(table.sweep[row]),
        FINGERPRINT: mark_of(recording),
    }
