"""A recording whose spikes are bridged when it is read, and not before."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spikelens.files import write_atomically
from spikelens.membrane.cutting import Cuts
from spikelens.recording import Channel, Recording
from spikelens.sources import Stored

_PIECE = 1 << 18


@dataclass(frozen=True)
class BridgedSource:
    """The samples of a one-channel recording in V, with a line laid across each cut."""

    recording: Recording
    cuts: Cuts
    bridge: str
    """``"straight"`` or ``"monotone"``."""

    @property
    def shape(self) -> tuple[int, int]:
        return self.recording.n_samples, 1

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)

    def read(self, start: int, stop: int) -> Stored:
        # A copy: what is in memory already is handed out as it is.
        trace = np.array(self.recording.read(start, stop), np.float32)
        some = self.cuts.between(start, stop)
        for k in range(some.start, some.stop):
            low, high = max(int(self.cuts.start[k]), start), min(int(self.cuts.stop[k]), stop)
            trace[low - start : high - start, 0] = self._across(k, np.arange(low, high))
        return trace

    def _across(self, k: int, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        cuts = self.cuts
        length = float(cuts.stop[k] - cuts.start[k])
        part = (samples - cuts.start[k]) / length
        rise = cuts.right[k] - cuts.left[k]
        if self.bridge == "straight":
            return np.asarray(cuts.left[k] + part * rise)
        slopes = [_monotone(s * length, rise) for s in (cuts.left_slope[k], cuts.right_slope[k])]
        return np.asarray(cuts.left[k] + _hermite(part, rise, *slopes))


def _monotone(slope: float, rise: float) -> float:
    """A slope at the end of a cubic that keeps it monotone (Fritsch and Carlson 1980): 0 to 3 rises."""
    low, high = min(0.0, 3 * rise), max(0.0, 3 * rise)
    return float(min(max(slope, low), high))


def _hermite(
    part: NDArray[np.float64], rise: float, left_slope: float, right_slope: float
) -> NDArray[np.float64]:
    """The cubic from 0 to `rise` over `part` 0 to 1 with these slopes at its ends."""
    square, cube = part**2, part**3
    curve = rise * (3 * square - 2 * cube) + left_slope * (cube - 2 * square + part)
    return np.asarray(curve + right_slope * (cube - square))


def bridged(recording: Recording, cuts: Cuts, bridge: str = "straight") -> Recording:
    """The recording without its spikes; nothing is read before it is asked for.

    Parameters
    ----------
    recording : Recording, one channel, V
    cuts : Cuts
    bridge : "straight" or "monotone"

    Returns
    -------
    Recording
        float32, V; of the same sweeps, events and stimulus, and to be used like any other.
    """
    old = recording.channels[0]
    channel = Channel(old.name, old.quantity, stated_unit=old.unit, index=old.index)
    source = BridgedSource(recording, cuts, bridge)
    return dataclasses.replace(recording, source=source, channels=(channel,))


def write_trace(path: Path, recording: Recording) -> None:
    """Write a one-channel recording as ``.npy`` (float32, V or A, sweeps chained) or NWB, by its ending.

    An ``.npy`` is written piece by piece; NWB is written a sweep at a time.
    """
    if path.suffix.lower() == ".nwb":
        from spikelens.exporters.nwb import Nwb

        Nwb().write_recording(path, recording)
        return
    write_atomically(path, lambda out: _write_npy(out, recording))


def _write_npy(out: IO[bytes], recording: Recording) -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": (recording.n_samples,)}
    np.lib.format.write_array_header_1_0(out, header)
    for low in range(0, recording.n_samples, _PIECE):
        piece = recording.read(low, min(low + _PIECE, recording.n_samples))
        out.write(piece[:, 0].astype("<f4").tobytes())
