"""What a rig adds beside the simulation's own disturbances, so that training has met it."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.simulation import Simulation

Floats = NDArray[np.float64]


def add_troubles(made: Simulation, rng: np.random.Generator) -> Simulation:
    """The same recording with a few of the troubles below, each by chance."""
    recording = made.recording
    trace = recording.read(0, recording.n_samples)[:, 0].astype(np.float64)
    size = float(str(made.parameters["height"]))
    rate = recording.sampling_rate
    for chance, trouble in _TROUBLES:
        if rng.random() < chance:
            trace += trouble(trace.size, rate, rng) * size
    changed = Recording.from_array(trace.astype(np.float32), rate, name=recording.name)
    return dataclasses.replace(made, recording=changed)


def stimulus_edges(n: int, rate: float, rng: np.random.Generator) -> Floats:
    """Transients at the onset and offset of a stimulus that repeats, shares of a spike's height."""
    every, width = rng.uniform(0.2, 2.0), rng.uniform(0.002, 0.1)
    onset = np.arange(rng.uniform(0, every), n / rate, every)
    size = rng.choice([-1, 1]) * np.exp(rng.uniform(np.log(0.1), np.log(2)))
    decay = np.exp(rng.uniform(np.log(5e-5), np.log(2e-3)))
    out = _decays(n, rate, onset, size, decay)
    return out - rng.uniform(0.3, 1.2) * _decays(n, rate, onset + width, size, decay)


def sharp_potentials(n: int, rate: float, rng: np.random.Generator) -> Floats:
    """Synaptic potentials, fast to rise and slow to fall, at random times."""
    at = rng.uniform(0, n / rate, rng.poisson(rng.uniform(0.2, 5) * n / rate))
    size = np.exp(rng.uniform(np.log(0.03), np.log(0.5)))
    spread = np.exp(rng.uniform(0, np.log(6)))
    size = size * rng.gamma(spread, 1 / spread, at.size)
    rise = np.exp(rng.uniform(np.log(2e-4), np.log(2e-3)))
    fall = rise + np.exp(rng.uniform(np.log(1e-3), np.log(2e-2)))
    peak = np.log(fall / rise) * rise * fall / (fall - rise)
    size = size / (np.exp(-peak / fall) - np.exp(-peak / rise))
    return _decays(n, rate, at, size, fall) - _decays(n, rate, at, size, rise)


def noise_bursts(n: int, rate: float, rng: np.random.Generator) -> Floats:
    """Stretches of 5 to 200 ms of strong noise, as from a touched electrode."""
    out = np.zeros(n)
    for _ in range(rng.poisson(0.1 * n / rate) + 1):
        start, length = int(rng.integers(n)), int(rng.uniform(0.005, 0.2) * rate) + 4
        noise = rng.standard_normal(length) * np.hanning(length)
        smooth = max(1, int(rng.uniform(0, 6e-4) * rate))
        noise = np.convolve(noise, np.ones(smooth) / smooth**0.5, "same") * rng.uniform(0.03, 0.4)
        out[start : start + length] += noise[: n - start]
    return out


def ringing(n: int, rate: float, rng: np.random.Generator) -> Floats:
    """A tone of 20 to 1000 Hz that comes and goes."""
    time = np.arange(n) / rate
    turns = np.sin(2 * np.pi * np.exp(rng.uniform(np.log(20), np.log(min(1000, rate / 5)))) * time)
    gate = np.sin(2 * np.pi * rng.uniform(0.05, 0.5) * time + rng.uniform(0, 6)) > rng.uniform(-0.5, 0.9)
    return np.asarray(turns * gate * rng.uniform(0.01, 0.12))


def clicks(n: int, rate: float, rng: np.random.Generator) -> Floats:
    """One or a few samples far off, either way."""
    out = np.zeros(n)
    at = rng.integers(1, n - 8, rng.poisson(rng.uniform(0.05, 1) * n / rate))
    width = int(rng.integers(1, 4))
    for start, size in zip(at, rng.normal(0, 0.6, at.size), strict=True):
        out[start : start + width] += size
    return out


def plateaus(n: int, rate: float, rng: np.random.Generator) -> Floats:
    """Slow depolarisations of 20 to 400 ms with soft edges, without spikes of their own."""
    out = np.zeros(n)
    for _ in range(rng.poisson(0.2 * n / rate) + 1):
        start, length = int(rng.integers(n)), int(rng.uniform(0.02, 0.4) * rate) + 8
        edge = np.sin(np.linspace(0, np.pi, length)) ** rng.uniform(0.2, 1)
        out[start : start + length] += edge[: n - start] * rng.uniform(0.1, 0.7)
    return out


def _decays(n: int, rate: float, at: Floats, size: float | Floats, decay: float) -> Floats:
    """Exponential decays that begin `at` (s)."""
    out = np.zeros(n)
    length = int(8 * decay * rate) + 2
    sizes = np.broadcast_to(size, at.shape)
    for moment, height in zip(at, sizes, strict=True):
        first = int(np.ceil(moment * rate))
        after = (first + np.arange(max(min(length, n - first), 0))) / rate - moment
        out[first : first + after.size] += height * np.exp(-after / decay)
    return out


_TROUBLES = (
    (0.15, stimulus_edges),
    (0.25, sharp_potentials),
    (0.15, noise_bursts),
    (0.1, ringing),
    (0.15, clicks),
    (0.15, plateaus),
)
