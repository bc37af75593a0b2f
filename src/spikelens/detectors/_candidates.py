"""Candidates of the learned detector: all peaks that could be spikes, and their shapes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors import Columns, Survey
from spikelens.detectors._middle import median
from spikelens.kernels.outlines import MEASURES, PLACES, describe_shapes, flanks
from spikelens.kernels.tops import bends, find_tops, gaussian_weights, smooth
from spikelens.passes import Chunk

SMOOTHING = 1.2e-4
"""Standard deviation of the smoothing before peaks are sought, s."""
APART = 8e-4
"""A candidate is the largest peak so far to either side, s."""
RISE_WITHIN, FALL_WITHIN = 3e-3, 4e-3
THROUGH_WITHIN = 5e-3
"""Flanks are through so far from their peak, s."""
LEAST = 5.0
"""Least rise and fall of a candidate, in fast noise levels."""
REACH = 0.055
"""Seconds that shapes look to either side."""
SETTLED = 2e-4
"""The peak of the trace itself is sought so far from that of the smoothed one, s."""
_FAST, _SLOW = 5e-4, 3e-3
_MAD = 0.6745
_SMALLEST = 1e-15
_BLOCKS, _ENOUGH = 32, 10_000
"""So many blocks, and so many values drawn from them, give a level of noise to a hundredth."""
_QUIETEST = 2e-3
"""Noise is taken to be at least this share of the largest fast change."""

RULED_OUT, LARGE, KEPT_OF = -6.5, 8.0, 8
"""What is kept of the candidates; see `worth_keeping`."""
N_MEASURES = len(MEASURES) + PLACES.size
_SIZE = [MEASURES.index(name) for name in ("rise_3", "fall_4")]


def noise_levels(blocks: Sequence[Chunk], clock: float = 1.0) -> Survey:
    """How noisy a recording is within about 0.5 ms (``noise_level``) and 3 ms (``slow_level``), V or A.

    Both are median absolute deviations, scaled to standard deviations, of how far a sample
    stands above the mean of two neighbours so far away; by a clock that runs `clock` times as slow.
    """
    blocks = blocks[:: -(-len(blocks) // _BLOCKS)] if blocks else blocks
    rate = blocks[0].sampling_rate * clock if blocks else 0.0
    smoothed = [_smoothed(block, rate) for block in blocks]
    trace = np.concatenate([np.empty(0), *smoothed])
    stops = np.cumsum([piece.size for piece in smoothed], dtype=np.int64)
    fast, largest = _deviation(bends(trace, stops, max(1, round(_FAST * rate))))
    slow, larger = _deviation(bends(trace, stops, max(1, round(_SLOW * rate))))
    # Rounding to the converter's steps can hide all noise.
    fast = max(fast, _QUIETEST * max(largest, larger), _SMALLEST)
    return {"noise_level": fast, "slow_level": max(slow, fast)}


def _smoothed(chunk: Chunk, rate: float) -> NDArray[np.float64]:
    return np.asarray(smooth(chunk.trace, _weights(rate)))


@lru_cache(maxsize=8)
def _weights(sampling_rate: float) -> NDArray[np.float64]:
    return gaussian_weights(SMOOTHING * sampling_rate)


def _deviation(values: NDArray[np.float64]) -> tuple[float, float]:
    """The level of noise, and the largest deviation, of what is 0 but for noise."""
    if not values.size:
        return 0.0, 0.0
    few = values
    if values.size > _ENOUGH:
        few = values[np.random.default_rng(0).integers(values.size, size=_ENOUGH)]
    middle = median(few)
    largest = max(float(values.max()) - middle, middle - float(values.min()))
    return median(np.abs(few - middle)) / (_MAD * 1.5**0.5), largest


def margin(sampling_rate: float) -> int:
    """Samples that a candidate's description needs on either side."""
    return round((REACH + 3 * SMOOTHING) * sampling_rate) + 8


def seek(chunk: Chunk, survey: Survey, clock: float = 1.0) -> Columns:
    """The candidates in a chunk's core, by a clock that runs so many times as slow.

    Returns
    -------
    dict of arrays
        ``sample_index``; ``_measures``, float32 (n, `N_MEASURES`); ``_waveform``, float32
        (n, n_places), V or A; ``_rise`` (s) and ``_flanks``, float32 (n,), see `flanks`.
    """
    rate, noise = chunk.sampling_rate * clock, (survey["noise_level"], survey["slow_level"])
    values = _smoothed(chunk, rate)
    apart, before, after = (max(1, int(seconds * rate)) for seconds in (APART, RISE_WITHIN, FALL_WITHIN))
    tops = find_tops(values, *chunk.core, apart, before, after, LEAST * noise[0])
    measures = np.empty((tops.size, N_MEASURES), np.float32)
    waveform = np.empty((tops.size, PLACES.size), np.float32)
    describe_shapes(values, chunk.trace, tops, noise, rate, measures, waveform)
    at = _settled(chunk.trace, tops, int(SETTLED * rate))
    height = noise[0] * np.exp(np.minimum(*measures[:, _SIZE].T), dtype=np.float64)
    rise, share = np.empty((2, tops.size), np.float32)
    flanks(chunk.trace, at, height, int(THROUGH_WITHIN * rate), rise, share)
    return {
        "sample_index": chunk.start + at,
        "_measures": measures,
        "_waveform": waveform,
        "_rise": rise / np.float32(rate),
        "_flanks": share,
    }


def _settled(trace: NDArray[np.float32], tops: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
    """The highest sample of the trace itself close to each smoothed top."""
    if not reach or not tops.size:
        return tops
    at = np.clip(tops[:, None] + np.arange(-reach, reach + 1), 0, trace.size - 1)
    return np.asarray(at[np.arange(tops.size), np.argmax(trace[at], axis=1)], np.int64)


def thinned(found: Columns) -> Columns:
    """Candidates without most of those that shape alone rules out; long recordings stay small so."""
    kept = worth_keeping(found["sample_index"], found["_logit"], found["_measures"])
    return {name: column[kept] for name, column in narrowed(found).items()}


def narrowed(found: Columns) -> Columns:
    """The same without the waveform's shape, which has served: later answers look at the waveform itself."""
    return found | {"_measures": found["_measures"][:, : len(MEASURES)]}


def worth_keeping(
    sample_index: NDArray[np.int64], logit: NDArray[np.float64], measures: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which candidates `thinned` keeps; the same whatever the chunks.

    Those with log-odds above `RULED_OUT`, those that stand `LARGE` times above the slow
    noise, for they may be artefacts worth a name, and one in `KEPT_OF` of the rest, chosen
    by its sample, to speak for the background.
    """
    mixed = sample_index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    lucky = (mixed >> np.uint64(40)) % np.uint64(KEPT_OF) == 0
    large = measures[:, MEASURES.index("over_slow")] > np.log(LARGE)
    return np.asarray((logit > RULED_OUT) | large | lucky, np.bool_)
