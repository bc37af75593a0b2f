"""Recordings and tables that exporters are tested with."""

from __future__ import annotations

import dataclasses

import numpy as np

from spikelens.recording import Events, Recording, Sweeps
from spikelens.simulation import Simulation, simulate
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches


def simulated() -> Simulation:
    return simulate(2.0, 10_000.0, seed=3, difficulty="easy", rate=5.0, pulses=True)


def in_sweeps(lengths: tuple[int, ...] = (300, 200), starts: tuple[float, ...] = (0.0, 90.0)) -> Recording:
    stored = np.arange(sum(lengths), dtype=np.int16) - 100
    plain = Recording.from_array(stored, 1000.0, gain=1e-4, sweep_lengths=lengths)
    events = Events.at([0.1], [0.2], label="tone", value=440.0, source="stimulus")
    return dataclasses.replace(plain, sweeps=Sweeps.of_lengths(lengths, starts), events=events)


def table(recording: Recording, times: list[float]) -> Spikes:
    """Spikes at the given times, with columns of every kind and some cells to trip over."""
    n = len(times)
    index = recording.sample_at(np.array(times)) if n else np.empty(0, np.int64)
    sweep = recording.sweeps.at(index)
    columns = {
        "time": np.array(times, np.float64),
        "sample_index": index,
        "sweep": sweep.astype(np.int32),
        "time_in_sweep": (index - recording.sweeps.bounds[sweep]) / recording.sampling_rate,
        "channel": np.array(["trace"] * n, "U8"),
        "channel_index": np.zeros(n, np.int32),
        "height": np.linspace(0.01, 1 / 30, n),
        "probability": np.linspace(0.1, 0.9, n).astype(np.float32),
        "verdict": np.array(["spike"] * n, "U8"),
        "width": np.where(np.arange(n) % 2, np.nan, 1 / 3e3),
        "onset_time": np.array(times, np.float64) - 1e-4,
        "notes": np.array((["=1+1", "-2", "a, b", 'say "no"', "plain"] * n)[:n], "U16"),
    }
    observed = Stretches.between_walls(recording, np.empty((0, 2), np.int64))
    made = Provenance("level", {"cutoff": -0.02}, "0.1.0", "abc", "current-clamp", 1)
    units = {"time": "s", "time_in_sweep": "s", "height": "V", "width": "s", "onset_time": "s"}
    rules = {"width": "at half height", "notes": "why a feature is missing"}
    return Spikes(columns, units, rules, recording.sampling_rate, observed, made)
