"""One pass over a trace: exact sums and a histogram per sweep, and a coarse copy to keep in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.passes import read_chunk, spans
from spikelens.recording import Recording
from spikelens.stretches import Stretches

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COARSE = 0.5e-3
"""Bins of the coarse trace, s; one sample where that is longer."""
CHUNK = 10.0
"""Length of what is read at once, s; only the last bits of sums depend on it."""
LOWEST, STEP, N_LEVELS = -0.150, 0.25e-3, 1000
"""Histograms have bins of 0.25 mV from -150 to 100 mV; what lies beyond is in the outer ones."""
EDGES: Floats = LOWEST + STEP * np.arange(N_LEVELS + 1, dtype=np.float64)
CENTRES: Floats = EDGES[:-1] + STEP / 2
_REFERENCE = -0.060
_POWERS = 4


@dataclass(frozen=True)
class Tally:
    """What is known of the distribution of a voltage, and can be added up."""

    sums: Floats
    """Of powers 0 to 3 of the voltage above a fixed level."""
    counts: Ints
    """Samples per bin of `EDGES`."""

    @classmethod
    def of(cls, volts: NDArray[np.float32]) -> Tally:
        """The tally of some samples, V."""
        above = volts.astype(np.float64) - _REFERENCE
        bins = np.clip(((volts - LOWEST) / STEP).astype(np.int64), 0, N_LEVELS - 1)
        sums = np.array([above.size, above.sum(), (above**2).sum(), (above**3).sum()])
        return cls(sums, np.bincount(bins, minlength=N_LEVELS))

    @classmethod
    def together(cls, tallies: Iterable[Tally]) -> Tally:
        """The tally of all samples of several."""
        sums, counts = np.zeros(_POWERS), np.zeros(N_LEVELS, np.int64)
        for tally in tallies:
            sums, counts = sums + tally.sums, counts + tally.counts
        return cls(sums, counts)

    @property
    def n_samples(self) -> int:
        return int(self.sums[0])

    @property
    def mean(self) -> float:
        """V; NaN of no samples."""
        return float(self._moments()[0] + _REFERENCE)

    @property
    def sd(self) -> float:
        """Standard deviation of the samples, V."""
        return float(self._moments()[1] ** 0.5)

    @property
    def skewness(self) -> float:
        """Third standardised moment; positive where depolarisations are the larger excursions."""
        _, variance, third = self._moments()
        return float(third / variance**1.5) if variance > 0 else float("nan")

    def quantile(self, share: float) -> float:
        """The voltage that `share` (0 to 1) of the samples lie below, V, within half a bin."""
        if not self.n_samples:
            return float("nan")
        below = np.concatenate([[0], np.cumsum(self.counts)])
        target = share * below[-1]
        k = int(np.clip(np.searchsorted(below, target, "left") - 1, 0, N_LEVELS - 1))
        return float(EDGES[k] + STEP * (target - below[k]) / max(self.counts[k], 1))

    def _moments(self) -> tuple[float, float, float]:
        """Mean above the reference, variance and third central moment."""
        n = self.sums[0]
        if not n:
            return (float("nan"),) * 3
        first, second, third = (float(s) for s in self.sums[1:] / n)
        variance = max(second - first**2, 0.0)
        return first, variance, third - 3 * first * second + 2 * first**3


@dataclass(frozen=True)
class Coarse:
    """A trace in means over bins of `step` samples, none across a wall."""

    values: NDArray[np.float32]
    """V or A, one stretch after the other."""
    first: Ints
    """The first bin of each stretch, and the end, (n_stretches + 1,)."""
    stretches: Stretches
    step: int
    sampling_rate: float
    """Of the bins, Hz."""

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """The bins of one stretch after the other."""
        for k in range(len(self.stretches)):
            yield self.values[self.first[k] : self.first[k + 1]]

    def bin_of(self, sample_index: Ints) -> tuple[Ints, Ints]:
        """The bin that holds each sample, and its stretch; -1 for both where none does."""
        stretch = self.stretches.at(sample_index)
        inside = (sample_index - self.stretches.start[stretch]) // self.step
        found = self.first[stretch] + inside
        lost = (stretch < 0) | (found >= self.first[stretch + 1])
        return np.where(lost, -1, found), np.where(lost, -1, stretch)

    def sample_of(self, bins: Ints, stretch: Ints) -> Ints:
        """The first sample of each bin of the stretches named."""
        return np.asarray(self.stretches.start[stretch] + (bins - self.first[stretch]) * self.step)


@dataclass(frozen=True)
class Passed:
    """What one pass gives."""

    tallies: dict[int, Tally]
    """By sweep; sweeps of which nothing was observed have none."""
    coarse: Coarse

    @property
    def whole(self) -> Tally:
        """The tally of all sweeps."""
        return Tally.together(self.tallies.values())


def coarse_step(sampling_rate: float) -> int:
    """Samples in a bin of the coarse trace."""
    return max(1, round(COARSE * sampling_rate))


def pass_over(recording: Recording, stretches: Stretches) -> Passed:
    """Read a one-channel recording once.

    Parameters
    ----------
    recording : Recording, one channel
        In V for the tallies to mean anything.
    stretches : Stretches
    """
    step = coarse_step(recording.sampling_rate)
    chunk = max(step, round(CHUNK * recording.sampling_rate) // step * step)
    tallies: dict[int, Tally] = {}
    parts, n_bins = [np.empty(0, np.float32)], np.zeros(len(stretches), np.int64)
    for span in spans(stretches, chunk, 0):
        trace = read_chunk(recording, span).trace
        before = tallies.get(span.stretch.sweep, Tally.together([]))
        tallies[span.stretch.sweep] = Tally.together([before, Tally.of(trace)])
        whole = trace[: trace.size // step * step].reshape(-1, step)
        parts.append(whole.mean(axis=1, dtype=np.float64).astype(np.float32))
        n_bins[int(stretches.at(np.array([span.core_start]))[0])] += len(whole)
    first = np.concatenate([[0], np.cumsum(n_bins)]).astype(np.int64)
    coarse = Coarse(np.concatenate(parts), first, stretches, step, recording.sampling_rate / step)
    return Passed(tallies, coarse)
