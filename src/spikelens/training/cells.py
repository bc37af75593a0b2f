"""Recordings to learn from: every property drawn as widely as physiology and rigs allow."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Recording
from spikelens.simulation import FAMILIES, Simulation, parameter_groups, simulate
from spikelens.simulation.levels import LEVELS, OneOf, Range
from spikelens.training.drawn import with_drawn_spikes
from spikelens.training.outside import from_outside
from spikelens.training.troubles import add_troubles

Floats = NDArray[np.float64]

WIDE: dict[str, Range | OneOf] = {
    "capacitance": Range(4e-11, 6e-10, log=True),
    "sodium": Range(300, 900, log=True),
    "potassium": Range(50, 250, log=True),
    "m_current": Range(0.5, 12, log=True),
    "height_adaptation": Range(0, 0.8),
    "height_recovery": Range(0.03, 0.6, log=True),
    "membrane_time": Range(0.006, 0.04, log=True),
    "sharpness": Range(0.5e-3, 4e-3, log=True),
    "spike_width": Range(1.8e-4, 3.5e-3, log=True),
    "spike_rise": Range(0.12, 0.6),
    "spike_size": Range(0.05, 0.11),
    "trough": Range(-0.004, 0.03),
    "hump": OneOf((0.0, Range(5e-11, 6e-10))),
    "hump_time": Range(0.003, 0.03, log=True),
    "spike_adaptation": Range(5e-12, 2e-10, log=True),
    "height_loss": Range(0, 0.45),
    "broadening": OneOf((0.0, Range(0, 2.5))),
    "refractory_time": Range(8e-4, 5e-3, log=True),
    "excitation": Range(0.6, 1.3),
    "synaptic_noise": Range(0.4, 1.6),
    "up_states": OneOf((True, False)),
    "burst_rate": OneOf((0.0, Range(0.02, 0.4, log=True))),
    "tone_interval": OneOf((0.25, 0.5, 1.0, 2.0)),
    "tone_jitter": Range(2e-4, 5e-3, log=True),
    "tone_strength": Range(0.5, 6.0, log=True),
    "volley_rate": Range(0.1, 5, log=True),
    "volley_strength": Range(0.5, 5.0, log=True),
    "volley_decay": Range(0.002, 0.015, log=True),
    "volley_inhibition": Range(0.3, 2.5),
    "pulses": OneOf((True, False)),
    "pulse_current": OneOf((-4e-10, -2e-10, -1e-10, 1.5e-10, 4e-10)),
    "pulse_ladder": OneOf((1, 1, 5)),
    "bridge_error": Range(-3e7, 3e7),
    "access_time": Range(4e-5, 2e-3, log=True),
    "passing_time": Range(0.005, 0.03, log=True),
    "access_change": Range(0, 0.6),
    "seal_loss": OneOf((0.0, Range(0.2, 0.8)), (0.75, 0.25)),
    "seal_loss_start": Range(0.3, 0.95),
    "pink_share": Range(0.02, 0.7),
    "hum": OneOf((0.0, Range(2e-5, 1.2e-3, log=True)), (0.2, 0.8)),
    "drift": Range(3e-4, 6e-3, log=True),
    "heartbeat": Range(0, 1e-3),
    "heart_rate": Range(0.8, 8.0, log=True),
    "jump_rate": OneOf((0.0, Range(0.01, 0.3, log=True))),
    "jump_size": Range(3e-4, 4e-3, log=True),
    "artefact_rate": OneOf((0.0, Range(0.02, 1.5, log=True)), (0.3, 0.7)),
    "artefact_size": Range(0.3, 2.5, log=True),
    "amplifier_cutoff": OneOf((1500.0, 3000.0, 5000.0, 10_000.0, 15_000.0)),
    "resolution": OneOf((5e-6, 1 / 32768, 1 / 32768, 2e-4)),
}
"""From where each parameter of the simulation is drawn for training."""

STEPPED: dict[str, Range | OneOf | bool | float] = {
    "synaptic_noise": OneOf((0.0, Range(0, 0.4))),
    "up_states": False,
    "tones": False,
    "volley_rate": OneOf((0.0, Range(0, 1.0))),
    "burst_rate": 0.0,
    "pulses": True,
    "pulse_interval": Range(0.5, 3.0),
    "pulse_duration": Range(0.02, 1.0, log=True),
    "pulse_ladder": OneOf((1, 3, 6, 10)),
    "bridge_error": Range(-1e7, 2e7),
    "refractory_time": Range(5e-4, 3e-3, log=True),
    "adaptation_time": Range(0.02, 0.3, log=True),
}
"""What differs in recordings driven by steps of current, as in a slice."""
SILENT: dict[str, object] = {
    "rate": 0.0,
    "hum": Range(5e-5, 4e-3, log=True),
    "artefact_rate": Range(0.02, 2.0, log=True),
}
"""What differs in cells that never fire."""
CALM: dict[str, object] = {
    "synaptic_noise": 0.0,
    "volley_rate": 0.0,
    "burst_rate": 0.0,
    "tones": False,
    "artefact_rate": Range(0, 0.1),
}
"""What more differs in some of them: next to nothing but hum and noise."""
_STEPPED_SHARE, _CALM_SHARE = 0.3, 0.4
_OUTSIDE_SHARE = 0.1
_SILENT_SHARE, _QUIET_SHARE = 0.08, 0.25
"""Of the other cells, those that happen not to fire, and those of a spike in 5 s or less."""
_SMALL, _SLOW_SHARE = 0.02, 0.6
"""Of cells with smaller spikes (V), those that a high access resistance made small."""
_ODD, _LEVEL_ENDS = (0.2, 0.6, 1.0), (0.018, 0.048)
"""Shares of its parameters in which a cell is out of the ordinary; heights between levels, V."""
_LENGTHS = Range(0.35, 1.6, log=True)
"""Recordings are of so many times the duration asked for."""
SILENT_EVERY = 6
"""One recording in so many is of a silent cell."""

RATES = (4000.0, 4000.0, 5000.0, 8000.0, 10_000.0, 10_000.0, 16_000.0, 20_000.0, 20_000.0, 25_000.0, 50_000.0)
LOWEST_HEIGHT, HIGHEST_HEIGHT = 0.005, 0.09
DRAWN = "drawn"
"""The family of cells that are known by their spikes alone; see `with_drawn_spikes`."""
FIRST_SEED = 1_000_000
"""Seeds of training start here; benchmarks and tests stay below."""


@dataclass(frozen=True)
class Example:
    """A recording to learn from, with the times of its spikes."""

    recording: Recording
    visible: Floats
    """Spikes that must be found, s, sorted."""
    hidden: Floats
    """Spikes nobody can see, s: neither right nor wrong."""


def draw_example(number: int, *, duration: float = 30.0) -> Example:
    """The recording of this number; the same for every run.

    Every `SILENT_EVERY`th is of a cell that never fires, beside all that looks like spikes.

    Parameters
    ----------
    number : int, >= 0
    duration : float, s
        About how long; see `_LENGTHS`.
    """
    rng, family = _start(number)
    duration *= _LENGTHS.draw(rng)
    rate = _log_uniform(rng, 1500, 50_000) if rng.random() < 0.2 else float(rng.choice(RATES))
    below = str(rng.choice(list(FAMILIES))) if family == DRAWN else family
    level, overrides = _drawn(below, rng)
    firing = float(str(overrides["rate"]))
    if number % SILENT_EVERY == SILENT_EVERY - 1:
        overrides |= SILENT | (CALM if rng.random() < _CALM_SHARE else {})
        firing = 0.0
    if family == DRAWN:
        overrides |= {"rate": 0.0}
    made = simulate(duration, rate, difficulty=level, seed=FIRST_SEED + number, family=below, **overrides)
    if family == DRAWN and firing:
        made = with_drawn_spikes(made, firing, rng)
    elif rng.random() < _OUTSIDE_SHARE:
        return _warped(from_outside(made, rng), rng)
    return _warped(add_troubles(made, rng), rng)


def family_of(number: int) -> str:
    """The family of cells that the recording of this number is drawn from."""
    return _start(number)[1]


def _start(number: int) -> tuple[np.random.Generator, str]:
    rng = np.random.default_rng([number, FIRST_SEED])
    return rng, str(rng.choice([*FAMILIES, DRAWN]))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _drawn(family: str, rng: np.random.Generator) -> tuple[str, dict[str, object]]:
    """A level, and what differs from it; what depends on each other is drawn together.

    Few cells are out of the ordinary in every respect: each keeps a share of what is usual
    for spikes of its height.
    """
    drawn: dict[str, object]
    declared = {p.name for group in parameter_groups(family) for p in group.schema()}
    odd = float(rng.choice(_ODD))
    wide = {name: draws for name, draws in WIDE.items() if rng.random() < odd and name in declared}
    height = _log_uniform(rng, LOWEST_HEIGHT, HIGHEST_HEIGHT)
    level = "hard" if height < _LEVEL_ENDS[0] else "medium" if height < _LEVEL_ENDS[1] else "easy"
    if rng.random() < odd:
        level = str(rng.choice(list(LEVELS)))
    noise = _log_uniform(rng, 3e-5, min(height / 6, 1.2e-3))
    drawn = {**wide, "height": height, "noise": noise, "rate": _firing(rng)}
    if height < _SMALL and rng.random() < _SLOW_SHARE:
        drawn["access_time"] = _log_uniform(rng, 4e-4, 2e-3)
    if rng.random() < _STEPPED_SHARE:
        drawn |= {name: draws for name, draws in STEPPED.items() if name in declared}
        # Up to where spikes shrink, widen and fail.
        drawn["pulse_current"] = _log_uniform(rng, 5e-11, 3e-9)
        drawn["rate"] = min(_log_uniform(rng, 0.3, 120), 50.0)
    return level, drawn


def _firing(rng: np.random.Generator) -> float:
    """Spikes per second aimed at: none, a few in a recording, or up to 30."""
    kind = rng.random()
    if kind < _SILENT_SHARE:
        return 0.0
    if kind < _SILENT_SHARE + _QUIET_SHARE:
        return _log_uniform(rng, 0.04, 0.2)
    return _log_uniform(rng, 0.2, 30)


def _warped(made: Simulation, rng: np.random.Generator) -> Example:
    """The same samples said to be taken faster or slower: cells with other time constants."""
    rate = made.recording.sampling_rate
    factor = float(np.exp(rng.uniform(-0.45, 0.45))) if rng.random() < 0.4 else 1.0
    factor = float(np.clip(factor, 1000 / rate, 50_000 / rate))
    recording = dataclasses.replace(made.recording, sampling_rate=rate * factor, stimulus=None)
    time, seen = made.truth.time / factor, made.truth.visible
    return Example(recording, np.sort(time[seen]), np.sort(time[~seen]))
