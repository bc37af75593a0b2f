"""What is added on the way to the disk: noise, hum, drift, jumps and artefacts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Events
from spikelens.simulation.electrode import amplified
from spikelens.simulation.grid import RATE, STEP, Trace, ornstein, span, wander
from spikelens.simulation.levels import generator
from spikelens.simulation.parameters import Disturbances

_ARTEFACT = 0.012

Floats = NDArray[np.float64]


def fast_disturbances(wanted: Disturbances, offset: Trace, height: float, seed: int) -> tuple[Trace, Events]:
    """What the amplifier filters, V, on the grid: noise, artefacts and `offset` (V).

    Artefacts are sized against the `height` (V) of spikes and come as events.
    """
    n = offset.size
    pink = np.zeros(n, np.float32)
    for time in (0.001, 0.01, 0.1, 1.0):
        pink += wander(n, time, generator(seed, "pink noise", str(time)), every=10) * np.float32(0.5)
    white = generator(seed, "white noise").standard_normal(n, dtype=np.float32)
    white *= np.float32(_white_gain(wanted.amplifier_cutoff) * (1 - wanted.pink_share) ** 0.5)
    white += pink * np.float32(wanted.pink_share**0.5)
    white *= np.float32(wanted.noise)
    white += offset
    artefacts = _add_artefacts(white, wanted, height, seed)
    return amplified(white, wanted.amplifier_cutoff), artefacts


def slow_disturbances(wanted: Disturbances, time: Floats, seed: int) -> tuple[Floats, Events]:
    """What no filter changes, V, at `time` (s): hum, movement, drift and jumps."""
    rng = generator(seed, "hum")
    added = np.zeros(time.size)
    for harmonic, share in ((1, 1.0), (2, 0.15), (3, 0.4), (5, 0.2)):
        turn = 2 * np.pi * wanted.mains_frequency * harmonic
        added += wanted.hum * share * np.sin(turn * time + rng.uniform(0, 2 * np.pi))
    added += wanted.heartbeat * np.sin(2 * np.pi * wanted.heart_rate * time + rng.uniform(0, 6)) ** 3
    duration = float(time[-1])
    knots = ornstein(round(duration * 10) + 2, 0.1, 20.0, generator(seed, "drift"))
    added += wanted.drift * np.interp(time, np.arange(knots.size) / 10, knots - knots[0])
    jumps = _jumps(wanted, duration, seed)
    height = np.concatenate([[0.0], np.cumsum(jumps.value)])
    added += height[np.searchsorted(jumps.start, time, "right")]
    return added, jumps


def _white_gain(cutoff: float) -> float:
    impulse = np.zeros(400, np.float32)
    impulse[1] = 1
    return float(1 / np.sqrt((amplified(impulse, cutoff) ** 2).sum()))


def _jumps(wanted: Disturbances, duration: float, seed: int) -> Events:
    rng = generator(seed, "jumps")
    at = np.sort(rng.uniform(0, duration, rng.poisson(wanted.jump_rate * duration)))
    size = rng.normal(0, wanted.jump_size, at.size)
    return Events.at(at, label="jump", value=list(size), source="simulation")


def _add_artefacts(trace: Trace, wanted: Disturbances, height: float, seed: int) -> Events:
    rng = generator(seed, "artefacts")
    duration = trace.size * STEP
    at = np.sort(rng.uniform(0, duration, rng.poisson(wanted.artefact_rate * duration)))
    size = rng.choice([-1, 1], at.size) * rng.uniform(0.3, 1.7, at.size) * wanted.artefact_size * height
    for start, value in zip(at, size, strict=True):
        where = span(trace.size, start, _ARTEFACT)
        trace[where] += (value * _artefact(rng)[: where.stop - where.start]).astype(np.float32)
    return Events.at(at, at + _ARTEFACT, label="artefact", value=list(size), source="simulation")


def _artefact(rng: np.random.Generator) -> Floats:
    """One transient of unit size: a decay, a decay and its return, or a plateau."""
    after = np.arange(round(_ARTEFACT * RATE)) * STEP
    decay, width, kind = rng.uniform(1e-4, 4e-4), rng.uniform(1e-3, 1e-2), rng.integers(3)
    falling = np.exp(-after / decay)
    if kind == 0:
        return np.asarray(falling)
    if kind == 1:
        returned = np.exp(-np.maximum(after - 6e-4, 0) / decay) * (after >= 6e-4)
        return np.asarray(falling - 1.2 * returned)
    return np.asarray(after < width, np.float64)
