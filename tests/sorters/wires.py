"""Small wires with neurons whose spikes are known."""

from __future__ import annotations

import numpy as np

from spikelens.probes import Probe
from spikelens.recording import Recording

RATE = 20_000.0


def wire(
    seconds: float = 8.0, *, seed: int = 0, noise: float = 8e-6
) -> tuple[Recording, np.ndarray, np.ndarray]:
    """A wire of two neurons in coloured noise; the sample of each spike and its neuron."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE)
    t = np.arange(-30, 60) / RATE * 1e3
    narrow = -120e-6 * np.exp(-0.5 * (t / 0.09) ** 2) + 30e-6 * np.exp(-0.5 * ((t - 0.6) / 0.25) ** 2)
    broad = -80e-6 * np.exp(-0.5 * (t / 0.22) ** 2) + 25e-6 * np.exp(-0.5 * ((t - 1.0) / 0.3) ** 2)
    white = rng.normal(size=n + 1)
    trace = noise * (white[1:] + 0.5 * white[:-1]) / np.sqrt(1.25)
    samples, units = [], []
    for unit, (shape, rate) in enumerate(((narrow, 14.0), (broad, 18.0))):
        at = np.cumsum(0.004 + rng.exponential(1 / rate - 0.004, round(2 * seconds * rate)))
        at = (at[at < seconds - 0.01] * RATE).astype(int)
        for s in at[at > 40]:
            trace[s - 30 : s + 60] += rng.normal(1, 0.05) * shape
        samples.append(at[at > 40])
        units.append(np.full(samples[-1].size, unit))
    recording = Recording.from_array(trace.astype(np.float32), RATE, mode="extracellular", name="wire")
    sample, which = np.concatenate(samples), np.concatenate(units)
    order = np.argsort(sample, kind="stable")
    return recording, sample[order], which[order]


def probe(
    seconds: float = 20.0, *, n_channels: int = 12, seed: int = 0
) -> tuple[Recording, Probe, np.ndarray, np.ndarray]:
    """A line of contacts 20 um apart with four neurons, two of which share their nearest contact."""
    rng = np.random.default_rng(seed)
    n, t = round(seconds * RATE), np.arange(-30, 60) / RATE * 1e3
    traces = rng.normal(0, 8e-6, (n, n_channels))
    depth, place = 20.0 * np.arange(n_channels), (30.0, 110.0, 114.0, 190.0)
    samples, units = [], []
    for unit, (where, width) in enumerate(zip(place, (0.1, 0.1, 0.2, 0.15), strict=True)):
        course = -np.exp(-0.5 * (t / width) ** 2) + 0.25 * np.exp(-0.5 * ((t - 0.7) / 0.3) ** 2)
        shape = 120e-6 * course[:, None] * np.exp(-np.abs(depth - where) / 30.0)
        at = np.cumsum(0.004 + rng.exponential(1 / 9 - 0.004, round(18 * seconds)))
        at = (at[(at > 0.01) & (at < seconds - 0.01)] * RATE).astype(int)
        for s in at:
            traces[s - 30 : s + 60] += rng.normal(1, 0.05) * shape
        samples.append(at)
        units.append(np.full(at.size, unit))
    recording = Recording.from_array(traces.astype(np.float32), RATE, mode="extracellular", name="probe")
    contacts = Probe(np.column_stack([np.zeros(n_channels), depth]), np.zeros(n_channels, np.int64))
    sample, which = np.concatenate(samples), np.concatenate(units)
    order = np.argsort(sample, kind="stable")
    return recording, contacts, sample[order], which[order]
