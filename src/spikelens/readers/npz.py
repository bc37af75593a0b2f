"""NumPy's ``.npz``: the simulator's recordings, and others with telling names.

Understood beside the samples (`samples`, `volts`, or one chosen by name or number):
`sampling_rate`, `unit`, `gain`, `offset`, `mode`, `sweep_lengths` and `sweep_starts`. What
`np.savez` wrote is mapped; what `np.savez_compressed` packed is unpacked whole when first
needed.
"""

from __future__ import annotations

import math
import os
import struct
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, ClassVar, Literal

import numpy as np

from spikelens.readers import Hints, Reader
from spikelens.readers._matrices import OF_SWEEPS, SAMPLES, check_samples, choose, facts_beside, read_matrix
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
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        info = archive.getinfo(f"{name}.npy")
        if info.compress_type != zipfile.ZIP_STORED:
            with archive.open(info) as member:
                return np.asarray(np.lib.format.read_array(member, allow_pickle=False))
        # A local header of 30 bytes ends with the lengths of the two texts that follow it.
        file.seek(info.header_offset + 26)
        name_length, extra_length = struct.unpack("<HH", file.read(4))
        file.seek(name_length + extra_length, os.SEEK_CUR)
        shape, is_fortran, dtype = _header(file)
        check_samples(shape, dtype, name, path)
        order: Literal["F", "C"] = "F" if is_fortran else "C"
        return np.memmap(path, dtype, "r", offset=file.tell(), shape=shape, order=order)


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of all arrays, from their headers alone."""
    shapes = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                shapes[name.removesuffix(".npy")] = _header(member)[0]
    return shapes


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of an array, leaving the file at its first byte."""
    is_first = np.lib.format.read_magic(file) == (1, 0)
    read = np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0
    return read(file)
