"""Coherence of the membrane potential with a second channel, over segments that cross no wall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.membrane.passing import Coarse

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
"""Without any coherence, this share of the values at one frequency lies below the level."""
FEWEST = 8
"""Coherence is not computed from fewer segments: chance alone would make it large."""
SHORTEST = 8
"""Segments of fewer bins tell nothing."""
TOGETHER = 64
"""Segments transformed at once, so that long recordings stay small."""
_OVERLAP = 36.0
"""Squared correlation of half overlapping Hann windows is 1/36 (Welch 1967)."""


@dataclass(frozen=True)
class Coherence:
    """Magnitude-squared coherence and phase by frequency."""

    frequency: Floats
    """Hz, without 0."""
    coherence: Floats
    """0 to 1."""
    phase: Floats
    """Of the second channel after the first, rad; positive where the second leads."""
    level: float
    """What chance stays below at one frequency with a probability of 0.95."""
    n_segments: int
    n_independent: float
    """As many independent segments as the overlapping ones are worth."""
    segment: float
    """Length of a segment, s."""


def find_coherence(first: Coarse, second: Coarse, *, segment: float) -> Coherence | None:
    """Welch's estimate with Hann windows that overlap by half; None if there are too few segments.

    Where stretches are shorter than `segment`, segments are as long as the median stretch.

    Parameters
    ----------
    first, second : Coarse
        Of the same stretches and bins.
    segment : float, s, > 0

    Returns
    -------
    Coherence or None
        The level is ``1 - 0.05 ** (1 / (L - 1))`` of L independent segments (Halliday et
        al. 1995), L corrected for the overlap (Welch 1967).
    """
    lengths = np.diff(first.first)
    wanted = round(segment * first.sampling_rate)
    n = int(min(wanted, np.median(lengths))) if lengths.size else 0
    if n < SHORTEST:
        return None
    spectra, n_segments = np.zeros((3, n // 2 + 1), np.complex128), 0
    for x, y in zip(first, second, strict=True):
        for piece in _pieces(x.size, n):
            exact = x[piece].astype(np.float64), y[piece].astype(np.float64)
            mine = (exact[0].size - n // 2) // (n - n // 2)
            spectra += mine * _spectra(*exact, n, first.sampling_rate)
            n_segments += mine
    if n_segments < FEWEST:
        return None
    return _of_spectra(spectra, n_segments, n, first.sampling_rate)


def _pieces(size: int, n: int) -> Iterator[slice]:
    """Parts of a stretch that hold its segments of `n` bins, each once, and at most `TOGETHER` at a time."""
    hop = n - n // 2
    n_segments = (size - n // 2) // hop
    for k in range(0, n_segments, TOGETHER):
        last = min(k + TOGETHER, n_segments) - 1
        yield slice(k * hop, last * hop + n)


def _spectra(x: Floats, y: Floats, n: int, sampling_rate: float) -> NDArray[np.complex128]:
    """Both power spectra and the cross spectrum, (3, n_frequencies), means over segments."""
    from scipy.signal import csd

    settings = (sampling_rate, "hann", n, n // 2)
    return np.array([csd(a, b, *settings)[1] for a, b in ((x, x), (y, y), (x, y))], np.complex128)


def _of_spectra(spectra: NDArray[np.complex128], n_segments: int, n: int, sampling_rate: float) -> Coherence:
    power = spectra[0].real * spectra[1].real
    with np.errstate(invalid="ignore", divide="ignore"):
        coherence = np.abs(spectra[2]) ** 2 / power
    # Segments of different stretches do not overlap; to count them as if they did is on the safe side.
    independent = n_segments / (1 + 2 * (1 - 1 / n_segments) / _OVERLAP)
    level = 1 - (1 - CONFIDENCE) ** (1 / (independent - 1))
    frequency = np.fft.rfftfreq(n, 1 / sampling_rate).astype(np.float64)
    return Coherence(
        frequency=frequency[1:],
        coherence=coherence[1:],
        phase=np.angle(spectra[2])[1:],
        level=float(level),
        n_segments=n_segments,
        n_independent=float(independent),
        segment=n / sampling_rate,
    )
