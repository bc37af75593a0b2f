"""Tiles and waveforms as bytes: little-endian, whole sample numbers, float32 in V or A."""

from __future__ import annotations

import struct
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from spikelens.app.pyramid import COLUMNS, Pyramid
from spikelens.errors import OutsideRecording

_TILE = struct.Struct("<4sIqIIII")
_WAVEFORMS = struct.Struct("<4sIII")
EXTREMES, RAW = 0, 1


def tile(pyramid: Pyramid, level: int, number: int) -> bytes | None:
    """One tile; None while the pyramid has not come that far.

    Tile T of level L covers samples ``T * COLUMNS * 2**L`` to the next tile's first; level
    0 is the samples themselves.

    Raises
    ------
    OutsideRecording
        There is no such level or tile.
    """
    span = COLUMNS << level if 0 <= level <= pyramid.top_level else 0
    start = number * span
    n_samples = pyramid.recording.n_samples
    if not span or not 0 <= start < n_samples:
        raise OutsideRecording(
            f"no tile {number} of level {level}; levels are 0 to {pyramid.top_level} of {n_samples} samples"
        )
    stop = min(start + span, n_samples)
    data = pyramid.extremes(level, start, stop) if level else pyramid.raw(start, stop)
    if data is None:
        return None
    head = _TILE.pack(b"SLT1", level, start, len(data), 1 << level, RAW if level == 0 else EXTREMES, 0)
    return head + data.astype("<f4", copy=False).tobytes()


def some(pyramid: Pyramid, level: int, numbers: range) -> bytes:
    """Tiles one after the other, as far as the pyramid has come.

    Raises
    ------
    OutsideRecording
        There is no such level, or one of the tiles is not there.
    """
    made = takewhile(lambda data: data is not None, (tile(pyramid, level, number) for number in numbers))
    return b"".join(data for data in made if data is not None)


def waveforms(ids: NDArray[np.int64], before: int, cut: NDArray[np.float32]) -> bytes:
    """Waveforms (n, n_samples) with their spikes' ids; the peak is sample `before` of each."""
    head = _WAVEFORMS.pack(b"SLW1", len(cut), cut.shape[1], before)
    return head + ids.astype("<i4").tobytes() + cut.astype("<f4", copy=False).tobytes()
