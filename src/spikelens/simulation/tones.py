"""Tones: when each was played, which it was, and how likely the cell was to hear it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Events
from spikelens.simulation.levels import generator
from spikelens.simulation.parameters import Drive, Tuning

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tones:
    """One entry per tone in every column; the truth about what was evoked.

    Parameters
    ----------
    start, stop : float64 array, s
    frequency : float64 array, Hz
    level : float64 array, dB
        Both are NaN where all tones are alike.
    share : float64 array, 0 to 1
        Probability that the tone sends a volley.
    volley : float64 array, s
        When its volley reached the cell; NaN if it sent none. Spikes follow it by the few
        milliseconds that the membrane takes.
    size : float64 array, uS
        Of the volley's excitation; NaN if there was none.
    """

    start: Floats
    stop: Floats
    frequency: Floats
    level: Floats
    share: Floats
    volley: Floats
    size: Floats

    def __len__(self) -> int:
        return self.start.size

    def events(self) -> Events:
        """As a rig would note them; the value is the frequency."""
        return Events.at(
            self.start, self.stop, label="tone", value=self.frequency.tolist(), source="stimulus"
        )

    def answered(self, is_heard: NDArray[np.bool_], at: Floats, size: Floats) -> Tones:
        """The tones with their volleys, `at` (s) and of `size` (uS), where one was sent."""
        return replace(self, volley=np.where(is_heard, at, np.nan), size=np.where(is_heard, size, np.nan))


def play_tones(drive: Drive, tuning: Tuning, duration: float, seed: int) -> Tones:
    """Play tones at even intervals: every frequency and level once in random order, and again."""
    if not drive.tones:
        return Tones(*(np.empty(0) for _ in range(7)))
    start = np.arange(drive.tone_interval / 2, duration - drive.tone_duration, drive.tone_interval)
    unheard = np.full(start.size, np.nan)
    stop = start + drive.tone_duration
    if not tuning.tone_frequencies:
        reliable = np.full(start.size, drive.tone_reliability)
        return Tones(start, stop, unheard, unheard, reliable, unheard, unheard)
    frequency, level = _sequence(tuning, start.size, seed)
    share = drive.tone_reliability * _heard(tuning, frequency, level)
    return Tones(start, stop, frequency, level, share, unheard, unheard)


def _sequence(tuning: Tuning, n: int, seed: int) -> tuple[Floats, Floats]:
    frequencies = np.geomspace(tuning.tone_lowest, tuning.tone_highest, tuning.tone_frequencies).round(1)
    levels = np.linspace(tuning.tone_quietest, tuning.tone_loudest, tuning.tone_levels)
    if tuning.tone_levels == 1:
        levels = np.array([tuning.tone_loudest])
    pairs = np.array([(f, level) for f in frequencies for level in levels])
    rng = generator(seed, "order of tones")
    rounds = [rng.permutation(pairs) for _ in range(-(-n // len(pairs)))]
    frequency, level = np.concatenate([*rounds, pairs[:0]])[:n].T
    return frequency, level


def _heard(tuning: Tuning, frequency: Floats, level: Floats) -> Floats:
    octaves = np.log2(frequency / tuning.preferred_frequency)
    loud = 1 / (1 + np.exp(-(level - tuning.level_threshold) / tuning.level_width))
    return np.exp(-0.5 * (octaves / tuning.tuning_width) ** 2) * loud
