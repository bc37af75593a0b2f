"""Averages over sweeps that the cell was given the same command in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.membrane.passing import Coarse
from spikelens.recording import Recording

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALIKE = 2e-12
"""Commands are one if no bin of theirs differs by more than this (A), or a fiftieth of their range."""
MOST_POINTS = 2000
"""An average has at most so many points."""


@dataclass(frozen=True)
class SweepAverage:
    """Mean and spread over the sweeps of one command, along the sweep."""

    sweeps: Ints
    """Which were averaged."""
    command: Floats
    """Lowest and highest value of the command, in its unit; empty where it is not known."""
    time: Floats
    """From the start of the sweep to the middle of each bin, s."""
    mean: Floats
    """V."""
    sd: Floats
    """Over sweeps, V; NaN where fewer than two were observed."""
    n: Ints
    """Sweeps observed at each time."""


def average_sweeps(recording: Recording, coarse: Coarse) -> list[SweepAverage]:
    """Average sweeps of the same command and of about the same length, as long as the shortest.

    Parameters
    ----------
    recording : Recording
        Its stimulus tells which sweeps go together; where it is not known, all do.
    coarse : Coarse
        Of the spike-less trace.

    Returns
    -------
    list of SweepAverage
        One per command that two or more sweeps share, in the order of their first sweeps.
    """
    groups = _alike(recording, coarse.step)
    return [_average(recording, coarse, sweeps, span) for sweeps, span in groups if len(sweeps) > 1]


def _alike(recording: Recording, step: int) -> list[tuple[list[int], Floats]]:
    """Sweeps by command, with its lowest and highest value."""
    stimulus, bounds = recording.stimulus, recording.sweeps.bounds
    if stimulus is None:
        return [([*range(len(recording.sweeps))], np.empty(0))]
    groups: list[tuple[list[int], Floats]] = []
    shapes: list[Floats] = []
    for sweep in range(len(recording.sweeps)):
        command = _binned(stimulus.read(int(bounds[sweep]), int(bounds[sweep + 1])), step)
        kept = next((k for k, shape in enumerate(shapes) if _same(shape, command)), None)
        if kept is None:
            shapes.append(command)
            span = [command.min(), command.max()] if command.size else []
            groups.append(([sweep], np.array(span)))
        else:
            groups[kept][0].append(sweep)
    return groups


def _same(one: Floats, other: Floats) -> bool:
    n = min(one.size, other.size)
    if not n or abs(one.size - other.size) > 0.01 * n:
        return False
    largest = max(ALIKE, 0.02 * float(np.ptp(one)))
    return bool(np.abs(one[:n] - other[:n]).max() <= largest)


def _binned(trace: NDArray[np.float32], step: int) -> Floats:
    whole = trace[: trace.size // step * step].reshape(-1, step)
    return np.asarray(whole.mean(axis=1, dtype=np.float64))


def _average(recording: Recording, coarse: Coarse, sweeps: list[int], command: Floats) -> SweepAverage:
    bounds, rate = recording.sweeps.bounds, recording.sampling_rate
    shortest = int(np.diff(bounds)[sweeps].min())
    wide = -(-(shortest // coarse.step) // MOST_POINTS)
    n_points = shortest // (coarse.step * max(wide, 1))
    count, total, squares = np.zeros((3, n_points))
    level = float(coarse.values.mean(dtype=np.float64)) if coarse.values.size else 0.0
    for sweep in sweeps:
        values = _on_grid(coarse, int(bounds[sweep]), sweep, (n_points, max(wide, 1))) - level
        seen = np.isfinite(values)
        count += seen
        total[seen] += values[seen]
        squares[seen] += values[seen] ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / count
        sd = np.sqrt(np.maximum(squares - count * mean**2, 0) / np.where(count > 1, count - 1, np.nan))
    time = (np.arange(n_points, dtype=np.float64) + 0.5) * wide * coarse.step / rate
    return SweepAverage(np.array(sweeps), command, time, mean + level, sd, count.astype(np.int64))


def _on_grid(coarse: Coarse, origin: int, sweep: int, shape: tuple[int, int]) -> Floats:
    """A sweep's bins where they stand in the sweep, `shape[1]` to a point; NaN where some were missed."""
    grid = np.full(shape[0] * shape[1], np.nan)
    for k in np.flatnonzero(coarse.stretches.sweep == sweep):
        values = coarse.values[coarse.first[k] : coarse.first[k + 1]]
        at = round((int(coarse.stretches.start[k]) - origin) / coarse.step)
        fitting = max(min(values.size, grid.size - at), 0)
        grid[at : at + fitting] = values[:fitting]
    return np.asarray(grid.reshape(shape).mean(axis=1))
