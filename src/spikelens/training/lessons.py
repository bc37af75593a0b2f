"""From a recording to a lesson: its candidates, and which of them are spikes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors._adaptation import Candidates
from spikelens.detectors._candidates import margin, noise_levels, seek
from spikelens.passes import read_chunk, spans, survey_spans
from spikelens.stretches import Stretches
from spikelens.training.cells import draw_example, family_of
from spikelens.training.fitting import Lesson

Floats = NDArray[np.float64]

TOLERANCE = 1e-3
"""A candidate so close to a spike's peak is that spike, s."""
_HIDDEN_BEFORE, _HIDDEN_AFTER = 2e-3, 4e-3


def lesson_of(number: int, duration: float) -> Lesson:
    """The candidates of the recording of this number, labelled by the truth."""
    example = draw_example(number, duration=duration)
    recording = example.recording
    rate = recording.sampling_rate
    whole = Stretches.between_walls(recording, np.empty((0, 2), np.int64))
    survey = noise_levels([read_chunk(recording, span) for span in survey_spans(recording, whole)])
    (span,) = spans(whole, recording.n_samples, margin(rate))
    found = seek(read_chunk(recording, span), survey)
    seconds = found["sample_index"] / rate
    seen = Candidates(seconds, found["_measures"], found["_waveform"], survey["noise_level"])
    return Lesson(
        seen, found["sample_index"], labels(seconds, example.visible, example.hidden), family_of(number)
    )


def labels(seconds: Floats, visible: Floats, hidden: Floats) -> NDArray[np.int8]:
    """1 for the candidate nearest to a visible spike, -1 close to a hidden one, else 0.

    Parameters
    ----------
    seconds : float64 array, (n,), s, sorted
    visible, hidden : float64 array, s, sorted
    """
    out = np.zeros(seconds.size, np.int8)
    low, high = (
        np.searchsorted(hidden, seconds - _HIDDEN_AFTER),
        np.searchsorted(hidden, seconds + _HIDDEN_BEFORE),
    )
    out[high > low] = -1
    if not seconds.size:
        return out
    after = np.clip(np.searchsorted(seconds, visible), 0, seconds.size - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(seconds[before] - visible) <= np.abs(seconds[after] - visible), before, after)
    out[nearest[np.abs(seconds[nearest] - visible) <= TOLERANCE]] = 1
    return out
