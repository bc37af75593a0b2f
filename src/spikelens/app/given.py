"""Spikes that were found before: a table named on the command line, or one that lies beside the recording."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikelens.app.detection import GIVEN, Detected, Settings
from spikelens.choosing import choose
from spikelens.errors import SpikelensError, UnsupportedInput
from spikelens.files import absent
from spikelens.probes import Probe
from spikelens.recording import MODES, Recording
from spikelens.spikes import Spikes

_TABLE = "spikes.parquet"
_SORTED, _FOUND = "spikelens-sort", "spikelens-out"
"""Where ``spikelens sort`` and ``find`` write unless told."""


@dataclass(frozen=True)
class Given:
    """A table of spikes that the page opens with, instead of looking for some.

    Parameters
    ----------
    name : str
        What people call it: the last two parts of its path.
    spikes : Spikes
    is_asked : bool
        Whether it was named, and is shown whatever the session looked for last.
    """

    name: str
    spikes: Spikes
    is_asked: bool = True

    def detected(self, recording: Recording, settings: Settings) -> Detected:
        """The table as if it had been found just now."""
        channels = np.unique(self.spikes["channel_index"]).tolist()
        one = channels[0] if len(channels) == 1 else None
        if "unit_id" not in self.spikes and len(channels) < 2:
            told = next((mode for mode in MODES if mode == self.spikes.provenance.mode != "unknown"), None)
            return Detected(choose(recording, channel=one, mode=settings.mode or told), self.spikes)
        # Loaded when asked for: few recordings are sorted.
        from spikelens.sorting import unit_search

        sorted_on = unit_search(recording, channel=one).recording
        first = sorted_on.channels[0].index
        chosen = choose(recording, channel=one if first is None else first, mode="extracellular")
        return Detected(chosen, self.spikes, sorted_on)


@dataclass(frozen=True)
class Brought:
    """What came with a recording: spikes that were found before, and where its contacts are."""

    spikes: Given | None = None
    probe: Probe | None = None

    def first(self, settings: Settings, *, is_new: bool) -> Settings:
        """What a session shows first that would show `settings`; `is_new` where nobody chose them."""
        if self.spikes is not None and (self.spikes.is_asked or is_new):
            return dataclasses.replace(settings, method=GIVEN, parameters={})
        if self.probe is not None and is_new:
            # Who tells of contacts tells of many neurons, as in `spikelens find`.
            return dataclasses.replace(settings, mode="extracellular")
        return settings


def given_for(recording: Recording, path: Path | None) -> Given | None:
    """The table to show of a recording: of `path`, or of a folder beside it; None where there is none.

    Parameters
    ----------
    recording : Recording
    path : Path, optional
        A table, or a folder of ``find``'s, ``sort``'s or phy's. In a folder of several
        recordings' results each has its own.

    Raises
    ------
    SpikelensError
        `path` is no such thing, is damaged, or is of another recording.
    """
    if path is None:
        return _beside(recording)
    if not path.exists():
        raise absent(path)
    table = _table_in(path, recording)
    return None if table is None else _read(table, recording)


def _table_in(path: Path, recording: Recording) -> Path | None:
    """The table of a recording in a folder; None in a folder of other recordings' results."""
    if path.is_file():
        return path
    own = [path / _TABLE, path / _stem(recording) / _TABLE]
    found = next((table for table in own if table.is_file()), None)
    if found is not None:
        return found
    return None if any(path.glob(f"*/{_TABLE}")) else path


def _read(table: Path, recording: Recording, *, is_asked: bool = True) -> Given:
    # Loaded when asked for: the viewer is to be there at once.
    from spikelens.runs.exporting import spikes_from

    voltages = [c for c in recording.channels if c.quantity == "voltage"]
    chosen = choose(recording)
    spikes = spikes_from(table, recording if len(voltages) > 1 else chosen.recording, chosen.polarity)
    if spikes.provenance.fingerprint != recording.fingerprint:
        raise UnsupportedInput(
            f"{table} is of another recording than {recording.name}; name the one it is of"
        )
    return Given("/".join(table.resolve().parts[-2:]), spikes, is_asked)


def _beside(recording: Recording) -> Given | None:
    """A sorting that was written beside the recording or where we are, or what was found on many channels.

    What ``find`` says of one channel the page finds itself, and can be asked about.
    """
    if recording.path is None or not recording.fingerprint:
        return None
    places = dict.fromkeys([recording.path.parent, Path.cwd()])
    tables = [
        place / name
        for place in places
        for name in (f"{_SORTED}/{_TABLE}", f"{_FOUND}/{_stem(recording)}/{_TABLE}")
    ]
    for table in filter(Path.is_file, tables):
        try:
            found = _read(table, recording, is_asked=False)
        except SpikelensError:
            # Nobody asked for it: a table of another recording, or a damaged one, is no concern of ours.
            continue
        if "unit_id" in found.spikes or np.unique(found.spikes["channel_index"]).size > 1:
            return found
    return None


def _stem(recording: Recording) -> str:
    return recording.path.stem if recording.path is not None else recording.name
