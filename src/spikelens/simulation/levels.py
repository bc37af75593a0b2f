"""Levels of difficulty: from where each parameter is drawn, and how overrides enter."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikelens.errors import BadParameter, UnknownName
from spikelens.params import Method, Param

Draws = Mapping[str, "Range | OneOf"]


@dataclass(frozen=True)
class Range:
    """Evenly from `low` to `high`, or evenly in the logarithm."""

    low: float
    high: float
    log: bool = False

    def draw(self, rng: np.random.Generator) -> float:
        if self.log:
            return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class OneOf:
    """One of several values or ranges, each as likely as its weight says."""

    values: tuple[float | bool | Range, ...]
    weights: tuple[float, ...] | None = None

    def draw(self, rng: np.random.Generator) -> float | bool:
        chosen = self.values[rng.choice(len(self.values), p=self.weights)]
        return chosen.draw(rng) if isinstance(chosen, Range) else chosen


def _with_chance(chance: float, of: Range | bool = True, otherwise: float | bool = False) -> OneOf:
    return OneOf((of, otherwise), (chance, 1 - chance))


ANY_LEVEL: Draws = {
    "capacitance": Range(2.1e-10, 4.2e-10),
    "m_current": Range(3, 6),
    "height_adaptation": Range(0.3, 0.6),
    "height_recovery": Range(0.06, 0.25),
    "membrane_time": Range(0.010, 0.025),
    "sharpness": Range(0.8e-3, 2.5e-3),
    "adaptation_time": Range(0.05, 0.3),
    "spike_adaptation": Range(1e-11, 1e-10),
    "spike_width": Range(3e-4, 2e-3, log=True),
    "spike_rise": Range(0.2, 0.45),
    "spike_size": Range(0.080, 0.105),
    "trough": Range(0.002, 0.018),
    "hump": OneOf((0.0, Range(5e-11, 4e-10))),
    "hump_time": Range(0.004, 0.02),
    "height_loss": Range(0.02, 0.25),
    "refractory_time": Range(1.5e-3, 4e-3),
    "excitation": Range(0.75, 1.15),
    "tones": _with_chance(0.6),
    "tone_interval": OneOf((0.5, 1.0, 2.0)),
    "burst_rate": _with_chance(0.5, Range(0.02, 0.2), otherwise=0.0),
    "pulse_interval": OneOf((2.0, 5.0)),
    "pulse_duration": OneOf((0.05, 0.2)),
    "pulse_current": OneOf((-1e-10, -2e-10, 1.5e-10)),
    "volley_inhibition": Range(0.8, 2.2),
    "seal_loss_start": Range(0.7, 0.95),
    "bridge_error": Range(-1.2e7, 1.2e7),
    "pink_share": Range(0.1, 0.4),
    "mains_frequency": OneOf((50.0, 60.0)),
    "heart_rate": Range(0.8, 6.0, log=True),
    "amplifier_cutoff": OneOf((3000.0, 5000.0, 10_000.0)),
}
"""Drawn alike at every level."""

LEVELS: Mapping[str, Draws] = {
    "easy": {
        "rate": Range(0.5, 10, log=True),
        "height": Range(0.055, 0.080),
        "access_time": Range(0.5e-4, 2e-4),
        "access_change": Range(0, 0.05),
        "synaptic_noise": Range(0.6, 1.0),
        "up_states": _with_chance(0.2),
        "volley_rate": Range(0.1, 0.5),
        "pulses": _with_chance(0.3),
        "noise": Range(0.5e-4, 1.5e-4),
        "hum": Range(0, 1e-4),
        "drift": Range(0.5e-3, 1.5e-3),
        "heartbeat": Range(0, 1e-4),
        "jump_rate": OneOf((0.0,)),
        "artefact_rate": Range(0, 0.04),
    },
    "medium": {
        "rate": OneOf((Range(0.05, 3, log=True), 0.0), (0.85, 0.15)),
        "height": Range(0.020, 0.040),
        "access_time": Range(2.5e-4, 9e-4),
        "access_change": Range(0.05, 0.3),
        "synaptic_noise": Range(0.7, 1.2),
        "up_states": _with_chance(0.5),
        "volley_rate": Range(0.3, 1.5),
        "tone_strength": Range(2.0, 5.0),
        "volley_strength": Range(1.0, 3.0),
        "volley_decay": Range(0.004, 0.012),
        "pulses": _with_chance(0.5),
        "seal_loss": _with_chance(0.2, Range(0.3, 0.7), otherwise=0.0),
        "noise": Range(1.5e-4, 3.5e-4),
        "hum": Range(1e-4, 4e-4),
        "drift": Range(1e-3, 3e-3),
        "heartbeat": Range(0, 3e-4),
        "jump_rate": Range(0, 0.06),
        "artefact_rate": Range(0.02, 0.2),
    },
    "hard": {
        "rate": Range(0.2, 8, log=True),
        "height": Range(0.008, 0.015),
        "access_time": Range(5e-4, 1.6e-3),
        "passing_time": Range(0.010, 0.020),
        "access_change": Range(0.1, 0.5),
        "synaptic_noise": Range(0.9, 1.4),
        "up_states": _with_chance(0.7),
        "volley_rate": Range(0.5, 2.5),
        "pulses": _with_chance(0.5),
        "seal_loss": _with_chance(0.4, Range(0.3, 0.7), otherwise=0.0),
        "noise": Range(3e-4, 7e-4),
        "hum": Range(2e-4, 1e-3),
        "drift": Range(2e-3, 5e-3),
        "heartbeat": Range(0, 5e-4),
        "jump_rate": Range(0.03, 0.13),
        "artefact_rate": Range(0.1, 0.4),
    },
}
"""What differs from level to level."""


def generator(seed: int, *words: str) -> np.random.Generator:
    """Randomness for one purpose, so that no draw shifts another.

    >>> generator(1, "hum").random() == generator(1, "noise").random()
    False
    """
    return np.random.default_rng([seed, *(zlib.crc32(word.encode()) for word in words)])


def draw_parameters(
    groups: Sequence[type[Method]], difficulty: str, seed: int, overrides: Mapping[str, object]
) -> dict[str, Method]:
    """The groups of parameters of one recording, by class name.

    An override is a value, or a (low, high) pair to draw from; every other parameter
    stays as it would be without it.

    Raises
    ------
    UnknownName
        No such level, or an override that no group declares.
    BadParameter
        A value of the wrong type or out of bounds.
    """
    if difficulty not in LEVELS:
        raise UnknownName.among("difficulty", difficulty, LEVELS)
    known = {p.name for group in groups for p in group.schema()}
    for name in overrides:
        if name not in known:
            raise UnknownName.among("simulation parameter", name, sorted(known))
    draws: dict[str, Any] = {**ANY_LEVEL, **LEVELS[difficulty], **overrides}
    return {
        group.__name__: group(
            **{p.name: _value(p, draws[p.name], difficulty, seed) for p in group.schema() if p.name in draws}
        )
        for group in groups
    }


def _value(declared: Param, drawn_from: Any, difficulty: str, seed: int) -> object:
    if isinstance(drawn_from, (tuple, list)):
        drawn_from = _pair(declared, drawn_from)
    if isinstance(drawn_from, (Range, OneOf)):
        return drawn_from.draw(generator(seed, difficulty, declared.name))
    return drawn_from


def _pair(declared: Param, pair: Sequence[Any]) -> Range:
    if declared.type is not float or len(pair) != 2:
        raise BadParameter(f"{declared.name} takes one value or, if a number, a (low, high) pair, not {pair}")
    low, high = (float(str(declared.check(end))) for end in pair)
    return Range(low, high)
