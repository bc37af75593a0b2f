"""Cells for tests of responses: spikes and stimuli where they are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from benchmarks.responses import NO_WALLS, planted

from spikelens.recording import Recording
from spikelens.responses.stimuli import Stimuli
from spikelens.spikes import Spikes

RATE = 10_000.0
REST = np.int16(0)


def empty(*seconds: float, rate: float = RATE, **facts: Any) -> Recording:
    """A recording of such sweeps in which nothing happens."""
    lengths = [round(s * rate) for s in seconds]
    samples = np.broadcast_to(REST, (sum(lengths), 1))
    return Recording.from_array(samples, rate, sweep_lengths=lengths, **facts)


def spikes_at(recording: Recording, times: Sequence[float], walls: np.ndarray = NO_WALLS) -> Spikes:
    """Spikes at times (s, sweeps laid end to end)."""
    return planted(recording, np.asarray(times, np.float64) * recording.sampling_rate, walls)


def stimuli_at(recording: Recording, start: Sequence[float], **conditions: Sequence[Any]) -> Stimuli:
    """Stimuli at times (s) on the recording's clock."""
    columns = {name: np.asarray(values) for name, values in conditions.items()}
    at = np.asarray(start, np.float64)
    return Stimuli.on_clock(recording, at, at + 0.025, conditions=columns, origin="a test")


def poisson_cell(
    n_trials: int,
    *,
    spontaneous: float = 5.0,
    evoked: float = 0.0,
    apart: float = 0.5,
    seed: int = 0,
    late: tuple[float, float] = (0.02, 0.002),
) -> tuple[Recording, Spikes, Stimuli]:
    """One cell: Poisson spikes, and a tone every `apart` s that calls one with probability `evoked`."""
    rng = np.random.default_rng(seed)
    recording = empty(n_trials * apart + 1.0)
    start = 0.5 + apart * np.arange(n_trials)
    own = rng.uniform(0, recording.duration, rng.poisson(spontaneous * recording.duration))
    heard = rng.random(n_trials) < evoked
    called = (start + rng.normal(*late, n_trials))[heard]
    return recording, spikes_at(recording, np.concatenate([own, called])), stimuli_at(recording, start)
