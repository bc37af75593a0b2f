"""Waveforms for the overlay: cut around spikes, NaN where a sweep ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spikelens.app import tiles
from spikelens.app.review import Review
from spikelens.recording import Recording
from spikelens.windows import Windows

_MOST_SAMPLES = 20_000_000
"""In one answer, however long the waveforms are."""


def cut(review: Review | None, ids: Sequence[int] | None, *, before: float, after: float, most: int) -> bytes:
    """Waveforms of spikes by id, or of all accepted ones, at most so many of them, evenly chosen.

    Parameters
    ----------
    before, after : float, s
    """
    if review is None:
        return tiles.waveforms(np.empty(0, np.int64), 0, np.empty((0, 0), np.float32))
    table = review.table(ids, names=("id", "state", "sample_index"))
    kept = np.flatnonzero(np.isin(table["state"], ("accepted", "added"))) if ids is None else None
    rows = np.arange(table["id"].size) if kept is None else kept
    recording = review.detected.chosen.recording
    left, right = (round(t * recording.sampling_rate) for t in (before, after))
    most = max(1, min(most, _MOST_SAMPLES // max(left + right, 1)))
    if rows.size > most:
        rows = rows[np.linspace(0, rows.size - 1, most).astype(np.int64)]
    around = around_samples(recording, table["sample_index"][rows], left, max(right, 1))
    return tiles.waveforms(table["id"][rows], left, around)


def around_samples(
    recording: Recording, samples: NDArray[np.int64], left: int, right: int
) -> NDArray[np.float32]:
    """The trace (V or A) from `left` before to `right` after each sample, (n, left + right)."""
    length = left + right
    out = np.full((samples.size, length), np.nan, np.float32)
    sweep = recording.sweeps.at(samples)
    low, high = recording.sweeps.bounds[sweep], recording.sweeps.bounds[sweep + 1]
    fits = (samples - left >= low) & (samples + right <= high)
    starts = samples[fits] - left
    out[fits] = Windows(recording, starts, length, np.arange(starts.size)).read()
    for k in np.flatnonzero(~fits):
        a, b = max(int(samples[k]) - left, int(low[k])), min(int(samples[k]) + right, int(high[k]))
        at = a - (int(samples[k]) - left)
        out[k, at : at + b - a] = recording.read(a, b)[:, 0]
    return out
