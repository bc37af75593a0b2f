"""Simulated whole-cell recordings whose spikes are known.

A cell stage makes a membrane potential and its spikes; a recording stage, the same for
every family of cells, makes of it what a rig would have saved.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.cards import card
from spikelens.errors import BadParameter, UnknownName
from spikelens.params import Method
from spikelens.recording import Channel, Events, Recording, Stimulus
from spikelens.simulation.conductance import simulate_conductance
from spikelens.simulation.disturbances import fast_disturbances, slow_disturbances
from spikelens.simulation.electrode import record
from spikelens.simulation.grid import RATE, sampled
from spikelens.simulation.inputs import Inputs, make_inputs
from spikelens.simulation.integrate_and_fire import simulate_integrate_and_fire
from spikelens.simulation.levels import LEVELS, draw_parameters
from spikelens.simulation.membrane import Membrane
from spikelens.simulation.parameters import (
    SHARED,
    ConductanceCell,
    Disturbances,
    Drive,
    Electrode,
    IntegrateAndFireCell,
    Tuning,
)
from spikelens.simulation.tones import Tones
from spikelens.simulation.truth import Truth, find_truth
from spikelens.sources import ArraySource

__all__ = ["FAMILIES", "LEVELS", "Simulation", "Tones", "Truth", "parameter_groups", "simulate"]

FAMILIES: dict[str, tuple[type[Method], Callable[[Any, Inputs, float], tuple[Membrane, float]]]] = {
    "conductance": (ConductanceCell, simulate_conductance),
    "integrate-and-fire": (IntegrateAndFireCell, simulate_integrate_and_fire),
}
"""Families of cells: their parameters, and the function that runs one."""

_COMMAND_STEP = 1e-12
"""One step of the stored current command, A."""


@dataclass(frozen=True)
class Simulation:
    """A simulated recording and the truth about it."""

    recording: Recording
    truth: Truth = field(repr=False)
    events: Events = field(repr=False)
    """All that happened: tone, pulse, artefact, jump, seal loss; the recording's own
    events hold only what a rig knows of, tones and pulses."""
    parameters: dict[str, object] = field(repr=False)
    """Every parameter, drawn or overridden, and what was tuned."""
    noise_free: NDArray[np.float32] = field(repr=False)
    """The recorded trace without anything added, V."""
    tones: Tones = field(repr=False)
    """Each tone with its frequency and level, and whether it sent a volley."""

    def _repr_html_(self) -> str:
        kinds, counts = np.unique(self.truth.kind[self.truth.visible], return_counts=True)
        told = {f"{kind} spikes": int(n) for kind, n in zip(kinds, counts, strict=True)}
        hidden = {"spikes that left no peak": int((~self.truth.visible).sum())}
        return self.recording._repr_html_() + card("The truth", told | hidden)


def parameter_groups(family: str = "conductance") -> tuple[type[Method], ...]:
    """The groups of parameters of a family; each lists its own by ``schema()``.

    Raises
    ------
    UnknownName
        No such family.
    """
    if family not in FAMILIES:
        raise UnknownName.among("family of cells", family, FAMILIES)
    return (FAMILIES[family][0], *SHARED)


def simulate(
    duration: float = 60.0,
    sampling_rate: float = 20_000.0,
    *,
    difficulty: str = "medium",
    seed: int = 0,
    family: str = "conductance",
    **overrides: object,
) -> Simulation:
    """Simulate a whole-cell current-clamp recording in vivo, with exact spike times.

    The same seed gives the same cell, and as nearly as sampling allows the same spikes,
    at every sampling rate.

    Parameters
    ----------
    duration : float, s, > 0
    sampling_rate : float, Hz, 1,000 to 50,000
    difficulty : str
        ``"easy"``: spikes of 55-80 mV; ``"medium"``: 20-40 mV, 0.05-3 spikes/s or none,
        the usual case in vivo; ``"hard"``: 8-15 mV, a stress test.
    seed : int, >= 0
    family : str
        Which kind of cell; see `FAMILIES`.
    **overrides
        Any parameter of `parameter_groups` by name: a value, or a (low, high) pair to
        draw from.

    Returns
    -------
    Simulation

    Raises
    ------
    BadParameter
        A value of the wrong type or out of bounds.
    UnknownName
        No such difficulty, family or parameter.

    Notes
    -----
    Everything is drawn on a grid of 25 us and held in memory: about 7 GB per hour
    simulated, whatever the sampling rate.

    >>> simulation = simulate(2.0, 10_000.0, seed=3, rate=0.0)
    >>> simulation.recording.n_samples, len(simulation.truth)
    (20000, 0)
    """
    groups = parameter_groups(family)
    n_samples = _n_samples(duration, sampling_rate, seed)
    drawn = draw_parameters(groups, difficulty, seed, overrides)
    cell, drive, tuning, electrode, disturbances = (drawn[group.__name__] for group in groups)
    assert isinstance(drive, Drive)
    assert isinstance(tuning, Tuning)
    assert isinstance(electrode, Electrode)
    assert isinstance(disturbances, Disturbances)
    inputs = make_inputs(drive, tuning, round(duration * RATE) + 1, seed)
    membrane, excitability = FAMILIES[family][1](cell, inputs, drive.rate)
    clean, gain = record(membrane, electrode, disturbances.amplifier_cutoff, seed)
    noise_free = sampled(clean, sampling_rate, n_samples)
    offset = inputs.current * np.float32(electrode.bridge_error)
    noise, artefacts = fast_disturbances(disturbances, offset, electrode.height, seed)
    time = np.arange(n_samples) / sampling_rate
    slow, jumps = slow_disturbances(disturbances, time, seed)
    volts = noise_free + sampled(noise, sampling_rate, n_samples) + slow
    tuned = {"excitability": excitability, "fast_gain": gain}
    asked = {"difficulty": difficulty, "seed": seed, "family": family}
    return Simulation(
        recording=_recording(volts, disturbances.resolution, sampling_rate, inputs, f"{difficulty}-{seed}"),
        truth=find_truth(membrane, noise_free, sampling_rate, inputs.tones.events()),
        events=inputs.events + artefacts + jumps + _seal_loss(electrode, duration),
        parameters=asked | {k: v for group in drawn.values() for k, v in group.parameters().items()} | tuned,
        noise_free=noise_free,
        tones=inputs.tones,
    )


def _n_samples(duration: float, sampling_rate: float, seed: int) -> int:
    if not 1000 <= sampling_rate <= 50_000:
        raise BadParameter(f"sampling_rate must be 1000 to 50000 Hz, not {sampling_rate:g}")
    if not (0 < duration < float("inf")) or round(duration * sampling_rate) < 3:
        raise BadParameter(f"duration must be a few samples or more, not {duration:g} s")
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise BadParameter(f"seed must be a whole number from 0, not {seed!r}")
    return round(duration * sampling_rate)


def _recording(
    volts: NDArray[np.float64], resolution: float, sampling_rate: float, inputs: Inputs, name: str
) -> Recording:
    def stored(values: NDArray[Any], step: float) -> NDArray[np.int16]:
        return np.clip(np.rint(values / step), -32768, 32767).astype(np.int16)

    plain = Recording.from_array(
        stored(volts, resolution), sampling_rate, gain=resolution, name=f"simulated-{name}"
    )
    nearest = np.rint(np.arange(volts.size) * (RATE / sampling_rate)).astype(np.int64)
    command = stored(inputs.current[np.minimum(nearest, len(inputs) - 1)], _COMMAND_STEP)
    stimulus = Stimulus(
        ArraySource(command[:, None]), Channel("command", "current", _COMMAND_STEP), "recorded"
    )
    return dataclasses.replace(plain, stimulus=stimulus, events=inputs.events)


def _seal_loss(electrode: Electrode, duration: float) -> Events:
    if electrode.seal_loss == 0:
        return Events.none()
    start = [electrode.seal_loss_start * duration]
    return Events.at(start, [duration], label="seal loss", value=electrode.seal_loss, source="simulation")
