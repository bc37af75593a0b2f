"""Trains of known firing patterns, from intervals drawn by numbers and from model cells; bursts in rest.

Two generators that share nothing: intervals of a class with jitter, and the adaptive exponential
cell with the parameters that Naud et al. (2008, Biol Cybern 99:335) give for each pattern; their
irregular cell is left out, since with a little noise it bursts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Random = np.random.Generator

DRAWN = (
    "non-adapting",
    "adapting",
    "accelerating",
    "delayed",
    "burst",
    "bursting",
    "stuttering",
    "irregular",
)
"""Classes of drawn trains; `delayed` and `burst` say how firing begins."""


@dataclass(frozen=True)
class Train:
    """One answer to a step."""

    truth: str
    isi: Floats
    latency: float


def drawn(truth: str, rng: Random) -> Train:
    """A train of one class: mean interval 8 to 100 ms, jitter 2 to 15 %, a step of 0.5 to 2 s."""
    base, jitter = 10 ** rng.uniform(-2.1, -1.0), rng.uniform(0.02, 0.15)
    duration = float(rng.choice([0.5, 1.0, 2.0]))
    latency = base * rng.uniform(0.2, 1.2)

    def noisy(isi: Floats) -> Floats:
        return isi * np.exp(rng.normal(0, jitter, isi.shape))

    if truth == "delayed":
        latency = max(0.06, 2 * base) * rng.uniform(1.3, 4)
        duration = latency + max(duration, 7 * base)
    if truth in _COURSES:
        isi = noisy(_COURSES[truth](base, duration, rng))
    elif truth == "irregular":
        shape = rng.uniform(1, 2.5)
        isi = 1e-3 + rng.gamma(shape, base / shape, 500)
    else:
        isi = _clustered(truth, rng, noisy)
        duration = max(duration, 6 * float(isi.max()), 0.3)
    if truth == "accelerating":
        duration = latency + float(isi.sum()) + base / 2
    times = latency + np.concatenate([[0.0], np.cumsum(isi)])
    return Train(truth, np.diff(times[times < duration]), latency)


def _adapting(base: float, duration: float, rng: Random) -> Floats:
    """Intervals that grow 1.6 to 4 times, over a third or so of the step."""
    ratio, over = rng.uniform(1.6, 4), rng.uniform(0.075, 0.3) * duration / base
    return base * (ratio - (ratio - 1) * np.exp(-np.arange(500) / over))


_COURSES: dict[str, Callable[[float, float, Random], Floats]] = {
    "non-adapting": lambda base, duration, rng: np.full(500, base),
    "delayed": lambda base, duration, rng: np.full(500, base),
    "adapting": _adapting,
    "accelerating": lambda base, duration, rng: (
        base * np.geomspace(rng.uniform(1.6, 3), 1, int(max(6, duration / base / 1.4)))
    ),
}


def _clustered(truth: str, rng: Random, noisy: Callable[[Floats], Floats]) -> Floats:
    """Bursts of 2 to 5 spikes, clusters of 5 to 15 with pauses, or one burst and then tonic firing."""
    if truth == "burst":
        within = rng.uniform(0.004, 0.010)
        first = noisy(np.full(rng.integers(2, 5), within))
        return np.concatenate([first, noisy(np.full(12, within * rng.uniform(6, 12)))])
    parts = []
    within = rng.uniform(0.003, 0.012) if truth == "bursting" else rng.uniform(0.005, 0.030)
    pause = rng.uniform(0.04, 0.2) if truth == "bursting" else within * rng.uniform(4, 12)
    for _ in range(12):
        n = rng.integers(1, 5) if truth == "bursting" else rng.integers(4, 15)
        parts += [noisy(np.full(n, within)), pause * np.exp(rng.normal(0, 0.2, 1))]
    return np.concatenate(parts[:-1])


CELLS = {
    "non-adapting": (200, 10, -70, 2, 30, 0, -58, 500),
    "adapting": (200, 12, -70, 2, 300, 60, -58, 500),
    "burst": (130, 18, -58, 4, 150, 120, -50, 400),
    "bursting": (200, 10, -58, 2, 120, 100, -46, 210),
    "accelerating": (200, 12, -70, -10, 300, 0, -58, 300),
    "delayed accelerating": (200, 12, -70, -10, 300, 0, -58, 200),
}
"""Capacitance (pF), leak (nS), rest (mV), a (nS), its time (ms), b (pA), reset (mV), current (pA)."""
_STEP = 0.02
"""ms."""
_THRESHOLD, _SHARPNESS, _TOP = -50.0, 2.0, 0.0


def modelled(truth: str, rng: Random, n: int, duration: float = 1.0) -> list[Train]:
    """The answers of `n` cells, each with its own noise and constants off by 0.3 % or so."""
    fixed = np.array(CELLS[truth], np.float64)[:, None] * np.exp(rng.normal(0, 0.003, (8, n)))
    capacitance, leak, rest, a, slow, b, reset, current = fixed
    v, w = rest.copy(), np.zeros(n)
    times: list[list[float]] = [[] for _ in range(n)]
    for k in range(round(duration * 1e3 / _STEP)):
        noise = rng.normal(0, 0.01 * current / np.sqrt(_STEP), n)
        rise = np.exp(np.minimum((v - _THRESHOLD) / _SHARPNESS, 20.0))
        pull = leak * (rest - v) + leak * _SHARPNESS * rise - w + current + noise
        w += _STEP * (a * (v - rest) - w) / slow
        v += _STEP * pull / capacitance
        for cell in np.flatnonzero(v > _TOP):
            times[cell].append(k * _STEP * 1e-3)
            v[cell], w[cell] = reset[cell], w[cell] + b[cell]
    return [Train(truth, np.diff(t), t[0] if t else duration) for t in times]


@dataclass(frozen=True)
class Bursting:
    """A train in rest with planted doublets and bursts."""

    times: Floats
    context: NDArray[np.str_]


def planted(rng: Random, duration: float = 120.0) -> Bursting:
    """Single spikes at 0.5 to 3 Hz that keep 12 ms apart, of which some are doublets or bursts of 3 to 7."""
    shares = rng.dirichlet([4, 1, 2])
    within = rng.uniform(0.003, 0.008)
    times: list[float] = []
    words: list[str] = []
    now, gap = 0.1, 1 / rng.uniform(0.5, 3)
    while now < duration:
        kind = int(rng.choice(3, p=shares))
        n = (1, 2, int(rng.integers(3, 8)))[kind]
        # Bursts slow down as they go on.
        isi = within * (1 + 0.1 * np.arange(n - 1)) * np.exp(rng.normal(0, 0.1, n - 1))
        times += [now, *(now + np.cumsum(isi))]
        words += [("single", "doublet", "burst")[kind]] * n
        now = times[-1] + 0.012 + rng.exponential(gap)
    return Bursting(np.array(times), np.array(words))
