"""The sections that quality is told for: sweeps, and parts of long ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.stretches import Stretches

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Section:
    """Samples `start` to `stop` of one sweep."""

    sweep: int
    start: int
    stop: int
    sweep_start: int


def sections(recording: Recording, every: float) -> Iterator[Section]:
    """Cut each sweep into equal sections of at most `every` seconds."""
    longest = max(1, round(every * recording.sampling_rate))
    bounds = recording.sweeps.bounds
    for sweep in range(len(recording.sweeps)):
        low, high = int(bounds[sweep]), int(bounds[sweep + 1])
        cuts = np.linspace(low, high, -(-(high - low) // longest) + 1).astype(int)
        for start, stop in pairwise(cuts.tolist()):
            yield Section(sweep, start, stop, low)


def seen_of(section: Section, observed: Stretches) -> Bools:
    """Which of a section's samples were observed."""
    seen = np.zeros(section.stop - section.start, bool)
    for stretch in observed.overlapping(section.start, section.stop):
        seen[max(stretch.start - section.start, 0) : stretch.stop - section.start] = True
    return seen


def at_rest(recording: Recording, section: Section, settle: float) -> Bools:
    """Samples of a section where the command stands at its sweep's first value, and has for `settle` s.

    Where the command is not known, all.
    """
    stimulus = recording.stimulus
    if stimulus is None:
        return np.ones(section.stop - section.start, bool)
    wait = round(settle * recording.sampling_rate)
    low = max(section.sweep_start, section.start - wait)
    command = stimulus.read(low, section.stop).astype(np.float64)
    first = float(stimulus.read(section.sweep_start, section.sweep_start + 1)[0])
    away = np.abs(command - first)
    # A recorded command is noisy: it is away where it is a tenth of its way.
    at = np.arange(command.size)
    left = np.where(away > max(0.1 * away.max(initial=0.0), _slack(stimulus.channel.unit)), at, -wait - 1)
    return np.asarray((at - np.maximum.accumulate(left) > wait)[section.start - low :])


def _slack(unit: str) -> float:
    """Differences of a command that are none."""
    return {"A": 2e-12, "V": 0.2e-3}.get(unit, 0.0)


def runs_of(marked: Bools) -> list[tuple[int, int]]:
    """Runs of marked samples as (first, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
