"""NumPy's ``.npz``: the simulator's recordings, and others with telling names.

Understood beside the samples (`samples`, `volts`, or one chosen by name or number):
`sampling_rate`, `unit`, `gain`, `offset`, `mode`, `sweep_lengths` and `sweep_starts`. An
array that was packed cannot be sliced in place: it is unpacked whole when first needed.
"""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np

from spikelens.readers import Hints, Reader
from spikelens.readers._matrices import OF_SWEEPS, SAMPLES, choose, facts_beside, read_matrix
from spikelens.readers._opening import reading
from spikelens.recording import Recording
from spikelens.sources import Stored


@dataclass(frozen=True, kw_only=True)
class Npz(Reader):
    """An archive of arrays, one of which is the recording."""

    suffixes: ClassVar[tuple[str, ...]] = (".npz",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"PK")

    def read(self, path: Path, hints: Hints) -> Recording:
        with reading(path, "a NumPy archive"), np.load(path, allow_pickle=False) as archive:
            shapes = _shapes(path)
            facts = [n for n, shape in shapes.items() if math.prod(shape) == 1 or n in OF_SWEEPS]
            chosen = choose("array", {n: s for n, s in shapes.items() if n not in facts}, hints, SAMPLES)
            found = facts_beside(chosen, {n: archive[n] for n in facts})
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
