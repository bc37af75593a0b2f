"""A recording's file to another format: spikes found, read or corrected, then written."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spikelens import api, rooms
from spikelens.errors import BadParameter, OutputExists
from spikelens.exporters.nwb import Nwb
from spikelens.exports import export, format_of
from spikelens.files import absent
from spikelens.probes import read_probe
from spikelens.probing import detect_on_probe
from spikelens.recording import Recording
from spikelens.runs.finding import find_in
from spikelens.runs.request import Request
from spikelens.runs.sharing import is_probe
from spikelens.runs.steps import read_spike_times, refuse_to_replace, spikes_at
from spikelens.spikes import Spikes

WHAT = ("all", "spikes", "recording")


@dataclass(frozen=True)
class Order:
    """What is to be written where, and how.

    Parameters
    ----------
    out : Path
    format : str, optional
        A name of the exporters' room; by the ending of `out` otherwise.
    what : one of `WHAT`
        ``"all"`` is the spikes, and the recording where the format holds both.
    settings : mapping
        Parameters of the exporter.
    append : bool
        Add the spikes to a copy of the recording's NWB file, at `out`.
    force : bool
    """

    out: Path
    format: str | None = None
    what: str = "all"
    settings: Mapping[str, object] = field(default_factory=dict)
    append: bool = False
    force: bool = False

    def checked(self, path: Path) -> Order:
        """The order itself, before anything is sought.

        Raises
        ------
        UnknownName, BadParameter, OutputExists
            No such format or setting; NWB results for another file; a file in the way.
        """
        name = format_of(self.out, self.format)
        rooms.load("exporters", name).from_parameters(self.settings)
        if self.append and (name != "nwb" or path.suffix.lower() != ".nwb"):
            raise BadParameter("--append adds spikes to a copy of an NWB file: both files must be .nwb")
        if self.append and self.what == "recording":
            raise BadParameter("--append adds spikes: leave --what recording out")
        in_place = self.append and self.out.exists() and self.out.samefile(path)
        if self.out.is_dir() and not in_place:
            raise OutputExists(f"{self.out} is there already, maybe sorted by hand; choose another name")
        refuse_to_replace(self.out, force=self.force)
        return self

    def write(self, recording: Recording, spikes: Spikes | None) -> Path:
        """Write it."""
        if self.append:
            assert recording.path is not None and spikes is not None
            exporter: Nwb = rooms.load("exporters", "nwb").from_parameters(self.settings)
            return exporter.append(recording.path, spikes, recording, out=self.out)
        given = None if self.what == "recording" else spikes
        return export(self.out, given, recording, format=self.format, **self.settings)


def found_in(path: Path, request: Request, geometry: object = None) -> tuple[Recording, Spikes]:
    """A file's recording and its spikes, found as `spikelens find` finds them.

    Parameters
    ----------
    geometry : path, optional
        Where a probe's contacts are, for a recording of many channels.
    """
    recording = api.read(path, **request.hints)
    if is_probe(recording, request):
        probe = None if geometry is None else read_probe(Path(str(geometry)), len(recording.channels))
        spikes = detect_on_probe(recording, probe, upwards=request.polarity == "up")
        return _extracellular(recording), spikes
    found = find_in(recording, request)
    return found.recording, found.spikes


def _extracellular(recording: Recording) -> Recording:
    return dataclasses.replace(recording, mode="extracellular")


def spikes_from(path: Path, recording: Recording, polarity: int = 1) -> Spikes:
    """Spikes of a recording from a file: our tables, NWB, a folder of phy's, or a CSV of times.

    Raises
    ------
    UnreadableFile
        No such file, or no table of spikes.
    """
    if not path.exists():
        raise absent(path)
    name = "phy" if path.is_dir() else path.suffix.lower().lstrip(".")
    if name in ("phy", "nwb", "parquet"):
        spikes: Spikes = rooms.load("exporters", name)().read_spikes(path, recording)
        return spikes
    if name == "csv" and _is_whole(path):
        spikes = rooms.load("exporters", name)().read_spikes(path, recording)
        return spikes
    return spikes_at(recording, read_spike_times(path), polarity)


def _is_whole(path: Path) -> bool:
    """Whether a CSV is a table of ours, not just times."""
    with path.open(encoding="utf-8", errors="replace") as opened:
        return "sample_index" in opened.readline().split(",")


def recording_of(path: Path, request: Request) -> tuple[Recording, int]:
    """A file's recording of the chosen channel, or of all of a probe; and which way spikes point."""
    from spikelens.choosing import choose

    recording = api.read(path, **request.hints)
    if is_probe(recording, request):
        return _extracellular(recording), -1
    chosen = choose(recording, channel=request.channel, mode=request.mode)
    return chosen.recording, chosen.polarity
