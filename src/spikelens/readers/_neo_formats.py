"""The vendors' formats that Neo reads: which class, what it is given, whether we tested it."""

from __future__ import annotations

import importlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from spikelens.recording import Mode
from spikelens.sources import Stored


@dataclass(frozen=True)
class NeoFormat:
    """One format: the class of `neo.rawio` that reads it."""

    rawio: str
    what: str
    mode: Mode = "unknown"
    takes_folder: bool = False
    """Neo is given the folder that holds the file."""
    tested: bool = False
    """Read back in our own tests; the others are "through Neo, not tested here"."""


_OUTSIDE: Mode = "extracellular"
_BLACKROCK = NeoFormat("BlackrockRawIO", "Blackrock", _OUTSIDE)
_TDT = NeoFormat("TdtRawIO", "Tucker-Davis", _OUTSIDE, takes_folder=True)
_AXOGRAPH = NeoFormat("AxographRawIO", "AxoGraph")

FORMATS: dict[str, NeoFormat] = {
    ".wcp": NeoFormat("WinWcpRawIO", "WinWCP", tested=True),
    ".bin": NeoFormat("SpikeGLXRawIO", "SpikeGLX", _OUTSIDE, takes_folder=True, tested=True),
    ".edr": NeoFormat("WinEdrRawIO", "WinEDR"),
    ".smr": NeoFormat("Spike2RawIO", "Spike2 (32 bit)"),
    ".axgd": _AXOGRAPH,
    ".axgx": _AXOGRAPH,
    ".rhd": NeoFormat("IntanRawIO", "Intan RHD", _OUTSIDE),
    ".rhs": NeoFormat("IntanRawIO", "Intan RHS", _OUTSIDE),
    ".oebin": NeoFormat("OpenEphysBinaryRawIO", "Open Ephys binary", _OUTSIDE, takes_folder=True),
    ".continuous": NeoFormat("OpenEphysRawIO", "Open Ephys", _OUTSIDE, takes_folder=True),
    **{f".ns{k}": _BLACKROCK for k in range(1, 7)},
    ".plx": NeoFormat("PlexonRawIO", "Plexon", _OUTSIDE),
    ".tbk": _TDT,
    ".tsq": _TDT,
    ".ncs": NeoFormat("NeuralynxRawIO", "Neuralynx", _OUTSIDE, takes_folder=True),
    ".nex": NeoFormat("NeuroExplorerRawIO", "NeuroExplorer", _OUTSIDE),
    ".rec": NeoFormat("SpikeGadgetsRawIO", "SpikeGadgets", _OUTSIDE),
    ".trc": NeoFormat("MicromedRawIO", "Micromed", _OUTSIDE),
    ".vhdr": NeoFormat("BrainVisionRawIO", "BrainVision", _OUTSIDE),
}
"""By lower-case ending of the file that a user points to."""


@dataclass(frozen=True)
class NeoFile:
    """A file opened by Neo when first asked, and again after being pickled."""

    path: Path

    @property
    def format(self) -> NeoFormat:
        return FORMATS[self.path.suffix.lower()]

    @cached_property
    def rawio(self) -> Any:
        """The `neo.rawio` reader, with its header parsed."""
        cls = getattr(importlib.import_module("neo.rawio"), self.format.rawio)
        opened = cls(dirname=str(self.path.parent)) if self.format.takes_folder else cls(str(self.path))
        opened.parse_header()
        return opened

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path}


@dataclass(frozen=True)
class NeoSegment:
    """The samples of one stream of one segment, as stored."""

    file: NeoFile
    stream: int
    segment: int
    shape: tuple[int, int]
    stored: str

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.stored)

    def read(self, start: int, stop: int) -> Stored:
        if start == stop:
            return np.empty((0, self.shape[1]), self.dtype)
        found = self.file.rawio.get_analogsignal_chunk(
            block_index=0, seg_index=self.segment, i_start=start, i_stop=stop, stream_index=self.stream
        )
        return np.asarray(found)


_WCP_SECTOR, _WCP_TIME = 512, 16
"""Bytes of a WinWCP sector, and where a record keeps its time."""


def winwcp_starts(path: Path, records: Sequence[int]) -> list[float]:
    """When records of a WinWCP file were made, s; Neo 0.14 takes all to start together."""
    with path.open("rb") as file:
        lines = file.read(1024).decode("latin-1").splitlines()
        head = dict(line.split("=", 1) for line in lines if "=" in line)
        step = _WCP_SECTOR * (int(head["NBA"]) + int(head["NBD"]))
        found = []
        for record in records:
            file.seek(1024 + record * step + _WCP_TIME)
            found.append(float(struct.unpack("<f", file.read(4))[0]))
    return found
