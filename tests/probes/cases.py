"""Small probes with spikes at known places."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors.bandpass_mad import BandpassMad
from spikelens.exclusive import Exclusive
from spikelens.probes import Probe
from spikelens.probesearch import ProbeSearch
from spikelens.recording import Recording
from spikelens.stretches import Stretches

RATE = 20_000.0
GAIN = 2e-6
N_CHANNELS = 10
NO_WALLS = np.empty((0, 2), np.int64)
BEFORE, AFTER = 30, 45
"""Samples of a spike before and after its peak."""


def spike() -> NDArray[np.float64]:
    """A narrow trough of depth 1 with a small hump after it; its lowest is sample `BEFORE`."""
    t = np.arange(-BEFORE, AFTER)
    return -np.exp(-0.5 * (t / 3.0) ** 2) + 0.2 * np.exp(-0.5 * ((t - 15) / 7.0) ** 2)


def line(n_channels: int = N_CHANNELS) -> Probe:
    """Contacts 25 um apart in a line."""
    places = np.column_stack([np.zeros(n_channels), 25.0 * np.arange(n_channels)])
    return Probe(places, np.zeros(n_channels, np.int64), "line")


def probe_json(path: Path, n_channels: int = N_CHANNELS) -> Path:
    """The same as probeinterface writes it."""
    one = {"si_units": "um", "contact_positions": line(n_channels).positions.tolist()}
    path.write_text(json.dumps({"specification": "probeinterface", "probes": [one]}))
    return path


def counts(
    n: int,
    planted: Iterable[tuple[int, int]] = (),
    *,
    n_channels: int = N_CHANNELS,
    seed: int = 0,
    noise: float = 5.0,
) -> NDArray[np.int16]:
    """Stored counts: noise, what channels share, and a spike for each (sample, channel) of `planted`.

    Neighbouring contacts see a spike smaller.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(0, noise, (n, n_channels)) + rng.normal(0, 8, (n, 1)) + rng.normal(0, 60, n_channels)
    shape = spike()
    for at, channel in planted:
        low, high = max(at - BEFORE, 0), min(at + AFTER, n)
        for beside, size in ((0, 150.0), (-1, 70.0), (1, 70.0)):
            if 0 <= channel + beside < n_channels:
                x[low:high, channel + beside] += size * shape[low - at + BEFORE : high - at + BEFORE]
    return np.rint(x).astype(np.int16)


def random_places(n: int, seed: int = 1, every: int = 300) -> list[tuple[int, int]]:
    """Spikes far enough apart to be told apart."""
    rng = np.random.default_rng(seed)
    at = np.arange(100, n - 100, every) + rng.integers(0, 60, len(range(100, n - 100, every)))
    return list(zip(at.tolist(), rng.integers(0, N_CHANNELS, at.size).tolist(), strict=True))


def search_of(
    stored: NDArray[Any] | Recording,
    *,
    probe: Probe | None = None,
    walls: NDArray[np.int64] = NO_WALLS,
    sign: int = -1,
    **settings: object,
) -> ProbeSearch:
    """A surveyed search of an array, or of a recording."""
    recording = stored
    if not isinstance(stored, Recording):
        recording = Recording.from_array(stored, RATE, gain=GAIN, mode="extracellular")
    assert isinstance(recording, Recording)
    return ProbeSearch(
        recording=recording,
        stretches=Stretches.between_walls(recording, walls),
        detector=BandpassMad(cutoff=7.0),
        settings=Exclusive.from_parameters({"reference": "median", **settings}),
        probe=probe or line(len(recording.channels)),
        sign=sign,
    ).surveyed()


def table_of(search: ProbeSearch, chunk: float = 10.0) -> dict[str, NDArray[Any]]:
    """All candidates of a search, in shares of `chunk` seconds."""
    tables = [search.candidates(share) for share in search.shares(chunk)]
    return {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}


def found_in(search: ProbeSearch, chunk: float = 10.0) -> list[tuple[int, int]]:
    """(sample, channel) of all candidates without a fault."""
    table = table_of(search, chunk)
    kept = ~table["fault"]
    return list(zip(table["sample_index"][kept].tolist(), table["channel_index"][kept].tolist(), strict=True))


def found_above(search: ProbeSearch, height: float, chunk: float = 10.0) -> list[tuple[int, int]]:
    """(sample, channel) of the candidates of at least so many V."""
    table = table_of(search, chunk)
    kept = table["height"] >= height
    return list(zip(table["sample_index"][kept].tolist(), table["channel_index"][kept].tolist(), strict=True))
