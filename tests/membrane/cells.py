"""Membrane potentials of known statistics, with spikes added at known places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.spikes import Spikes
from tests.factory import make_spikes

RATE = 10_000.0
ONSET, BACK = 0.6e-3, 1.2e-3
"""The added spikes begin and end so long before and after their peak, s."""


def wander(
    n: int, *, mean: float = -0.065, sd: float = 2e-3, tau: float = 0.02, seed: int = 0
) -> NDArray[Any]:
    """A membrane potential of exactly this mean and SD, correlated over `tau` (s)."""
    from scipy.signal import lfilter

    white = np.random.default_rng(seed).standard_normal(n + 5000)
    slow = lfilter([1.0], [1.0, -np.exp(-1 / (tau * RATE))], white)[5000:]
    return mean + sd * (slow - slow.mean()) / slow.std()


def spike(height: float = 0.08) -> NDArray[Any]:
    """A triangle: up within `ONSET`, back within `BACK`."""
    up = np.linspace(0, height, round(ONSET * RATE), endpoint=False)
    return np.concatenate([up, np.linspace(height, 0, round(BACK * RATE) + 1)])


def with_spikes(volts: NDArray[Any], peaks: Sequence[int], **facts: Any) -> tuple[Recording, Spikes]:
    """A recording of `volts` with a spike at each peak, and their table with onsets."""
    trace, shape = volts.copy(), spike()
    before = round(ONSET * RATE)
    for peak in peaks:
        trace[peak - before : peak - before + shape.size] += shape
    recording = Recording.from_array(trace.astype(np.float32), RATE, **facts)
    onsets = recording.time_of(np.asarray(peaks, np.int64) - before) if len(peaks) else np.empty(0)
    return recording, make_spikes(recording, peaks, columns={"onset_time": onsets})
