"""Traces with spikes of known shape, and chunks of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.passes import Chunk, Span
from spikelens.stretches import Stretch


def chunk_of(volts: NDArray[np.floating], rate: float, sign: int = 1) -> Chunk:
    """A whole sweep as one chunk."""
    n = volts.size
    return Chunk(
        stored=np.asarray(volts, np.float32)[:, None],
        gain=np.ones(1),
        offset=np.zeros(1),
        sign=sign,
        span=Span(Stretch(0, 0, n), 0, n, 0, n),
        sampling_rate=rate,
    )


def gaussians(
    times: NDArray[np.floating],
    rate: float,
    *,
    width: float = 1e-3,
    height: float = 0.08,
    length: float = 1.0,
) -> NDArray[np.float64]:
    """Gaussian bumps with a full width at half height, on a rest of -65 mV."""
    t = np.arange(round(length * rate)) / rate
    sd = width / (2 * np.sqrt(2 * np.log(2)))
    bumps = np.exp(-0.5 * ((t[:, None] - np.asarray(times)[None, :]) / sd) ** 2)
    return -0.065 + height * bumps.sum(axis=1)


def spiky(
    rate: float, *, seed: int = 0, length: float = 2.0, noise: float = 2e-4, n: int = 24
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """A noisy ramp with spikes that have an AHP, and where their peaks are."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(length * rate)) / rate
    volts = -0.07 + 0.01 * t / length + rng.normal(0, noise, t.size)
    for at in np.linspace(0.05, length - 0.1, n) + rng.uniform(-0.01, 0.01, n):
        s = (t - at) * 1e3
        after = np.maximum(s, 0)
        volts += 0.09 * np.exp(-0.5 * (s / np.where(s < 0, 0.25, 0.4)) ** 2)
        volts -= 0.012 * (1 - np.exp(-after / 0.5)) * np.exp(-after / 8)
        volts += 0.006 * np.exp(np.minimum(s, 0) / 4) * (s < 0) + 0.006 * np.exp(-after / 1.0) * (s >= 0)
    stored = volts.astype(np.float32)
    return stored, peaks_above(stored, -0.02)


def peaks_above(volts: NDArray[np.floating], level: float) -> NDArray[np.int64]:
    """The highest sample of each excursion above a level."""
    above = np.concatenate([[False], np.asarray(volts) > level, [False]])
    starts = np.flatnonzero(np.diff(above.astype(int)) == 1)
    stops = np.flatnonzero(np.diff(above.astype(int)) == -1)
    pairs = zip(starts, stops, strict=True)
    return np.array([a + int(np.argmax(volts[a:b])) for a, b in pairs], np.int64)
