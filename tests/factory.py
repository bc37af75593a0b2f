"""Recordings and tables of spikes built by hand, for tests that need no reader and no detector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches

NO_WALLS = np.empty((0, 2), np.int64)
REST, PEAK = -0.065, 0.030


def spike_shape(sampling_rate: float, height: float = PEAK - REST) -> NDArray[np.float64]:
    """A spike of `height` (V), 2 ms long with its peak at 1 ms, added to a resting trace."""
    t = np.arange(round(2e-3 * sampling_rate) + 1) / sampling_rate - 1e-3
    return height * np.exp(-0.5 * (t / 2.5e-4) ** 2)


def make_trace(
    n_samples: int, sampling_rate: float, peaks: Sequence[int] = (), *, noise: float = 2e-4, seed: int = 0
) -> NDArray[np.float32]:
    """A resting trace (V) with noise and a spike that peaks at each of `peaks`."""
    trace = REST + noise * np.random.default_rng(seed).standard_normal(n_samples)
    shape = spike_shape(sampling_rate)
    for peak in peaks:
        first = peak - shape.size // 2
        low, high = max(first, 0), min(first + shape.size, n_samples)
        trace[low:high] += shape[low - first : high - first]
    return trace.astype(np.float32)


def make_recording(
    peaks: Sequence[int] = (), *, n_samples: int = 20_000, sampling_rate: float = 20_000.0, **facts: Any
) -> Recording:
    """A one-channel recording with a spike at each of `peaks`; `facts` go to `from_array`."""
    return Recording.from_array(make_trace(n_samples, sampling_rate, peaks), sampling_rate, **facts)


def make_spikes(
    recording: Recording,
    indices: Sequence[int],
    *,
    walls: NDArray[np.int64] = NO_WALLS,
    columns: Mapping[str, NDArray[Any]] | None = None,
    rejected: Sequence[int] | None = None,
) -> Spikes:
    """A table of spikes of a one-channel recording that peak at `indices`, in any order.

    `walls` are stretches not observed, `columns` replace or add to those made here, and
    `rejected` become the table's candidates.
    """
    sample_index = np.sort(np.asarray(indices, np.int64))
    candidates = None
    if rejected is not None:
        candidates = make_spikes(recording, rejected, walls=walls)
        candidates = candidates.with_columns({"verdict": np.full(len(candidates), "too_small")})
    spikes = Spikes(
        columns=_required(recording, sample_index),
        units={"time": "s", "time_in_sweep": "s", "height": recording.channels[0].unit},
        rules={},
        sampling_rate=recording.sampling_rate,
        stretches=Stretches.between_walls(recording, walls),
        provenance=Provenance("by_hand", {"cutoff": 0.01}, "0", recording.fingerprint, recording.mode, 1),
    )
    return replace(spikes.with_columns(columns or {}), candidates=candidates)


def _required(recording: Recording, sample_index: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    n = sample_index.size
    sweep = recording.sweeps.at(sample_index)
    inside = (sample_index - recording.sweeps.bounds[sweep]) / recording.sampling_rate
    return {
        "time": recording.time_of(sample_index) if n else np.empty(0),
        "sample_index": sample_index,
        "sweep": sweep.astype(np.int32),
        "time_in_sweep": inside,
        "channel": np.full(n, recording.channels[0].name),
        "channel_index": np.zeros(n, np.int32),
        "height": np.array([_height(recording, int(i)) for i in sample_index], np.float64),
        "probability": np.full(n, np.nan, np.float32),
        "verdict": np.full(n, "spike"),
    }


def _height(recording: Recording, peak: int) -> float:
    """The peak's value minus the median of the 5 ms before it."""
    before = recording.read(max(peak - round(5e-3 * recording.sampling_rate), 0), peak + 1)[:, 0]
    return float(before[-1] - np.median(before))
