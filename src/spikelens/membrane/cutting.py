"""Which time spikes take from the membrane potential: from their onset to where their fall is over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.membrane.rule import MembraneRule
from spikelens.passes import Chunk, read_chunk, spans
from spikelens.recording import Recording
from spikelens.spikes import Spikes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHUNK = 10.0
"""Length of what is read at once, s; cuts do not depend on it."""
WITHOUT_ONSET = 2e-3
"""A spike without an onset is cut from this long before its peak, s."""
SLOPE = 1e-3
"""The slope at a cut's end is taken over this time, s."""
_COLUMNS = 6


@dataclass(frozen=True)
class Cuts:
    """Samples taken by spikes, in order and apart from one another; columns of equal length."""

    start: Ints
    stop: Ints
    left: Floats
    """Voltage where the cut begins, V."""
    right: Floats
    """Voltage where it ends, V."""
    left_slope: Floats
    """Before the cut, V per sample."""
    right_slope: Floats
    """After the cut, V per sample."""

    def __len__(self) -> int:
        return self.start.size

    def between(self, start: int, stop: int) -> slice:
        """The cuts that hold some of the samples `start` to `stop`."""
        return slice(int(np.searchsorted(self.stop, start, "right")), int(np.searchsorted(self.start, stop)))

    def n_samples(self, start: int, stop: int) -> int:
        """How many of the samples `start` to `stop` are cut."""
        some = self.between(start, stop)
        return int((np.minimum(self.stop[some], stop) - np.maximum(self.start[some], start)).sum())


def cut_spikes(recording: Recording, spikes: Spikes, rule: MembraneRule) -> Cuts:
    """Find the window of each spike; windows that touch are one.

    Parameters
    ----------
    recording : Recording, one channel, V
    spikes : Spikes
        With ``onset_time``, as `spikelens.measure` adds it; where it is NaN the window
        begins 2 ms before the peak.
    rule : MembraneRule

    Returns
    -------
    Cuts
        None reaches across a wall.
    """
    rate = recording.sampling_rate
    onsets = _onsets(recording, spikes)
    margin = round((rule.longest + rule.lead + WITHOUT_ONSET + SLOPE) * rate) + 10 + _widest(spikes, onsets)
    parts = [np.empty((0, _COLUMNS))]
    for span in spans(spikes.stretches, max(1, round(CHUNK * rate)), margin):
        first, last = np.searchsorted(spikes.sample_index, [span.core_start, span.core_stop])
        if first < last:
            chunk = read_chunk(recording, span)
            parts.append(_windows(chunk, onsets[first : last + 1], spikes.sample_index[first:last], rule))
    table = np.concatenate(parts)
    return _merged(table)


def _onsets(recording: Recording, spikes: Spikes) -> Ints:
    """The sample where each spike sets off."""
    peaks = spikes.sample_index
    onsets = peaks - round(WITHOUT_ONSET * recording.sampling_rate)
    known = np.isfinite(spikes["onset_time"])
    onsets[known] = np.minimum(recording.sample_at(spikes["onset_time"][known]), peaks[known])
    return onsets


def _widest(spikes: Spikes, onsets: Ints) -> int:
    return int((spikes.sample_index - onsets).max(initial=0))


def _windows(chunk: Chunk, onsets: Ints, peaks: Ints, rule: MembraneRule) -> Floats:
    """A row of `Cuts` per peak of the chunk's core; `onsets` has the next spike's too, if there is one."""
    rate, trace = chunk.sampling_rate, chunk.trace
    lead, longest = round(rule.lead * rate), max(2, round(rule.longest * rate))
    slope = max(1, round(SLOPE * rate))
    table = np.empty((peaks.size, _COLUMNS))
    for k, peak in enumerate(peaks - chunk.start):
        onset = max(int(onsets[k]) - chunk.start, 0)
        limit = min(peak + longest, trace.size)
        if k + 1 < onsets.size:
            limit = min(limit, max(int(onsets[k + 1]) - chunk.start, peak + 1))
        start, stop = max(onset - lead, 0), _end(trace, onset, (peak, limit), rule)
        before, after = max(start - slope, 0), min(stop + slope, trace.size - 1)
        table[k] = (
            start + chunk.start,
            stop + chunk.start,
            trace[start],
            trace[stop],
            (trace[start] - trace[before]) / max(start - before, 1),
            (trace[after] - trace[stop]) / max(after - stop, 1),
        )
    return table


def _end(trace: NDArray[np.float32], onset: int, after: tuple[int, int], rule: MembraneRule) -> int:
    """Where a spike's fall is over: back at the onset's voltage, else at its lowest."""
    fall = trace[slice(*after)]
    back = fall <= trace[onset]
    if rule.until == "return" and back[1:].any():
        return after[0] + 1 + int(np.argmax(back[1:]))
    return after[0] + int(np.argmin(fall))


def _merged(table: Floats) -> Cuts:
    """Cuts with those that touch joined; each keeps its left end, and its last part's right one."""
    start, stop = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    reached = np.maximum.accumulate(stop) if stop.size else stop
    opens = np.concatenate([[True], start[1:] > reached[:-1]])[: start.size]
    first = np.flatnonzero(opens)
    last = np.append(first[1:], start.size)[: first.size] - 1
    return Cuts(start[first], reached[last], table[first, 2], table[last, 3], table[first, 4], table[last, 5])
