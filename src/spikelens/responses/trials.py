"""Trials: the spikes about each stimulus, and how much time about it was observed.

Times count from the stimulus' onset. A trial never reaches into another sweep, and time
that was blanked, missing or not asked for is no observed time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.responses.plan import Window
from spikelens.responses.stimuli import Floats, Ints, Stimuli
from spikelens.spikes import Spikes
from spikelens.stretches import Stretches

_NANOSECONDS = 9


class Counts(NamedTuple):
    """Spikes of each trial in one window."""

    n: Ints
    exposure: Floats
    """Observed time of the window, s."""
    is_whole: NDArray[np.bool_]
    """Whether all of the window was observed."""


class Aligned(NamedTuple):
    """Spikes in one window, trial after trial, in the order of time within each."""

    trial: Ints
    time: Floats
    """From the onset, s."""


@dataclass(frozen=True)
class Trials:
    """Stimuli with the spikes of a recording about them; columns of n_trials entries."""

    stimuli: Stimuli
    group: Ints
    """Each trial's condition, counted from 0."""
    conditions: tuple[Mapping[str, Any], ...]
    onset: Floats = field(repr=False)
    """Samples through the file, fractional."""
    sweep_bounds: Ints = field(repr=False)
    spike_sample: Floats = field(repr=False)
    """Spikes' peaks in samples through the file, fractional, sorted."""
    stretches: Stretches = field(repr=False)
    sampling_rate: float

    @classmethod
    def about(cls, recording: Recording, spikes: Spikes, stimuli: Stimuli, by: tuple[str, ...]) -> Trials:
        """The trials of a recording, in conditions by the named columns."""
        kept, group, conditions = stimuli.grouped(by)
        bounds, rate = recording.sweeps.bounds, recording.sampling_rate
        at = np.sort(bounds[spikes.sweep] + spikes.time_in_sweep * rate)
        onset = bounds[kept.sweep] + kept.onset * rate
        return cls(kept, group, conditions, onset, bounds, at, spikes.stretches, rate)

    def __len__(self) -> int:
        return self.onset.size

    @property
    def repeats(self) -> Ints:
        """Trials per condition."""
        return np.bincount(self.group, minlength=len(self.conditions))

    def counted(self, window: Window) -> Counts:
        """Count each trial's spikes in a window."""
        first, stop = self._spikes_in(window)
        exposure = self.exposure(window)
        is_whole = exposure >= window.width - 0.5 / self.sampling_rate
        return Counts(stop - first, exposure, is_whole)

    def free_from(self, baseline: Window, window: Window) -> Floats:
        """When each baseline begins, s from the onset: not before the window of the trial before ends."""
        earlier = np.searchsorted(self.onset, self.onset - 0.5) - 1
        before = np.clip(earlier, 0, None)
        follows = (earlier >= 0) & (self.stimuli.sweep[before] == self.stimuli.sweep)
        gap = (self.onset - self.onset[before]) / self.sampling_rate
        return np.where(follows, np.clip(window.high - gap, baseline.low, baseline.high), baseline.low)

    def spontaneous(self, baseline: Window, window: Window) -> Counts:
        """Count each trial's spikes in its baseline, without what the stimulus before may have evoked."""
        counts, low = self.counted(baseline), self.free_from(baseline, window)
        late = np.flatnonzero(low > baseline.low)
        if not late.size:
            return counts
        edges = np.stack([low[late], np.full(late.size, baseline.high)], axis=1)
        at = np.clip(
            self.onset[late, None] + edges * self.sampling_rate,
            *(self.sweep_bounds[self.stimuli.sweep[late, None] + k] for k in (0, 1)),
        )
        n, exposure, is_whole = counts.n.copy(), counts.exposure.copy(), counts.is_whole.copy()
        n[late] = np.diff(np.searchsorted(self.spike_sample, at - self._hair), axis=1)[:, 0]
        exposure[late] = self._seconds(late, edges)[:, 0]
        is_whole[late] = False
        return Counts(n, exposure, is_whole)

    def aligned(self, window: Window) -> Aligned:
        """The spikes of a window; one that lies in the windows of two trials comes twice."""
        first, stop = self._spikes_in(window)
        n = stop - first
        trial = np.repeat(np.arange(len(self)), n)
        row = np.arange(trial.size) - np.repeat(np.cumsum(n) - n, n) + first[trial]
        time = (self.spike_sample[row] - self.onset[trial]) / self.sampling_rate
        return Aligned(trial, np.round(time, _NANOSECONDS))

    def exposure(self, window: Window) -> Floats:
        """Observed seconds of each trial's window, (n_trials,)."""
        seconds = np.full(len(self), window.width)
        cut = self._cut(window)
        seconds[cut] = self._seconds(cut, np.array(window))[:, 0]
        return seconds

    def summed_exposure(self, edges: Floats) -> Floats:
        """Observed seconds between consecutive `edges` (s from onset): (n_conditions, n_bins)."""
        n = len(self.conditions)
        cut = self._cut(Window(float(edges[0]), float(edges[-1])))
        seconds, group = self._seconds(cut, edges), self.group[cut]
        parts = [np.bincount(group, column, n) for column in seconds.T]
        whole = self.repeats - np.bincount(group, minlength=n)
        return np.asarray(whole[:, None] * np.diff(edges) + np.stack(parts, axis=1), np.float64)

    def _cut(self, window: Window) -> Ints:
        """The trials whose window does not lie in one stretch."""
        low, high = self._limits(window)
        if not len(self.stretches):
            return np.arange(len(self))
        found = self.stretches.at(np.floor(low + 1e-6).astype(np.int64))
        is_whole = (found >= 0) & (high <= self.stretches.stop[found] + 1e-6)
        return np.flatnonzero(~is_whole | (self.stretches.sweep[found] != self.stimuli.sweep))

    def _seconds(self, trials: Ints, edges: Floats) -> Floats:
        """Observed seconds of some trials between edges, within their sweeps."""
        sweep = self.stimuli.sweep[trials, None]
        at = self.onset[trials, None] + edges * self.sampling_rate
        inside = np.clip(at, self.sweep_bounds[sweep], self.sweep_bounds[sweep + 1])
        return np.diff(self.stretches.observed_before(inside), axis=1) / self.sampling_rate

    def overlapping(self, window: Window) -> int:
        """How many trials' windows begin before that of the trial before has ended, in the same sweep."""
        gaps = np.diff(self.onset) / self.sampling_rate
        same = np.diff(self.stimuli.sweep) == 0
        return int((same & (gaps < window.width - 0.5 / self.sampling_rate)).sum())

    @property
    def _hair(self) -> float:
        """Half a nanosecond, in samples: a spike on an edge belongs to what begins there."""
        return 0.5e-9 * self.sampling_rate

    def _limits(self, window: Window) -> tuple[Floats, Floats]:
        return self.onset + window.low * self.sampling_rate, self.onset + window.high * self.sampling_rate

    def _spikes_in(self, window: Window) -> tuple[Ints, Ints]:
        """First spike and the one behind the last of each trial's window, within its sweep."""
        low, high = (self.sweep_bounds[self.stimuli.sweep + k] for k in (0, 1))
        limits = (np.clip(at, low, high) for at in self._limits(window))
        first, stop = (np.searchsorted(self.spike_sample, at - self._hair).astype(np.int64) for at in limits)
        return first, np.maximum(stop, first)
