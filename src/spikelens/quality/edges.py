"""The jump of the voltage at the edges of current pulses: what the bridge leaves uncompensated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.membrane.cutting import Cuts
from spikelens.quality.sections import Section, runs_of
from spikelens.recording import Recording

Floats = NDArray[np.float64]

SMALLEST = 10e-12
"""Steps of the command below this tell no resistance, A."""
BEFORE = (1e-3, 0.1e-3)
"""The voltage before an edge is the mean from one to the other, s before it."""
AFTER = (0.3e-3, 1.5e-3)
"""A line through this time after an edge, led back to it, is the voltage after the jump, s."""
QUIET = 5e-3
"""A spike that ended later than so long before an edge still moves the voltage, s."""
LARGE = 0.5
"""Of a section's edges, those of at least this share of the largest step tell the bridge."""
TRIED = 64
"""So many places at rest tell how far a jump is off by chance."""
FEWEST = 4
"""Fewer samples than this tell no line."""
RULE = (
    "Voltage jump over current step at the edges of the command: a line through 0.3 to 1.5 ms after the edge,"
    " led back to it, less the mean of the 0.9 ms before; median over a section's larger edges. What the"
    " membrane nearest to the pipette charges within 0.3 ms is part of it."
)


def bridge_steps(recording: Recording, section: Section, cuts: Cuts) -> tuple[Floats, Floats]:
    """Jump over current step of each edge of a section, Ohm, and the size of the step, A.

    Edges with a spike near them, or with too few samples, are left out; there are none
    where the command is not a known current.
    """
    stimulus, rate = recording.stimulus, recording.sampling_rate
    if stimulus is None or stimulus.channel.quantity != "current" or (AFTER[1] - AFTER[0]) * rate < FEWEST:
        return np.empty(0), np.empty(0)
    command = stimulus.read(section.start, section.stop).astype(np.float64)
    before, after = round(BEFORE[0] * rate), round(AFTER[1] * rate)
    found, steps = [], []
    for edge, step in _edges(command, rate):
        low, high = section.start + edge - before, section.start + edge + after + 1
        if not cuts.n_samples(max(low + before - round(QUIET * rate), section.start), high):
            found.append(_jump(recording.read(low, high)[:, 0].astype(np.float64), before, rate) / step)
            steps.append(abs(step))
    sizes = np.array(steps)
    # A small step's jump is hardly more than what the membrane does by itself.
    large = sizes >= LARGE * sizes.max(initial=0.0)
    return np.array(found)[large], sizes[large]


def jump_noise(trace: Floats, still: list[tuple[int, int]], rate: float) -> float:
    """What a jump is off by without any current, V: the spread of jumps at places at rest.

    Parameters
    ----------
    trace : float64 array, V
        Of a section, spikes bridged.
    still : list of (start, stop)
        Samples of it at rest.
    rate : float, Hz
    """
    before, after = round(BEFORE[0] * rate), round(AFTER[1] * rate)
    inside = [np.arange(low + before, high - after) for low, high in still if high - low > before + after]
    if not inside:
        return float("nan")
    places = np.concatenate(inside)
    some = places[:: max(1, places.size // TRIED)]
    jumps = np.array([_jump(trace[k - before : k + after + 1], before, rate) for k in some])
    return float(1.4826 * np.median(np.abs(jumps)))


def _edges(command: Floats, rate: float) -> list[tuple[int, float]]:
    """Where the command steps from one level to another and stays, and by how much (A)."""
    width = max(1, round(0.1e-3 * rate))
    before, after = round(BEFORE[0] * rate), round(AFTER[1] * rate)
    total = np.concatenate([[0.0], np.cumsum(command)])
    mean = (total[width:] - total[:-width]) / width
    jump = mean[width:] - mean[:-width]
    found = []
    for low, high in runs_of(np.abs(jump) > SMALLEST):
        edge = low + int(np.argmax(np.abs(jump[low:high]))) + width
        levels = command[max(edge - before, 0) : edge - width], command[edge + width : edge + after + 1]
        if edge < before or edge + after + 1 > command.size or not levels[0].size:
            continue
        step = float(levels[1].mean() - levels[0].mean())
        if abs(step) > SMALLEST and max(np.ptp(levels[0]), np.ptp(levels[1])) < 0.2 * abs(step):
            found.append((edge, step))
    return found


def _jump(trace: Floats, edge: int, rate: float) -> float:
    """The voltage at the edge by the line after it, less the mean before it."""
    first, last = edge + round(AFTER[0] * rate), edge + round(AFTER[1] * rate)
    times = np.arange(first, last + 1) - edge
    level = np.polyfit(times, trace[first : last + 1], 1)[1]
    quiet = trace[: max(edge - round(BEFORE[1] * rate), 1)]
    return float(level - quiet.mean())
