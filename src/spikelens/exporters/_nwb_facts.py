"""Whom and when an NWB file is of: asked for, checked, and put where the schema has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from spikelens.errors import BadParameter
from spikelens.recording import Recording

UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)
_SUBJECT = ("subject_id", "species", "sex", "age", "genotype")
_NEEDED = ("session_description", "session_start_time", "subject_id", "species", "sex", "age")
"""What the archives and nwbinspector want of every file."""
_AGE = re.compile(r"P(?=\d|T)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?(T.+)?")
_SPECIES = re.compile(r"[A-Z][a-z]+ [a-z-]+( [a-z-]+)?|https?://purl\.obolibrary\.org/obo/NCBITaxon_\d+/?")
_FROM_HEADER = {
    "session_description": ("session_description",),
    "subject_id": ("subject_subject_id",),
    "species": ("subject_species",),
    "sex": ("subject_sex",),
    "age": ("subject_age",),
    "genotype": ("subject_genotype",),
    "subject_description": ("subject_description",),
    "experimenter": ("experimenter",),
    "institution": ("institution",),
    "lab": ("lab",),
    "notes": ("notes", "comment"),
    "location": ("electrode_location",),
}
"""Where the header of a recording that was NWB, or said so otherwise, has them."""


def check(facts: Mapping[str, Any]) -> None:
    """Refuse facts that the archives would.

    Raises
    ------
    BadParameter
        The message says how the fact is written.
    """
    age, species, began = (facts[name] for name in ("age", "species", "session_start_time"))
    if age is not None and not all(_AGE.fullmatch(part) for part in age.rstrip("/").split("/")):
        raise BadParameter(f"age is written as ISO 8601, such as P70D for 70 days, not {age!r}")
    if species is not None and not _SPECIES.fullmatch(species):
        raise BadParameter(f"species is a Latin binomial such as 'Mus musculus', not {species!r}")
    if began is not None:
        moment(began)


def moment(text: str) -> datetime:
    """A moment in ISO 8601; UTC where no zone is given."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise BadParameter(f"session_start_time must read like 2026-01-31T14:00, not {text!r}") from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def lacking(facts: Mapping[str, Any], recording: Recording | None) -> tuple[str, ...]:
    """The facts that a file of good standing needs and nobody gave."""
    known = _told(facts, recording)
    return tuple(name for name in _NEEDED if known.get(name) in (None, ""))


def _told(facts: Mapping[str, Any], recording: Recording | None) -> dict[str, Any]:
    """The facts given, and those in the recording's header where none were."""
    header = {} if recording is None else recording.header
    told: dict[str, Any] = {name: value for name, value in facts.items() if value is not None}
    for name, keys in _FROM_HEADER.items():
        found = next((header[key] for key in keys if header.get(key)), None)
        if found is not None:
            told.setdefault(name, str(found))
    if isinstance(header.get("date"), datetime):
        told.setdefault("session_start_time", header["date"])
    return told


def file_of(recording: Recording, facts: Mapping[str, Any]) -> Any:
    """An NWB file in memory with session and subject."""
    from pynwb import NWBFile

    told = _told(facts, recording)
    began = told.get("session_start_time", UNKNOWN_START)
    is_known = "session_start_time" in told
    described = told.get("session_description", recording.name)
    names = [n.strip() for n in told["experimenter"].split(";")] if "experimenter" in told else None
    # No keywords: Neo 0.14 refuses files that have some.
    return NWBFile(
        session_description=described + ("" if is_known else "; when it began is not known"),
        identifier=recording.fingerprint or recording.name,
        session_start_time=moment(began) if isinstance(began, str) else began,
        session_id=told.get("session_id"),
        experimenter=names,
        institution=told.get("institution"),
        lab=told.get("lab"),
        notes=told.get("notes"),
        protocol=_text(recording.header.get("protocol")),
        subject=_subject(told),
        source_script="spikelens",
        source_script_file_name="spikelens",
    )


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _subject(told: Mapping[str, Any]) -> Any:
    from pynwb.file import Subject

    known = {name: told[name] for name in _SUBJECT if name in told}
    if "subject_description" in told:
        known["description"] = told["subject_description"]
    return Subject(**known) if known else None
