"""Tables and files to take away, the same as the command line writes."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikelens import rooms
from spikelens.app.desk import Desk
from spikelens.app.library import safe_name
from spikelens.app.review import Review
from spikelens.errors import BadParameter, UnknownName
from spikelens.regrouping import NO_UNIT
from spikelens.spikes import Spikes

FORMATS = ("csv", "parquet", "nwb", "phy")
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
    recording = review.detected.recording
    path = folder / f"{safe_name(recording.name)}.{format_}"
    writer = rooms.load("exporters", str(format_)).from_parameters(told if format_ == "nwb" else {})
    spikes = desk.signed(review.spikes())
    if format_ != "phy":
        writer.write_spikes(path, spikes, recording)
        return path
    writer.write_spikes(path, _all_in_units(spikes, review), recording)
    return _zipped(path)


def _all_in_units(spikes: Spikes, review: Review) -> Spikes:
    """Spikes that the hand added and put nowhere, as a unit of their own: phy knows no others."""
    if not review.sorting:
        return spikes
    units, names = spikes["unit_id"], spikes.columns.get("unit_name")
    lost = units == NO_UNIT
    if not lost.any():
        return spikes
    told = np.full(len(spikes), "") if names is None else names
    columns = {
        "unit_id": np.where(lost, review.next_unit(), units).astype(units.dtype),
        "unit_name": np.where(lost, "in no unit", told),
    }
    return spikes.with_columns(columns)


def _zipped(folder: Path) -> Path:
    """One file to take away; samples hardly shrink, so nothing is pressed together."""
    path = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        for file in sorted(folder.iterdir()):
            out.write(file, f"{folder.name}/{file.name}")
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
