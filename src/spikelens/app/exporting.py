"""Tables and files to take away, the same as the command line writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spikelens import rooms
from spikelens.app.library import safe_name
from spikelens.app.review import Review
from spikelens.errors import BadParameter, UnknownName
from spikelens.recording import Recording

FORMATS = ("csv", "parquet", "nwb")
SUBJECT = ("subject_id", "species", "sex", "age", "genotype", "description")
SESSION = ("experimenter", "institution", "lab", "notes", "session_id")
_OTHERS = ("session_description", "session_start_time")
_LONGEST = 1000


def export(review: Review, folder: Path, format_: object, facts: object) -> Path:
    """Write the table as corrected, and for NWB the recording with it, into a folder.

    Parameters
    ----------
    format_ : one of `FORMATS`
    facts : dict of str
        Of the subject and the session, for NWB; those not given are left out.

    Raises
    ------
    UnknownName, BadParameter
        No such format or fact, or a fact that is no text.
    """
    if format_ not in FORMATS:
        raise UnknownName.among("format", format_, FORMATS)
    told = _checked(facts)
    recording = review.detected.chosen.recording
    path = folder / f"{safe_name(recording.name)}.{format_}"
    writer = rooms.load("exporters", str(format_))()
    writer.write_spikes(path, review.spikes(), _described(recording, told))
    if format_ == "nwb":
        _add_facts(path, told)
    return path


def _checked(facts: object) -> dict[str, str]:
    known = (*SUBJECT, *SESSION, *_OTHERS)
    given = {} if facts is None else facts
    if not isinstance(given, dict):
        raise BadParameter("facts must be an object of names and texts")
    told = {str(name): value for name, value in given.items() if value not in (None, "")}
    for name, value in told.items():
        if name not in known:
            raise UnknownName.among("fact", name, known)
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise BadParameter(f"{name} must be text of at most {_LONGEST} characters")
    return told


def _described(recording: Recording, told: Mapping[str, str]) -> Recording:
    header = dict(recording.header)
    if "session_start_time" in told:
        header["date"] = _moment(told["session_start_time"])
    return dataclasses.replace(recording, header=header, name=told.get("session_description", recording.name))


def _moment(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise BadParameter(f"session_start_time must read like 2026-01-31T14:00, not {text!r}") from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def _add_facts(path: Path, told: Mapping[str, str]) -> None:
    from pynwb import NWBHDF5IO
    from pynwb.file import Subject

    with NWBHDF5IO(path, "a") as io:
        file = io.read()
        subject = {name: told[name] for name in SUBJECT if name in told}
        if subject:
            file.subject = Subject(**subject)
        for name in SESSION:
            if name in told:
                value: Any = (told[name],) if name == "experimenter" else told[name]
                setattr(file, name, value)
        io.write(file)
