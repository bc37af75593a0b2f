"""NumPy's ``.npz``: arrays by name, without pickled objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from spikelens.exporters import Exporter
from spikelens.exporters._arrays import Arrays, recording_arrays
from spikelens.files import write_atomically
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.texts import fixed
from spikelens.trains import ordered_columns


@dataclass(frozen=True, kw_only=True)
class Npz(Exporter):
    """Arrays for NumPy: a recording as stored with its gain, or a table's columns."""

    suffixes: ClassVar[tuple[str, ...]] = (".npz",)

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        _save(path, {name: fixed(column) for name, column in ordered_columns(spikes).items()})

    def write_recording(self, path: Path, recording: Recording, spikes: Spikes | None = None) -> None:
        _save(path, recording_arrays(recording, spikes))


def _save(path: Path, arrays: Arrays) -> None:
    # NumPy 2.0 cannot be told not to pickle: it takes the flag for one more array.
    if any(array.dtype.hasobject for array in arrays.values()):
        raise ValueError("only plain arrays are written")
    members: dict[str, Any] = dict(arrays)
    write_atomically(path, lambda out: np.savez_compressed(out, **members))
