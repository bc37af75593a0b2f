"""Tables and files to take away, the same as the command line writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikelens import rooms
from spikelens.app.desk import Desk
from spikelens.app.library import safe_name
from spikelens.app.review import Review
from spikelens.errors import BadParameter, UnknownName

FORMATS = ("csv", "parquet", "nwb")
_FACTS = {"description": "subject_description"}
"""Facts that the page calls otherwise than the exporter."""
_LONGEST = 1000


def export(desk: Desk, review: Review, folder: Path, asked: Mapping[str, Any]) -> Path:
    """Write the table as corrected, and for NWB the recording with it, into a folder.

    Parameters
    ----------
    desk : Desk
        Whose log goes with the table.
    review : Review
    folder : Path
    asked : mapping
        ``format``, one of `FORMATS`; for NWB also ``facts``, of the subject and the
        session: those not given are left out.

    Raises
    ------
    UnknownName, BadParameter
        No such format or fact, or a fact that is no text.
    """
    format_ = asked.get("format")
    if format_ not in FORMATS:
        raise UnknownName.among("format", format_, FORMATS)
    told = _checked(asked.get("facts"))
    recording = review.detected.chosen.recording
    path = folder / f"{safe_name(recording.name)}.{format_}"
    writer = rooms.load("exporters", str(format_)).from_parameters(told if format_ == "nwb" else {})
    writer.write_spikes(path, desk.signed(review.spikes()), recording)
    return path


def _checked(facts: object) -> dict[str, str]:
    known = [p.name for p in rooms.load("exporters", "nwb").schema()]
    given = {} if facts is None else facts
    if not isinstance(given, dict):
        raise BadParameter("facts must be an object of names and texts")
    told = {_FACTS.get(str(name), str(name)): v for name, v in given.items() if v not in (None, "")}
    for name, value in told.items():
        # A probe is a path of this machine, which no page may name.
        if name not in known or name == "probe":
            raise UnknownName.among("fact", name, known)
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise BadParameter(f"{name} must be text of at most {_LONGEST} characters")
    return told
