"""Where the hand puts a spike: the nearest peak, described as a detector's are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors import BASE_WINDOW
from spikelens.errors import OutsideRecording
from spikelens.joining import described, joined, spikes_of
from spikelens.passes import Chunk, Span, read_chunk
from spikelens.recording import Recording
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches

REACH = 1e-3
"""A peak is sought so far to either side of the cursor, and on from there up a flank, s."""
_CLIMBS = 5


def snapped(recording: Recording, stretches: Stretches, sample: int, sign: int) -> int:
    """The peak nearest to a sample of a one-channel recording.

    Parameters
    ----------
    sign : int
        +1 for spikes that point up, -1 down, 0 for whichever travels farther.

    Raises
    ------
    OutsideRecording
        Nothing is observed at `sample`.
    """
    reach = max(1, round(REACH * recording.sampling_rate))
    chunk = _around(recording, stretches, sample, (_CLIMBS + 1) * reach, sign or 1)
    trace, at = chunk.trace, sample - chunk.start
    if sign == 0:
        trace = np.abs(trace - np.median(trace))
    for _ in range(_CLIMBS):
        low = max(0, at - reach)
        summit = low + int(np.argmax(trace[low : at + reach + 1]))
        is_flank, at = abs(summit - at) == reach, summit
        if not is_flank:
            break
    return chunk.start + at


def place(recording: Recording, stretches: Stretches, samples: NDArray[np.int64], made: Provenance) -> Spikes:
    """Spikes at exactly `samples` (sorted, observed), with the required columns."""
    base = max(1, round(BASE_WINDOW * recording.sampling_rate))
    parts = []
    for sample in samples:
        sign = made.polarity or _way(recording, stretches, int(sample), base)
        chunk = _around(recording, stretches, int(sample), base + 2, sign)
        found = described(chunk, {"sample_index": np.array([sample], np.int64)}, base)
        parts.append(found | {"verdict": np.array(["spike"]), "sign": np.array([sign])})
    table = joined(parts, stretches)
    return spikes_of([] if table is None else [table], recording, stretches, made)


def clipped(stretches: Stretches, start: int, stop: int) -> Stretches:
    """What lies between two samples; grids are counted from each sweep's start as before."""
    some = stretches.overlapping(start, stop)
    origins = some.start if some.sweep_start is None else some.sweep_start
    return Stretches(some.sweep, np.maximum(some.start, start), np.minimum(some.stop, stop), origins)


def _way(recording: Recording, stretches: Stretches, sample: int, reach: int) -> int:
    chunk = _around(recording, stretches, sample, reach, 1)
    return 1 if chunk.trace[sample - chunk.start] >= np.median(chunk.trace) else -1


def _around(recording: Recording, stretches: Stretches, sample: int, reach: int, sign: int) -> Chunk:
    for stretch in stretches.overlapping(sample, sample + 1):
        low, high = max(stretch.start, sample - reach), min(stretch.stop, sample + reach + 1)
        return read_chunk(recording, Span(stretch, low, high, low, high), sign)
    raise OutsideRecording(
        f"sample {sample} lies outside the recording's {recording.n_samples}, or where samples are missing"
    )
