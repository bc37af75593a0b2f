"""What the series of an NWB file share: samples written piece by piece, their time, and the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hdmf.data_utils import GenericDataChunkIterator
from numpy.typing import NDArray

from spikelens.recording import Recording

_PIECE = 1 << 22
"""Samples times channels that are in memory at once."""


class Samples(GenericDataChunkIterator):  # type: ignore[misc]
    """Samples of a sweep in V or A, read when they are written."""

    def __init__(self, read: Any, shape: tuple[int, ...]) -> None:
        self._read, self._shape = read, shape
        width = int(np.prod(shape[1:], dtype=np.int64))
        rows = max(1, min(shape[0], _PIECE // width))
        chunk = max(1, min(rows, (1 << 17) // width))
        super().__init__(
            buffer_shape=(rows - rows % chunk or rows, *shape[1:]), chunk_shape=(chunk, *shape[1:])
        )

    def __len__(self) -> int:
        # pynwb 3.0 knows no other way to the number of samples.
        return self._shape[0]

    def _get_data(self, selection: tuple[slice, ...]) -> NDArray[np.float32]:
        read: NDArray[np.float32] = self._read(selection[0].start, selection[0].stop)
        return read

    def _get_maxshape(self) -> tuple[int, ...]:
        return self._shape

    def _get_dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)


def sweep_of(recording: Recording, sweep: int) -> tuple[int, int, dict[str, Any]]:
    """A sweep's bounds, and what its series share."""
    start, stop = (int(bound) for bound in recording.sweeps.bounds[sweep : sweep + 2])
    told = {
        "rate": recording.sampling_rate,
        "starting_time": float(recording.time_of(start)),
        "conversion": 1.0,
    }
    return start, stop, told


def device_of(file: Any, recording: Recording, facts: Mapping[str, Any], usual: str) -> Any:
    """What recorded it: as told, as the recording says, or `usual`."""
    named = facts["device"] or recording.header.get("amplifier") or usual
    read_by = f", read from {recording.reader}" if recording.reader else ""
    return file.create_device(str(named), description=f"What recorded {recording.name}{read_by}.")
