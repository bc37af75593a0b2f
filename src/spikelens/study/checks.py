"""What can go wrong with windows, counted: borders, neighbours, drift, doubtful labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spikelens.labels import Labels
from spikelens.models import Model
from spikelens.recording import Recording
from spikelens.scoring import Score, score_times
from spikelens.windows import Windows

Ints = NDArray[np.int64]

NEAR_BORDER = 2e-3
"""A spike closer to a border than this reaches into both windows, s."""
SURE = 0.9
"""A label is contradicted with confidence if the classifier gives this much to another."""
MERGED = 2e-3
"""Two peaks this close, of windows that adjoin, are one spike, s."""


@dataclass(frozen=True)
class Borders:
    """Spikes close to a border of two windows, and what became of them."""

    n_spikes: int
    near: int
    doubled: int
    """Seen in both windows."""
    lost: int
    """Seen in neither."""


def at_borders(windows: Windows, labels: Labels, peaks: Ints) -> Borders:
    """Count the spikes that a border of the grid splits.

    Parameters
    ----------
    windows : Windows
        Of a grid, in order.
    labels : Labels
        Of these windows.
    peaks : int64 array
        Samples of the spikes' peaks; those outside the windows do not count.
    """
    rows = np.searchsorted(windows.start, peaks, "right") - 1
    held = (rows >= 0) & (peaks < windows.start[np.maximum(rows, 0)] + windows.n_samples)
    peaks, rows = peaks[held], rows[held]
    into = peaks - windows.start[rows]
    reach = round(NEAR_BORDER * windows.recording.sampling_rate)
    other = np.where(into < reach, rows - 1, np.where(into >= windows.n_samples - reach, rows + 1, -1))
    near = (other >= 0) & (other < len(windows))
    near &= _adjoin(windows, rows, np.clip(other, 0, len(windows) - 1))
    seen = labels.are("spike")
    here, there = seen[rows[near]], seen[other[near]]
    return Borders(peaks.size, int(near.sum()), int((here & there).sum()), int((~here & ~there).sum()))


def _adjoin(windows: Windows, one: Ints, other: Ints) -> NDArray[np.bool_]:
    """Whether two windows lie end to end in one sweep."""
    apart = np.abs(windows.start[one] - windows.start[other]) == windows.n_samples
    return np.asarray(apart & (windows.sweep[one] == windows.sweep[other]))


def adjoining(windows: Windows, labels: Labels, truth: Labels) -> tuple[int, int]:
    """Windows falsely called spike, and how many of them adjoin a window with a true one."""
    true = truth.are("spike")
    false = np.flatnonzero(labels.are("spike") & ~true)
    beside = np.zeros(false.size, bool)
    for step in (-1, 1):
        other = np.clip(false + step, 0, len(windows) - 1)
        beside |= _adjoin(windows, false, other) & true[other]
    return false.size, int(beside.sum())


def shifted(recording: Recording, by: float) -> Recording:
    """The same recording at another resting level, `by` V higher."""
    moved = tuple(replace(c, offset=c.offset + by) for c in recording.channels)
    return replace(recording, channels=moved)


def doubtful(model: Model, weak: Labels) -> Labels:
    """Training labels that the classifier, not having seen them, contradicts; worst first.

    Parameters
    ----------
    model : Model
    weak : Labels
        Those it was trained on.

    Returns
    -------
    Labels
        With the probability that the model gives to each label.
    """
    codes = np.array([model.classes_.index(name) for name in weak.names])
    given = model.held_out_[np.arange(codes.size), codes]
    rows = np.flatnonzero(given <= 1 - SURE)
    worst = rows[np.argsort(given[rows], kind="stable")]
    return replace(weak, probability=given.astype(np.float32)).take(worst)


def peaks_of(windows: Windows, labels: Labels) -> Ints:
    """One peak per window called spike: its largest sample; two beside a border are one.

    Returns
    -------
    int64 array
        Samples, counted through the file.
    """
    chosen = windows.take(labels.are("spike"))
    values = chosen.read()
    at = values.argmax(axis=1)
    peaks, heights = chosen.start + at, values[np.arange(len(values)), at]
    reach = round(MERGED * windows.recording.sampling_rate)
    kept: list[int] = []
    for k in range(peaks.size):
        if kept and peaks[k] - peaks[kept[-1]] <= reach:
            kept[-1] = k if heights[k] > heights[kept[-1]] else kept[-1]
        else:
            kept.append(k)
    return np.asarray(peaks[kept], np.int64)


def spike_score(windows: Windows, labels: Labels, true_peaks: Ints, tolerance: float = MERGED) -> Score:
    """Score the peaks of windows called spike against true ones, within the windows' span."""
    recording = windows.recording
    true = true_peaks[(true_peaks >= windows.start[0]) & (true_peaks < windows.start[-1] + windows.n_samples)]
    found = peaks_of(windows, labels)
    sweeps = (recording.sweeps.at(true), recording.sweeps.at(found))
    return score_times(recording.time_of(true), recording.time_of(found), tolerance=tolerance, sweeps=sweeps)
