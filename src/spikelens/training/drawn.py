"""Cells known by their spikes' shape alone: waveforms of any form on the background of a silent cell."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from spikelens.recording import Recording
from spikelens.simulation import Simulation
from spikelens.simulation.truth import Truth
from spikelens.training.peaks import highest_near

Floats = NDArray[np.float64]

_STEP = 1e-5
_BEFORE, _AFTER = 0.01, 0.08
_ANTIALIAS = 0.35
"""Standard deviation of the smoothing before sampling, in samples."""
_SHRUNKEN, _SMALLEST = 0.3, 3e-3
"""A spike below this share of the usual height, but for spikelets, or this height (V), is not asked for."""
_CALM = 4.0
"""Nor is one below so many standard deviations of the noise."""
_USUAL_WIDTH = 9e-4
"""Between an interneuron's and a dopamine cell's half width, s."""
_WITH_SPIKELETS = 0.2
"""Of so many cells some spikes are spikelets."""


@dataclass(frozen=True)
class Firing:
    """When a cell fires, and how its spikes change with what went before."""

    time: Floats
    gap: Floats
    """Time since the spike before, s."""


def with_drawn_spikes(made: Simulation, rate: float, rng: np.random.Generator) -> Simulation:
    """A silent recording with spikes of a drawn shape in it, about `rate` (Hz) of them.

    Spikes ride on the potentials that are there, shrink and widen in trains, and drift in
    size. No equation ties their shape to the background: so no law of one model is learned.
    """
    recording = made.recording
    sampling_rate, n = recording.sampling_rate, recording.n_samples
    trace = recording.read(0, n)[:, 0].astype(np.float64)
    slow = gaussian_filter1d(made.noise_free.astype(np.float64), 1e-3 * sampling_rate)
    firing, push = _firing(n / sampling_rate, rate, rng)
    height = float(str(made.parameters["height"]))
    time = firing.time if rng.random() < 0.3 else _onto_potentials(firing.time, slow, sampling_rate, rng)
    size, stretch = _changes(dataclasses.replace(firing, time=time), n / sampling_rate, rng)
    grid, shape = _shape(rng, sampling_rate)
    # Drawn apart: all else stays as it is without spikelets.
    low = _spikelets(time.size, *rng.spawn(1))
    added = _placed(n, sampling_rate, time, height * size * low, stretch, (grid, shape))
    trace += added + _pushed(n, sampling_rate, push, height * rng.uniform(0, 1), rng)
    noise = float(str(made.parameters["noise"]))
    seen = (size > _SHRUNKEN) & (height * size * low > max(_SMALLEST, _CALM * noise))
    peak = highest_near(slow + added, time, sampling_rate, before=1e-3, after=1e-3)
    truth = Truth(
        peak / sampling_rate,
        peak,
        height * size * low,
        seen,
        np.full(time.size, "spontaneous", object).astype(str),
    )
    changed = Recording.from_array(trace.astype(np.float32), sampling_rate, name=recording.name)
    return dataclasses.replace(made, recording=changed, truth=truth)


def _firing(duration: float, rate: float, rng: np.random.Generator) -> tuple[Firing, Floats]:
    """Spike times, and the (start, stop) of what drives trains; gamma intervals, bursts or trains."""
    kind = rng.choice(3, p=(0.4, 0.25, 0.35))
    epochs = np.empty((0, 2))
    if kind < 2:
        shape = np.exp(rng.uniform(np.log(0.6), np.log(5)))
        n = int(rate * duration * 2) + 10
        time = np.cumsum(rng.gamma(shape, 1 / (shape * max(rate, 1e-3)), n)) - rng.uniform(0, 1 / rate)
        if kind == 1:
            count = rng.integers(1, 7, n)
            within = np.exp(rng.uniform(np.log(2.5e-3), np.log(2e-2)))
            time = np.concatenate([t + within * np.arange(k) * 1.1 for t, k in zip(time, count, strict=True)])
    else:
        every, length = rng.uniform(0.4, 3.0), rng.uniform(0.1, 1.2)
        start = np.arange(rng.uniform(0, every), duration, every)
        epochs = np.column_stack([start, start + min(length, 0.8 * every)])
        time = np.concatenate([_train(a, b, rng) for a, b in epochs]) if start.size else np.empty(0)
    time = np.sort(time[(time > 0.01) & (time < duration - 0.02)])
    gap = np.diff(time, prepend=-10.0)
    return Firing(time[gap > 2e-3], np.diff(time[gap > 2e-3], prepend=-10.0)), epochs


def _train(start: float, stop: float, rng: np.random.Generator) -> Floats:
    """One train whose intervals lengthen, of 5 to 100 Hz; some fail."""
    if rng.random() < 0.15:
        return np.empty(0)
    first, last = np.sort(np.exp(rng.uniform(np.log(6e-3), np.log(0.15), 2)))
    at = start + np.cumsum(first + (last - first) * (1 - np.exp(-np.arange(400) / 5)))
    at += rng.normal(0, 0.05 * first, at.size)
    return np.asarray(at[at < stop])


def _onto_potentials(time: Floats, slow: Floats, rate: float, rng: np.random.Generator) -> Floats:
    """Most spikes moved to where the cell is most depolarised close by."""
    best = highest_near(slow, time, rate, before=0.015, after=0.015) / rate
    moved = np.where(rng.random(time.size) < 0.7, best + rng.normal(0, 5e-4, time.size), time)
    return np.sort(np.maximum(moved, 0.0))


def _changes(firing: Firing, duration: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Height against the usual, and width against the usual, of each spike."""
    loss = rng.choice([0.0, rng.uniform(0, 0.3)])
    recovery = np.exp(rng.uniform(np.log(0.02), np.log(0.8)))
    widening = rng.uniform(0, 2.5)
    lost, course = 0.0, np.empty(firing.time.size)
    for k, gap in enumerate(np.diff(firing.time, prepend=-10.0)):
        lost *= np.exp(-gap / recovery)
        course[k] = lost
        lost += loss * (1 - lost)
    knots = np.cumsum(rng.normal(0, rng.uniform(0, 0.08), int(duration) + 2))
    drift = np.interp(firing.time, np.arange(knots.size), knots)
    spread = rng.normal(0, rng.uniform(0.01, 0.1), course.size)
    return (1 - 0.8 * course) * np.exp(np.clip(drift, -0.7, 0.4) + spread), 1 + widening * course


