"""Results added to an NWB file that somebody else made."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from pynwb import NWBHDF5IO

from spikelens.errors import UnreadableFile
from spikelens.exporters._nwb_spikes import add_spikes, add_units
from spikelens.files import replacing
from spikelens.recording import Recording
from spikelens.spikes import Spikes

_END_TO_END = "Time of the peak, sweeps laid end to end, as the series of this file start together."


def appended(
    path: Path, spikes: Spikes, recording: Recording, out: Path, *, all_intervals: bool = False
) -> Path:
    """Add spikes to a copy of `path`, which takes the place of `out` once it is whole.

    Where the file's series start together, or do not say when, a time names no sweep: the
    tables are added, which hold the series and the time in it, and no units.
    """
    is_timed = len(recording.sweeps) == 1 or recording.time_base == "recorded"
    told = _told(spikes, recording, is_timed)
    with replacing(out) as temporary:
        shutil.copyfile(path, temporary)
        try:
            with NWBHDF5IO(temporary, "r+") as io:
                file = _opened(io, path)
                if is_timed:
                    add_units(file, recording, told, all_intervals=all_intervals)
                add_spikes(file, recording, told)
                # The schema that the file was written by stays the one it is held to.
                io.write(file, cache_spec=False)
        except (OSError, UnicodeDecodeError) as why:
            raise UnreadableFile(f"{path} cannot be added to: {str(why).splitlines()[0]}") from why
    return out


def _told(spikes: Spikes, recording: Recording, is_timed: bool) -> Spikes:
    """The spikes with the name of the series that each lies in, and what their times mean."""
    rules = {"series": "The series in which the spike lies.", **({} if is_timed else {"time": _END_TO_END})}
    names = np.array(recording.header.get("sweep_names", []), "U")
    columns = {"series": names[spikes.sweep]} if names.size == len(recording.sweeps) else {}
    told = spikes.with_columns(columns, rules=rules)
    if spikes.candidates is None:
        return told
    return dataclasses.replace(told, candidates=_told(spikes.candidates, recording, is_timed))


def _opened(io: Any, path: Path) -> Any:
    try:
        return io.read()
    except Exception as why:
        # PyNWB raises whatever its layers raise of files that are none of its own.
        told = (str(why) or type(why).__name__).splitlines()[0]
        raise UnreadableFile(f"{path} is no NWB file that PyNWB can read: {told}") from why
