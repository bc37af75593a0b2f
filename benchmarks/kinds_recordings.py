"""Recordings with full spikes and spikelets whose kinds are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.spikes import Spikes

Floats = NDArray[np.float64]

RATE = 20_000.0
_NEAR = 1.5e-3
"""A spike found so near to a true one is that one, s."""


@dataclass(frozen=True)
class Made:
    """A recording, and when its full spikes and its spikelets peak, s."""

    recording: Recording
    full: Floats
    spikelets: Floats

    def scored(self, named: Spikes) -> Floats:
        """Spikelets found, spikelets there are, those called so, full spikes called so."""
        found = _nearest(named, self.spikelets)
        called = sum(named["kind"][k] == "spikelet" for k in found if k >= 0)
        wrong = sum(named["kind"][k] == "spikelet" for k in _nearest(named, self.full) if k >= 0)
        return np.array([(found >= 0).sum(), self.spikelets.size, called, wrong], np.float64)


def _nearest(spikes: Spikes, times: Floats) -> NDArray[np.int64]:
    rows = np.full(times.size, -1)
    for k, time in enumerate(times if len(spikes) else ()):
        row = int(np.abs(spikes.time - time).argmin())
        if abs(spikes.time[row] - time) <= _NEAR:
            rows[k] = row
    return rows


def with_spikelets(seed: int, duration: float, *, drift: float = 0.0) -> Made:
    """Full spikes at 2 Hz and spikelets at 1 Hz on a noisy membrane; access falls by `drift`.

    Spikelets have 12 to 25 % of the height of the full ones (65 to 90 mV) and the same onset.
    """
    rng = np.random.default_rng(seed)
    n = round(duration * RATE)
    volts = -0.065 + 2e-3 * _wander(n, 0.02, rng) + 1e-4 * rng.standard_normal(n)
    tall, share = rng.uniform(0.065, 0.090), rng.uniform(0.12, 0.25)
    every = np.cumsum(0.025 + rng.exponential(0.32, round(4 * duration) + 10))
    every = every[every < duration - 0.1]
    is_full = rng.random(every.size) < 2 / 3
    access = 1 - drift * np.arange(n) / n
    for time, full in zip(every, is_full, strict=True):
        _add(volts, access, round(time * RATE), tall * (1.0 if full else share) * np.exp(rng.normal(0, 0.04)))
    recording = Recording.from_array(volts.astype(np.float32), RATE, name=f"spikelets-{seed}")
    return Made(recording, every[is_full], every[~is_full])


def _wander(n: int, time_constant: float, rng: np.random.Generator) -> Floats:
    from scipy.signal import lfilter

    kept = np.exp(-1 / (time_constant * RATE))
    return np.asarray(lfilter([np.sqrt(1 - kept**2)], [1, -kept], rng.standard_normal(n)))


def _add(volts: Floats, access: Floats, at: int, height: float) -> None:
    """A sharp rise in 0.4 ms, a fall in 1 ms, a trough of a tenth that lasts 10 ms."""
    t = (np.arange(-60, 600)) / RATE
    up = np.exp(-((t / 2.5e-4) ** 2)) * (t < 0)
    down = (np.exp(-((t / 6e-4) ** 2)) - 0.1 * (1 - np.exp(-t / 5e-4)) * np.exp(-t / 0.01)) * (t >= 0)
    stop = min(at + 600, volts.size)
    volts[at - 60 : stop] += access[at] * height * (up + down)[: stop - at + 60]
