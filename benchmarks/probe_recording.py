"""A simulated recording of a probe: coloured noise, what all channels share, and neurons' spikes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 30_000.0
GAIN = 2.34e-6
"""V per count."""
_PIECE = 30_000


class Truth(NamedTuple):
    """Where spikes peak; int64, (n_spikes,)."""

    sample_index: NDArray[np.int64]
    channel_index: NDArray[np.int64]


def positions(n_channels: int) -> NDArray[np.float64]:
    """Two columns of contacts, 32 um apart, rows 20 um apart."""
    k = np.arange(n_channels)
    return np.column_stack([32.0 * (k % 2), 20.0 * (k // 2)])


def write_probe_recording(folder: Path, seconds: float, *, n_channels: int = 384, seed: int = 0) -> Truth:
    """Write ``probe.bin`` (int16), its description and ``probe.json``; return the true peaks.

    Each tenth channel has a neuron of 3 spikes per second, at least 2 ms apart, seen on
    its contact and on those within 60 um, smaller with distance.
    """
    rng = np.random.default_rng(seed)
    n, places = round(seconds * RATE), positions(n_channels)
    truth = _truth(rng, n, n_channels)
    offsets = rng.normal(0, 40, n_channels)
    with (folder / "probe.bin").open("wb") as out:
        for start in range(0, n, _PIECE):
            stop = min(start + _PIECE, n)
            samples = rng.standard_normal((stop - start, n_channels), np.float32) * 5
            samples += rng.normal(0, 8, (stop - start, 1)) + offsets
            _add_spikes(samples, start, truth, places)
            np.rint(samples).astype("<i2").tofile(out)
    names = "[" + ", ".join(f'"AP{k}"' for k in range(n_channels)) + "]"
    (folder / "probe.toml").write_text(
        f'dtype = "<i2"\nn_channels = {n_channels}\nsampling_rate = {RATE}\ngain = {GAIN!r}\nunit = "V"\n'
        f'mode = "extracellular"\nchannels = {names}\n'
    )
    (folder / "probe.json").write_text(json.dumps(probe_document(places)))
    return truth


def probe_document(places: NDArray[np.float64]) -> dict[str, object]:
    """The geometry as probeinterface writes it."""
    n = len(places)
    one = {
        "ndim": 2,
        "si_units": "um",
        "contact_positions": places.tolist(),
        "contact_plane_axes": [[[1.0, 0.0], [0.0, 1.0]]] * n,
        "contact_shapes": ["circle"] * n,
        "contact_shape_params": [{"radius": 6}] * n,
        "device_channel_indices": list(range(n)),
    }
    return {"specification": "probeinterface", "version": "0.2.21", "probes": [one]}


def _truth(rng: np.random.Generator, n: int, n_channels: int) -> Truth:
    at, channel = [], []
    for k in range(0, n_channels, 10):
        gaps = 60 + rng.exponential(RATE / 3, max(2, round(n / RATE * 4)))
        times = np.cumsum(gaps).astype(np.int64)
        times = times[(times > 30) & (times < n - 60)]
        at.append(times)
        channel.append(np.full(times.size, k))
    order = np.argsort(np.concatenate(at), kind="stable")
    return Truth(np.concatenate(at)[order], np.concatenate(channel)[order])


def _add_spikes(samples: NDArray[np.float32], start: int, truth: Truth, places: NDArray[np.float64]) -> None:
    """Add the spikes to a piece; a spike across two pieces is in both."""
    t = np.arange(-30, 60)
    shape = -np.exp(-0.5 * (t / 3.5) ** 2) + 0.35 * np.exp(-0.5 * ((t - 14) / 8.0) ** 2)
    near = (truth.sample_index > start - 60) & (truth.sample_index < start + len(samples) + 30)
    for at, channel in zip(truth.sample_index[near] - start, truth.channel_index[near], strict=True):
        low, high = max(at - 30, 0), min(at + 60, len(samples))
        distance = np.hypot(*(places - places[channel]).T)
        seen = np.flatnonzero(distance <= 60)
        size = 90 * np.exp(-distance[seen] / 25)
        samples[low:high, seen] += shape[low - at + 30 : high - at + 30, None] * size
