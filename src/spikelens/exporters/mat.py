"""MATLAB's ``.mat``, version 5: variables by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnsupportedInput
from spikelens.exporters import Exporter
from spikelens.exporters._arrays import Arrays, recording_arrays
from spikelens.files import replacing
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import ordered_columns

_LARGEST = 2**31 - 2**16


@dataclass(frozen=True, kw_only=True)
class Mat(Exporter):
    """Variables for MATLAB: a recording as stored with its gain, or a table's columns."""

    suffixes: ClassVar[tuple[str, ...]] = (".mat",)

    def write_spikes(self, path: Path, spikes: Spikes, recording: Recording | None = None) -> None:
        _save(path, {name: _for_matlab(column) for name, column in ordered_columns(spikes).items()})

    def write_recording(self, path: Path, recording: Recording, spikes: Spikes | None = None) -> None:
        _save(path, recording_arrays(recording, spikes))


def _for_matlab(column: NDArray[Any]) -> NDArray[Any]:
    # Texts of one length each would become a matrix of letters.
    return column.astype(object) if column.dtype.kind in "UO" else column


def _save(path: Path, arrays: Arrays) -> None:
    from scipy.io import savemat

    if max(a.nbytes for a in arrays.values()) > _LARGEST:
        raise UnsupportedInput("a MATLAB variable of version 5 holds 2 GB; choose npz or nwb")
    native = {n: np.asarray(a, a.dtype.newbyteorder("=")) for n, a in arrays.items()}
    with replacing(path) as temporary:
        savemat(
            temporary, native, appendmat=False, long_field_names=True, do_compression=True, oned_as="column"
        )
