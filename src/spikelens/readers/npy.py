"""NumPy's ``.npy``: a vector, or a matrix of sweeps, mapped and never read whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np

from spikelens.readers import Hints, Reader
from spikelens.readers._facts import Trace
from spikelens.readers._matrices import Found, read_matrix
from spikelens.readers._opening import reading
from spikelens.recording import Recording


@dataclass(frozen=True, kw_only=True)
class Npy(Reader):
    """One array without facts: its unit and sampling rate come from the hints."""

    suffixes: ClassVar[tuple[str, ...]] = (".npy",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"\x93NUMPY")

    def read(self, path: Path, hints: Hints) -> Recording:
        mapped = partial(np.load, path, mmap_mode="r", allow_pickle=False)
        with reading(path, "a NumPy array"):
            return read_matrix(path, self.method_name(), mapped, Found(trace=Trace("trace")), hints)
