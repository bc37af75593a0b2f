"""Where the spikes truly are: peaks of the recorded trace as it is without noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Events
from spikelens.simulation.grid import RATE, Trace
from spikelens.simulation.membrane import Membrane

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_VISIBLE = 0.003
_AFTER_PEAK, _STILL_RISING = 0.005, 0.015
_EVOKED_WITHIN = 0.06


@dataclass(frozen=True)
class Truth:
    """The spikes of a simulated recording, one entry per spike in every column.

    Visible ones stand on local maxima of the noise-free trace, one each, in order.
    Those that are not visible, as they left no peak of 3 mV or were abortive in the cell
    itself, stand at the membrane's peak and score neither for nor against.
    """

    time: Floats
    """Of the peak between samples, s."""
    sample_index: Ints
    height: Floats
    """Peak minus the lowest value since the spike began, V; NaN if not visible."""
    visible: NDArray[np.bool_]
    kind: NDArray[np.str_]
    """``"evoked"`` within 60 ms of a tone's volley at the earliest, else ``"spontaneous"``."""

    def __len__(self) -> int:
        return self.time.size


def find_truth(membrane: Membrane, noise_free: Trace, sampling_rate: float, tones: Events) -> Truth:
    """Find each spike's peak in the noise-free recorded trace.

    Searched from where the membrane's spike begins until the next one begins, or until
    5 ms after the membrane's peak; where a poor access lets the trace rise longer, up to 15 ms.
    """
    ratio = RATE / sampling_rate
    foot = np.floor(membrane.foot / ratio).astype(np.int64)
    stop, latest = (_until(membrane, noise_free.size, ratio, after) for after in (_AFTER_PEAK, _STILL_RISING))
    still_rising = np.isneginf(_highest(noise_free, foot, stop)[1])
    stop = np.where(still_rising, _top_after(noise_free, stop, latest), stop)
    # The sample in which a spike begins may hold the peak of the one before.
    index, _ = _highest(noise_free, foot, stop)
    index, height = _highest(noise_free, foot + (np.diff(index, prepend=-1) == 0), stop)
    visible = (height >= _VISIBLE) & membrane.is_full & (np.diff(index, prepend=-1) > 0)
    fallback = np.minimum(np.rint(membrane.peak / ratio).astype(np.int64), noise_free.size - 1)
    sample = np.where(visible, index, fallback)
    time = np.where(visible, _between_samples(noise_free, index) / sampling_rate, membrane.peak / RATE)
    return Truth(time, sample, np.where(visible, height, np.nan), visible, _kinds(time, tones))


def _until(membrane: Membrane, n_samples: int, ratio: float, after: float) -> Ints:
    """Where the search for each spike's peak ends: so long (s) after the membrane's, or at the next spike."""
    following = np.append(membrane.foot[1:], 2**40)
    stop = np.ceil(np.minimum(following, membrane.peak + after * RATE) / ratio).astype(np.int64)
    return np.asarray(np.minimum(stop, n_samples - 1), np.int64)


def _top_after(trace: Trace, start: Ints, latest: Ints) -> Ints:
    """Just after the first sample from each start on that the next one does not exceed, up to the latest."""
    falls = np.flatnonzero(np.diff(trace) <= 0)
    first = np.append(falls, trace.size)[np.searchsorted(falls, start - 1)]
    return np.asarray(np.minimum(first + 1, latest), np.int64)


def _highest(trace: Trace, start: Ints, stop: Ints) -> tuple[Ints, Floats]:
    """The highest local maximum of each span, and its rise (V; -inf where there is none)."""
    if start.size == 0:
        return start, np.empty(0)
    window = np.arange(max(int((stop - start).max()), 1))
    at = np.clip(start[:, None] + window, 1, trace.size - 2)
    value = trace[at].astype(np.float64)
    is_top = (value > trace[at - 1]) & (value >= trace[at + 1])
    inside = (at >= start[:, None]) & (at < stop[:, None])
    candidates = np.where(is_top & inside, value, -np.inf)
    best, row = np.argmax(candidates, axis=1), np.arange(start.size)
    lowest = np.minimum.accumulate(value, axis=1)
    return at[row, best], candidates[row, best] - lowest[row, best]


def _between_samples(trace: Trace, index: Ints) -> Floats:
    """Where a parabola through three samples has its top, in samples."""
    at = np.clip(index, 1, trace.size - 2)
    left, middle, right = (trace[at + k].astype(np.float64) for k in (-1, 0, 1))
    curve = left - 2 * middle + right
    shift = np.divide(0.5 * (left - right), curve, out=np.zeros(at.size), where=curve < 0)
    return np.asarray(index + np.clip(shift, -0.5, 0.5), np.float64)


def _kinds(time: Floats, tones: Events) -> NDArray[np.str_]:
    last = np.searchsorted(tones.start, time, "right") - 1
    since = time - np.append(tones.start, -np.inf)[last]
    return np.where((since >= 0) & (since < _EVOKED_WITHIN), "evoked", "spontaneous")
