"""Noise, hum and saturation of a stretch of samples."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.quality.sections import runs_of

Floats = NDArray[np.float64]

MAD_OF_NORMAL = 0.6745
"""Median absolute deviation of a normal distribution, in standard deviations."""
KEPT_OF_NORMAL = 0.98658
"""Standard deviation of a normal distribution cut at three of its own."""
LOCAL = 5e-3
"""Noise is what a sample has beyond the mean of this time around it, s."""
MAINS = (50.0, 60.0)
"""Frequencies of the mains, Hz."""
_SEGMENT, _SHORTEST = 1.0, 0.2
_NEIGHBOURS = (-4, -3, 3, 4)
"""Bins beside the mains that tell the background; a Hann window's own reaches two."""
FLAT = 0.5e-3
"""As long (s), and as many samples (5), at the extreme value stand for the converter's end."""
FAR = 10.0
"""An extreme nearer to the median than so many robust standard deviations is no end."""


def noise_level(trace: Floats, sampling_rate: float) -> float:
    """Standard deviation of noise faster than 5 ms, V or A, without what is no noise.

    That is, of samples within three median absolute deviations (scaled to a normal
    distribution's standard deviation); NaN of less than 10 ms.
    """
    half = max(1, round(LOCAL / 2 * sampling_rate))
    if trace.size < 4 * half:
        return float("nan")
    total = np.cumsum(np.concatenate([[0.0], trace - trace.mean()]))
    around = (total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1)
    fast = trace[half:-half] - trace.mean() - around
    # The mean holds its share of the sample itself, which makes the rest smaller.
    share = np.sqrt(1 - 1 / (2 * half + 1))
    away = np.abs(fast - np.median(fast))
    kept = fast[away <= 3 * np.median(away) / MAD_OF_NORMAL]
    return float(kept.std() / KEPT_OF_NORMAL / share)


def hum_powers(trace: Floats, sampling_rate: float) -> Floats:
    """Squared amplitude at 50 and at 60 Hz above the background beside them, V² or A², (2,).

    NaN for traces shorter than 0.2 s, and for rates that do not show the mains.
    """
    n = min(trace.size, round(_SEGMENT * sampling_rate))
    if n < _SHORTEST * sampling_rate or sampling_rate < 3 * MAINS[1]:
        return np.full(2, np.nan)
    segments = trace[: trace.size // n * n].reshape(-1, n)
    found = (segments - segments.mean(axis=1, keepdims=True)) @ _waves(n, sampling_rate)
    power = (np.abs(found) ** 2).mean(axis=0).reshape(2, -1)
    return np.asarray(power[:, 0] - power[:, 1:].mean(axis=1))


@cache
def _waves(n: int, sampling_rate: float) -> NDArray[np.complex128]:
    """Hann-windowed waves at the mains and beside them, scaled so that a wave's own gives its amplitude."""
    frequencies = [f + k * sampling_rate / n for f in MAINS for k in (0, *_NEIGHBOURS)]
    window = np.hanning(n)
    turns = np.outer(np.arange(n) / sampling_rate, frequencies)
    return np.asarray(2 / window.sum() * window[:, None] * np.exp(-2j * np.pi * turns))


def railed(stored: NDArray[Any], sampling_rate: float) -> int:
    """Samples that stand at the lowest or highest value for 0.5 ms or more, far from the median."""
    if not stored.size:
        return 0
    middle = float(np.median(stored))
    spread = float(np.median(np.abs(stored - middle))) / MAD_OF_NORMAL
    longest = max(5, round(FLAT * sampling_rate))
    count = 0
    for end in (stored.min(), stored.max()):
        if abs(float(end) - middle) > FAR * spread:
            count += sum(b - a for a, b in runs_of(stored == end) if b - a >= longest)
    return count
