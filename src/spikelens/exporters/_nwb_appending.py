"""Results added to an NWB file that somebody else made."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from pynwb import NWBHDF5IO

from spikelens.errors import UnreadableFile, UnsupportedInput
from spikelens.exporters._nwb_spikes import add_spikes
from spikelens.files import replacing
from spikelens.recording import Recording
from spikelens.spikes import Spikes


def appended(
    path: Path, spikes: Spikes, recording: Recording, out: Path, *, all_intervals: bool = False
) -> Path:
    """Add spikes to a copy of `path`, which takes the place of `out` once it is whole."""
    if len(recording.sweeps) > 1 and recording.time_base != "recorded":
        raise UnsupportedInput(
            f"the series of {path} start together, or do not say when: times of spikes would not tell the"
            " sweep; write a file of its own"
        )
    with replacing(out) as temporary:
        shutil.copyfile(path, temporary)
        try:
            with NWBHDF5IO(temporary, "r+") as io:
                file = _opened(io, path)
                add_spikes(file, recording, spikes, all_intervals=all_intervals)
                io.write(file)
        except (OSError, UnicodeDecodeError) as why:
            raise UnreadableFile(f"{path} cannot be added to: {str(why).splitlines()[0]}") from why
    return out


def _opened(io: Any, path: Path) -> Any:
    try:
        return io.read()
    except Exception as why:
        # PyNWB raises whatever its layers raise of files that are none of its own.
        told = (str(why) or type(why).__name__).splitlines()[0]
        raise UnreadableFile(f"{path} is no NWB file that PyNWB can read: {told}") from why
