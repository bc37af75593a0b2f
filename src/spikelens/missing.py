"""Samples that are not numbers: found, and walled off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.sources import Stored

GUARD = 2e-3
"""Nothing is believed this close to a missing sample, s."""
LOOKS = 64
"""Places at which a channel is looked at to tell whether it holds anything."""
_PIECE = 1 << 20
"""So many values are looked at in one go."""


def missing_runs(recording: Recording) -> NDArray[np.int64]:
    """Runs of NaN or infinite samples on any channel, as (n_runs, 2) first and last-plus-one.

    Integers cannot be missing, so a recording that stores them is not read.
    """
    if recording.source.dtype.kind != "f":
        return np.empty((0, 2), np.int64)
    step = max(_PIECE // len(recording.channels), 1)
    borders = range(0, recording.n_samples, step)
    edges = [_edges(recording.stored(at, min(at + step, recording.n_samples)), at) for at in borders]
    joined = np.concatenate(edges) if edges else np.empty(0, np.int64)
    # A run across two pieces ends and starts anew at their border: those edges cancel.
    places, counts = np.unique(joined, return_counts=True)
    return np.asarray(places[counts % 2 == 1].reshape(-1, 2), np.int64)


def empty_channels(recording: Recording) -> list[int]:
    """Channels that hold no number at any of some places all over the recording, unless all are so."""
    n = recording.n_samples
    if recording.source.dtype.kind != "f" or not n:
        return []
    looks = [recording.stored(at, at + 1) for at in np.linspace(0, n - 1, LOOKS).astype(int).tolist()]
    empty = ~np.isfinite(np.concatenate(looks)).any(axis=0)
    return [] if empty.all() else np.flatnonzero(empty).tolist()


def missing_walls(recording: Recording, runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Missing runs with a guard to either side, within the recording."""
    guard = int(np.ceil(GUARD * recording.sampling_rate))
    wide = runs + np.array([-guard, guard])
    return np.asarray(np.clip(wide, 0, recording.n_samples), np.int64)


def missing_warnings(recording: Recording, runs: NDArray[np.int64]) -> list[str]:
    """What to say of missing runs: how much, how often and where first; nothing if there are none."""
    if not len(runs):
        return []
    total = float((runs[:, 1] - runs[:, 0]).sum()) / recording.sampling_rate
    first = float(recording.time_of(int(runs[0, 0])))
    return [
        f"{total:.4g} s of samples are not numbers ({len(runs)} stretch(es), the first at {first:.6g} s):"
        f" no spikes are sought there nor within {GUARD * 1e3:g} ms, and rates leave that time out"
    ]


def _edges(stored: Stored, at: int) -> NDArray[np.int64]:
    with np.errstate(invalid="ignore"):  # Infinities of both signs sum to NaN.
        total = stored.sum(dtype=np.float64)
    if np.isfinite(total):
        return np.empty(0, np.int64)
    missing = ~np.isfinite(stored).all(axis=1)
    padded = np.concatenate([[False], missing, [False]])
    return np.asarray(at + np.flatnonzero(padded[1:] != padded[:-1]), np.int64)
