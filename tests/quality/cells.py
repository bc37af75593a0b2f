"""A cell with current pulses, whose bridge error, rest, spikes, noise and hum are known."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from spikelens.recording import Channel, Recording, Stimulus
from spikelens.sources import ArraySource
from spikelens.spikes import Spikes
from tests.factory import make_spikes, spike_shape

RATE = 20_000.0
SWEEP = 20_000
"""Samples in a sweep."""
PULSE = slice(4000, 8000)
SPIKE = 14_000
INPUT_RESISTANCE, TIME_CONSTANT = 100e6, 0.02


def cell(
    n_sweeps: int = 20,
    *,
    rest: float | NDArray[Any] = -0.065,
    bridge: float | NDArray[Any] = 10e6,
    height: float | NDArray[Any] = 0.09,
    noise: float = 1e-4,
    hum: float = 0.0,
    seed: int = 0,
) -> tuple[Recording, Spikes]:
    """Sweeps of 1 s with a pulse of -100 pA and one spike; facts are one for all or one per sweep."""
    rests, bridges, heights = (np.broadcast_to(x, n_sweeps) for x in (rest, bridge, height))
    current = np.zeros(SWEEP)
    current[PULSE] = -100e-12
    decay = np.exp(-1 / (TIME_CONSTANT * RATE))
    charged = lfilter([0, 1 - decay], [1, -decay], INPUT_RESISTANCE * current)
    volts = rests[:, None] + charged + bridges[:, None] * current
    shape = spike_shape(RATE, 1.0)
    low = SPIKE - shape.size // 2
    volts[:, low : low + shape.size] += heights[:, None] * shape
    rng = np.random.default_rng(seed)
    trace = volts.ravel() + noise * rng.standard_normal(volts.size)
    trace += hum * np.sin(2 * np.pi * 50 * np.arange(volts.size) / RATE + 0.3)
    recording = Recording.from_array(trace.astype(np.float32), RATE, sweep_lengths=[SWEEP] * n_sweeps)
    command = np.tile(current, n_sweeps).astype(np.float32)[:, None]
    stimulus = Stimulus(ArraySource(command), Channel("I", "current", stated_unit="A"), "reconstructed")
    recording = dataclasses.replace(recording, stimulus=stimulus)
    return recording, spikes_of(recording, n_sweeps, heights)


def spikes_of(recording: Recording, n_sweeps: int, heights: NDArray[Any]) -> Spikes:
    """The spikes where they were put, with their onsets and heights."""
    peaks = SWEEP * np.arange(n_sweeps) + SPIKE
    onsets = recording.time_of(peaks - round(0.8e-3 * RATE))
    return make_spikes(recording, peaks, columns={"onset_time": onsets, "height": heights.astype(float)})
