"""A recording as a figure can show it: a range of values per pixel, whatever its length."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.envelope import widen
from spikelens.plots._timeline import Timeline
from spikelens.recording import Recording
from spikelens.spikes import Spikes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PIECE = 1 << 20
"""Samples read at a time."""


def one_channel(recording: Recording, spikes: Spikes | None = None) -> Recording:
    """The channel that the spikes were found on, of a recording that may hold more."""
    if len(recording.channels) == 1:
        return recording
    found_on = str(spikes["channel"][0]) if spikes is not None and len(spikes) else 0
    return recording.select(found_on)


def pixel_edges(bounds: Ints, start: int, stop: int, n_pixels: int) -> Ints:
    """Cut samples `start` to `stop` into about `n_pixels` bins, none across a sweep's bound.

    Each sweep gets its share, of two bins at least and one per sample at most.
    """
    cuts = np.unique(np.clip(bounds, start, stop))
    edges = [cuts[:1]]
    for low, high in pairwise(cuts):
        share = round(n_pixels * (high - low) / (stop - start))
        n_bins = min(max(share, 2), high - low)
        edges.append(low + (high - low) * np.arange(1, n_bins + 1) // n_bins)
    return np.concatenate(edges).astype(np.int64)


def envelopes(recording: Recording, edges: Ints, sets: Sequence[Ints]) -> list[Floats]:
    """The smallest and largest value per bin, of several sets of windows, in one pass.

    Parameters
    ----------
    recording : Recording, one channel
        Read in pieces; it is never in memory as a whole.
    edges : int64 array, (n_bins + 1,)
    sets : sequence of int64 arrays, (n_windows, 2)
        Samples that count.

    Returns
    -------
    list of float64 arrays, (2, n_bins), V or A
        One per set; NaN where a bin holds no sample that counts.
    """
    ranges = [np.repeat([[np.inf], [-np.inf]], edges.size - 1, axis=1) for _ in sets]
    for first in range(int(edges[0]), int(edges[-1]), PIECE):
        stored = recording.stored(first, min(first + PIECE, int(edges[-1])))[:, 0]
        column = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        for windows, (low, high) in zip(sets, ranges, strict=True):
            widen(column, first, windows, edges, low, high)
    channel = recording.channels[0]
    return [_in_si(found, channel.gain, channel.offset) for found in ranges]


def _in_si(stored: Floats, gain: float, offset: float) -> Floats:
    filled = np.where(stored[0] <= stored[1], stored, np.nan)
    return np.sort(filled * gain + offset, axis=0)


def spike_windows(recording: Recording, peaks: Ints, before: float, after: float) -> Ints:
    """The samples that belong to spikes: `before` to `after` (s) around each peak, within its sweep."""
    rate, bounds = recording.sampling_rate, recording.sweeps.bounds
    sweep = recording.sweeps.at(peaks)
    low = np.maximum(peaks - round(before * rate), bounds[sweep])
    high = np.minimum(peaks + round(after * rate) + 1, bounds[sweep + 1])
    return np.column_stack([low, high]).astype(np.int64)


def outline(timeline: Timeline, edges: Ints, envelope: Floats) -> tuple[Floats, Floats]:
    """The line to draw for an envelope, broken where sweeps end.

    Where every bin is one sample this is the trace itself; elsewhere each bin gives two
    vertices, its lowest and its highest.
    """
    starts = edges[:-1]
    sweep = timeline.sweep_of(starts)
    x = timeline.at((starts + edges[1:] - 1) / 2, sweep)
    breaks = np.flatnonzero(np.diff(sweep)) + 1
    if (np.diff(edges) == 1).all():
        return np.insert(x, breaks, np.nan), np.insert(envelope[0], breaks, np.nan)
    return np.insert(x.repeat(2), 2 * breaks, np.nan), np.insert(envelope.T.ravel(), 2 * breaks, np.nan)
