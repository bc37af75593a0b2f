"""Waveforms for the overlay: cut around spikes, NaN where a sweep ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spikelens.app import tiles
from spikelens.app.review import Columns, Review
from spikelens.recording import Recording
from spikelens.windows import Windows

_MOST_SAMPLES = 20_000_000
"""In one answer, however long the waveforms are."""
_REACH = 1e-3
"""What components are made from, to either side of the peak, s."""
_MOST_LEARNT = 20_000


def cut(review: Review | None, ids: Sequence[int] | None, *, before: float, after: float, most: int) -> bytes:
    """Waveforms of spikes by id, or of all accepted ones, at most so many of them, evenly chosen.

    Parameters
    ----------
    before, after : float, s
    """
    if review is None:
        return tiles.waveforms(np.empty(0, np.int64), 0, np.empty((0, 0), np.float32))
    table = review.table(ids, names=("id", "state", "sample_index", "channel_index"))
    kept = np.flatnonzero(np.isin(table["state"], ("accepted", "added"))) if ids is None else None
    rows = np.arange(table["id"].size) if kept is None else kept
    rate = review.detected.recording.sampling_rate
    left, right = (round(t * rate) for t in (before, after))
    most = max(1, min(most, _MOST_SAMPLES // max(left + right, 1)))
    if rows.size > most:
        rows = rows[np.linspace(0, rows.size - 1, most).astype(np.int64)]
    chosen = {name: column[rows] for name, column in table.items()}
    around = _around_own(review, chosen, left, max(right, 1))
    return tiles.waveforms(chosen["id"], left, around)


def scatter(review: Review | None) -> bytes:
    """The two main components of every accepted spike's waveform, as waveforms of two numbers, in V.

    They are scores along the directions in which the waveforms, each cut 1 ms before and
    after its peak on its own channel and less its mean, differ most (principal components
    of at most 20,000 of them, evenly chosen).
    """
    if review is None:
        return tiles.waveforms(np.empty(0, np.int64), 0, np.empty((0, 2), np.float32))
    table = review.table(names=("id", "state", "sample_index", "channel_index"))
    chosen = {n: c[np.isin(table["state"], ("accepted", "added"))] for n, c in table.items()}
    reach = max(1, round(_REACH * review.detected.recording.sampling_rate))
    waves = _around_own(review, chosen, reach, reach)
    # Where a sweep ends there is nothing; the rest of the waveform still says what it was.
    waves = np.nan_to_num(waves - np.nanmean(waves, axis=1, keepdims=True)) if len(waves) else waves
    return tiles.waveforms(chosen["id"], 0, _two_components(waves))


def _two_components(waves: NDArray[np.float32]) -> NDArray[np.float32]:
    if len(waves) < 3 or waves.shape[1] < 2:
        return np.zeros((len(waves), 2), np.float32)
    some = waves[np.linspace(0, len(waves) - 1, min(len(waves), _MOST_LEARNT)).astype(np.int64)]
    centre = some.mean(axis=0, dtype=np.float64)
    apart = some - centre
    _, vectors = np.linalg.eigh(apart.T @ apart)
    two = vectors[:, :-3:-1]
    # A direction has no sign of its own; the larger side is made the positive one.
    two = two * np.sign(two[np.abs(two).argmax(axis=0), [0, 1]])
    return np.asarray((waves - centre) @ two, np.float32)


def _around_own(review: Review, chosen: Columns, left: int, right: int) -> NDArray[np.float32]:
    """The trace around each spike on the channel it is largest on; that of the table where there is one."""
    recording = review.detected.recording
    out = np.empty((chosen["id"].size, left + right), np.float32)
    places = {k if c.index is None else c.index: k for k, c in enumerate(recording.channels)}
    for channel in np.unique(chosen["channel_index"]):
        mine = chosen["channel_index"] == channel
        one = recording.select(places.get(int(channel), 0))
        out[mine] = around_samples(one, chosen["sample_index"][mine], left, right)
    return out


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
