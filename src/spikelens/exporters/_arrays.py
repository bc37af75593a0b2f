"""Recordings and tables as plain arrays by name, for formats that hold no more."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import UnsupportedInput
from spikelens.recording import Recording
from spikelens.spikes import Spikes

Arrays = dict[str, NDArray[Any]]


def recording_arrays(recording: Recording, spikes: Spikes | None) -> Arrays:
    """A recording as stored, and the facts without which its numbers mean nothing.

    ``samples`` (n_samples, n_channels), of which ``samples * gain + offset`` is in
    ``unit``; ``sampling_rate`` (Hz), ``sweep_lengths`` (samples), ``sweep_starts`` (s),
    ``mode``, and ``spike_times`` (s) where spikes are given.

    Raises
    ------
    UnsupportedInput
        Channels differ in unit or scale.
    """
    meanings = {(c.unit, c.gain, c.offset) for c in recording.channels}
    if len(meanings) > 1:
        raise UnsupportedInput("channels of different units or scales do not fit one array; choose a channel")
    unit, gain, offset = meanings.pop()
    arrays = {
        "samples": recording.stored(),
        "sampling_rate": np.float64(recording.sampling_rate),
        "unit": np.str_(unit),
        "gain": np.float64(gain),
        "offset": np.float64(offset),
        "sweep_lengths": np.diff(recording.sweeps.bounds),
        "sweep_starts": recording.sweeps.start_times,
        "mode": np.str_(recording.mode),
    }
    if spikes is not None:
        arrays["spike_times"] = spikes.time
    return {name: np.asarray(value) for name, value in arrays.items()}
