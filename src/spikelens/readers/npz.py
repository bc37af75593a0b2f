"""NumPy's ``.npz``: the simulator's recordings, and others with telling names.

Understood beside the samples (`samples`, `volts`, or one chosen by name or number):
`sampling_rate`, `unit`, `gain`, `offset` and `sweep_lengths`. The archive has to be
unpacked whole to be sliced; of what it holds, only the chosen array is.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np

from spikelens.readers import Hints, Reader
from spikelens.readers._matrices import SAMPLES, choose, facts_beside, read_matrix
from spikelens.readers._opening import reading
from spikelens.recording import Recording
from spikelens.sources import Stored

_FACTS = ("sweep_lengths",)


@dataclass(frozen=True, kw_only=True)
class Npz(Reader):
    """An archive of arrays, one of which is the recording."""

    suffixes: ClassVar[tuple[str, ...]] = (".npz",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"PK")

    def read(self, path: Path, hints: Hints) -> Recording:
        with reading(path, "a NumPy archive"), np.load(path, allow_pickle=False) as archive:
            small = {name: archive[name] for name, shape in _shapes(path).items() if np.prod(shape) == 1}
            there = {n: s for n, s in _shapes(path).items() if n not in small and n not in _FACTS}
            chosen = choose("array", there, hints, SAMPLES)
            found = facts_beside(chosen, small, archive.get("sweep_lengths"))
            return read_matrix(path, self.method_name(), partial(_member, path, chosen), found, hints)


def _member(path: Path, name: str) -> Stored:
    with np.load(path, allow_pickle=False) as archive:
        return np.asarray(archive[name])


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of all arrays, from their headers alone."""
    shapes = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                version = np.lib.format.read_magic(member)
                read_header = (
                    np.lib.format.read_array_header_1_0
                    if version == (1, 0)
                    else np.lib.format.read_array_header_2_0
                )
                shapes[name.removesuffix(".npy")] = read_header(member)[0]
    return shapes