def _spikelets(n: int, rng: np.random.Generator) -> Floats:
    """Height of each spike as a share of a full one: in some cells a few are spikelets.

    What begins in a dendrite or behind a gap junction arrives small (Epsztein et al. 2010,
    Science 327:474).
    """
    if rng.random() > _WITH_SPIKELETS:
        return np.ones(n)
    share = np.exp(rng.uniform(np.log(0.1), np.log(0.35)))
    sizes = share * np.exp(rng.normal(0, rng.uniform(0.02, 0.15), n))
    return np.where(rng.random(n) < rng.uniform(0.1, 0.6), np.minimum(sizes, 0.5), 1.0)


def _shape(rng: np.random.Generator, sampling_rate: float) -> tuple[Floats, Floats]:
    """A spike of unit height on a fine grid, s around its peak."""
    time = np.arange(round(-_BEFORE / _STEP), round(_AFTER / _STEP)) * _STEP
    width = float(np.clip(np.exp(rng.normal(np.log(_USUAL_WIDTH), 0.6)), 2.5e-4, 3.5e-3))
    share = rng.uniform(0.15, 0.6)
    rise, fall = width * share * 2, width * (1 - share) * 1.3
    climb = np.sin(0.5 * np.pi * np.clip(1 + time / rise, 0, 1)) ** rng.uniform(1, 3)
    drop = np.exp(-((np.maximum(time, 0) / fall) ** rng.uniform(0.9, 2.2)))
    out = np.where(time < 0, climb, drop)
    out = out + rng.choice([0.0, rng.uniform(0, 0.3)]) * np.exp(
        -np.abs(np.minimum(time, 0)) / rng.uniform(5e-4, 4e-3)
    ) * (time < 0) * (1 - climb)
    after = np.maximum(time - fall, 0)

    def hump(onset: float, decay: float) -> Floats:
        return np.asarray((1 - np.exp(-after / onset)) * np.exp(-after / decay))

    out -= rng.choice([0.0, rng.uniform(0, 0.35)]) * hump(rng.uniform(5e-4, 3e-3), rng.uniform(4e-3, 4e-2))
    out += rng.choice([0.0, 0.0, rng.uniform(0, 0.35)]) * hump(
        rng.uniform(1e-3, 5e-3), rng.uniform(4e-3, 2e-2)
    )
    # What the pipette lets through.
    for _ in range(rng.integers(1, 3)):
        kept = np.exp(-_STEP / np.exp(rng.uniform(np.log(2e-5), np.log(8e-4))))
        out = lfilter([1 - kept], [1, -kept], out)
    out = gaussian_filter1d(out, _ANTIALIAS / sampling_rate / _STEP)
    top = int(np.argmax(out))
    base = out[max(top - round(4e-3 / _STEP), 0) : top].min()
    return time - time[top], np.asarray((out - out[0]) / (out[top] - base))


def _placed(
    n: int, rate: float, time: Floats, height: Floats, stretch: Floats, spike: tuple[Floats, Floats]
) -> Floats:
    out = np.zeros(n)
    grid, shape = spike
    for at, size, wide in zip(time, height, stretch, strict=True):
        first = max(0, int(np.ceil((at + grid[0]) * rate)))
        last = min(n, int((at + grid[-1]) * rate))
        since = np.arange(first, last) / rate - at
        # Only what lies close to the peak is stretched: the rest follows its own clock.
        near = np.clip(since, -3e-3, 6e-3)
        out[first:last] += size * np.interp(since - near + near / wide, grid, shape)
    return out


def _pushed(n: int, rate: float, epochs: Floats, size: float, rng: np.random.Generator) -> Floats:
    """A depolarisation below each train, charging and discharging like a membrane."""
    drive = np.zeros(n)
    for start, stop in epochs:
        drive[round(start * rate) : round(stop * rate)] = size
    kept = np.exp(-1 / (rate * rng.uniform(2e-3, 3e-2)))
    return np.asarray(lfilter([1 - kept], [1, -kept], drive))
