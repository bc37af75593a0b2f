"""What reaches a cell: two noisy conductances, volleys, tones and test pulses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Events
from spikelens.simulation.grid import RATE, STEP, Trace, span, wander
from spikelens.simulation.levels import generator
from spikelens.simulation.parameters import Drive, Tuning
from spikelens.simulation.tones import Tones, play_tones

Floats = NDArray[np.float64]

_REFERENCE = 3.46e-10


@dataclass(frozen=True)
class Inputs:
    """Conductances for a cell of 346 pF, on the grid, and the events behind them."""

    excitation: Trace
    """uS."""
    inhibition: Trace
    """uS."""
    current: Trace
    """A."""
    events: Events
    """Tones and test pulses: what the rig's own clock knows of."""
    tones: Tones

    def __len__(self) -> int:
        return self.excitation.size

    def onto(self, capacitance: float, excitability: float, samples: slice) -> tuple[Trace, Trace, Trace]:
        """Excitation and inhibition (uS) and current (nA) for a cell of `capacitance` (F).

        Larger cells get more of both; excitability, from -3 to 3, scales excitation.
        """
        scale = capacitance / _REFERENCE
        return (
            self.excitation[samples] * np.float32(scale * 2 ** (excitability / 3)),
            self.inhibition[samples] * np.float32(scale),
            self.current[samples] * np.float32(1e9),
        )


def make_inputs(drive: Drive, tuning: Tuning, n: int, seed: int) -> Inputs:
    """Draw the input of one recording, `n` samples of the grid.

    The noise is the point-conductance model of Destexhe et al. (2001).
    """
    network = _network(drive, n, seed)
    excitation = 0.012 * drive.excitation + 0.003 * drive.synaptic_noise * wander(
        n, 0.0027, generator(seed, "excitation noise")
    )
    inhibition = 0.057 + 0.0066 * drive.synaptic_noise * wander(
        n, 0.0105, generator(seed, "inhibition noise")
    )
    excitation = np.maximum(excitation, 0, dtype=np.float32) * network
    inhibition = np.maximum(inhibition, 0, dtype=np.float32) * network
    tones = _answered(drive, play_tones(drive, tuning, n * STEP, seed), seed)
    _add_volleys(excitation, inhibition, drive, tones, seed)
    current, pulses = _pulses(drive, n)
    return Inputs(excitation, inhibition, current, tones.events() + pulses, tones)


def _network(drive: Drive, n: int, seed: int) -> Trace:
    if not drive.up_states:
        return np.ones(n, np.float32)
    rng = generator(seed, "up states")
    middle = rng.uniform(-0.6, 0.2)
    state = 1 / (1 + np.exp(-6 * (wander(n, 0.4, rng, every=40) - middle)))
    return np.asarray(0.45 + 0.75 * state, np.float32)


def _pulses(drive: Drive, n: int) -> tuple[Trace, Events]:
    current = np.zeros(n, np.float32)
    if not drive.pulses:
        return current, Events.none()
    start = np.arange(0.3, n * STEP - drive.pulse_duration, drive.pulse_interval)
    rung = np.arange(start.size) % drive.pulse_ladder + 1
    strength = drive.pulse_current * rung / drive.pulse_ladder
    for at, amperes in zip(start, strength, strict=True):
        current[span(n, at, drive.pulse_duration)] = amperes
    stop = start + drive.pulse_duration
    return current, Events.at(start, stop, label="pulse", value=strength.tolist(), source="stimulus")


def _answered(drive: Drive, tones: Tones, seed: int) -> Tones:
    rng = generator(seed, "tone volleys")
    is_heard = rng.random(len(tones)) < tones.share
    late = drive.tone_latency + drive.tone_jitter * rng.standard_normal(len(tones))
    return tones.answered(is_heard, tones.start + late, rng.gamma(3, 0.006 * drive.tone_strength, len(tones)))


def _add_volleys(excitation: Trace, inhibition: Trace, drive: Drive, tones: Tones, seed: int) -> None:
    duration = excitation.size * STEP
    is_heard = np.isfinite(tones.volley)
    rng = generator(seed, "volleys")
    own = rng.uniform(0, duration, rng.poisson(drive.volley_rate * duration))
    own_size = rng.gamma(2.5, 0.0048 * drive.volley_strength, own.size)
    rng = generator(seed, "bursts")
    bursts = rng.uniform(0, duration, rng.poisson(drive.burst_rate * duration))
    burst_size, burst_decay = rng.uniform(0.06, 0.16, bursts.size), rng.uniform(0.004, 0.010)
    at = np.concatenate([tones.volley[is_heard], own])
    size = np.concatenate([tones.size[is_heard], own_size])
    _add(excitation, at, size, 0.0006, drive.volley_decay)
    _add(inhibition, at + 0.003, size * drive.volley_inhibition, 0.001, 0.012)
    _add(excitation, bursts, burst_size, 0.001, burst_decay)


def _add(conductance: Trace, at: Floats, size: Floats, rise: float, decay: float) -> None:
    after = np.arange(round(8 * decay * RATE)) * STEP
    course = np.exp(-after / decay) - np.exp(-after / rise)
    course = (course / course.max()).astype(np.float32)
    for start, height in zip(at, size, strict=True):
        where = span(conductance.size, start, course.size * STEP)
        conductance[where] += np.float32(height) * course[: where.stop - where.start]
