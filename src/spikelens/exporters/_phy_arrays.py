"""The arrays of a folder for phy, as Kilosort writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.probes import read_probe
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import rows_of_units

RESERVED = ("clusters", "templates", "samples", "times", "times_reordered", "amplitudes", "unit_id")
"""Names of phy's own arrays of spikes."""
SAMPLES = "recording.dat"
BEFORE, AFTER = 1e-3, 2e-3
"""What a template shows to either side of the peak, s."""
_MOST = 200
"""A template is the mean of no more spikes than this, evenly chosen."""
_PIECE = 1 << 22
_GROUPS = ("good", "mua", "noise", "unsorted")


def write_samples(folder: Path, recording: Recording) -> None:
    """The samples, one row after the other, and ``params.py`` that says what they are.

    Whole numbers of 16 bits stay as they are; others become float32 V or A.
    """
    kept = np.dtype(recording.source.dtype).str[1:] == "i2"
    n = len(recording.channels)
    rows = max(1, _PIECE // n)
    with (folder / SAMPLES).open("wb") as out:
        for start in range(0, recording.n_samples, rows):
            stop = min(start + rows, recording.n_samples)
            part = recording.stored(start, stop).astype("<i2") if kept else recording.read(start, stop)
            out.write(np.ascontiguousarray(part).tobytes())
    lines = [
        f"dat_path = {SAMPLES!r}",
        f"n_channels_dat = {n}",
        f"dtype = {'int16' if kept else 'float32'!r}",
        "offset = 0",
        f"sample_rate = {recording.sampling_rate!r}",
        "hp_filtered = False",
    ]
    (folder / "params.py").write_text("\n".join(lines) + "\n", encoding="utf-8")


def arrays_of(recording: Recording, spikes: Spikes, probe: str | None) -> dict[str, NDArray[Any]]:
    """All arrays by file name; spikes are in the order of their samples."""
    units = rows_of_units(spikes)
    template = np.empty(len(spikes), np.int32)
    cluster = np.empty(len(spikes), np.int32)
    for k, (unit, rows) in enumerate(units.items()):
        template[rows], cluster[rows] = k, unit
    order = np.argsort(spikes.sample_index, kind="stable")
    numbers = {n: c for n, c in spikes.columns.items() if c.dtype.kind in "fi" and n not in RESERVED}
    return {
        "spike_times": spikes.sample_index[order],
        "spike_templates": template[order],
        "spike_clusters": cluster[order],
        "amplitudes": _amplitudes(spikes, units)[order],
        "templates": _templates(recording, spikes, list(units.values())),
        "channel_map": np.arange(len(recording.channels), dtype=np.int32),
        "channel_positions": _positions(recording, probe),
        **{f"spike_{name}": column[order] for name, column in numbers.items()},
    }


def clusters_of(spikes: Spikes) -> dict[str, dict[int, str]]:
    """What is known of each unit: its channel, and its kind where all of its spikes share one."""
    units = rows_of_units(spikes)
    channels = {u: str(spikes["channel"][rows[0]]) for u, rows in units.items()}
    known: dict[str, dict[int, str]] = {"channel_name": channels}
    if "unit_name" in spikes:
        known["name"] = {u: str(spikes["unit_name"][rows[0]]) for u, rows in units.items()}
    if "kind" not in spikes:
        return known
    kinds = {u: set(spikes["kind"][rows].tolist()) for u, rows in units.items()}
    shared = {u: str(next(iter(names))) for u, names in kinds.items() if len(names) == 1}
    is_phys = all(kind in _GROUPS for kind in shared.values())
    return known | {"group" if is_phys else "kind": shared}


def _amplitudes(spikes: Spikes, units: Mapping[int, NDArray[np.int64]]) -> NDArray[np.float64]:
    """Each spike's height over the mean of its unit; 1 where nobody measured it."""
    out = np.ones(len(spikes))
    for rows in units.values():
        heights = np.abs(spikes.height[rows])
        if np.isfinite(heights).all() and heights.mean() > 0:
            out[rows] = heights / heights.mean()
    return out


def _templates(recording: Recording, spikes: Spikes, units: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    """Mean waveforms, (n_units, n_samples, n_channels), as stored, without their rest."""
    left, right = (max(1, round(t * recording.sampling_rate)) for t in (BEFORE, AFTER))
    shape = (left + right, len(recording.channels))
    means = [_mean(recording, spikes.sample_index[rows], (left, right)) for rows in units]
    if len(units) == 1 and shape[1] > 1:
        # phylib squeezes arrays: a single template of several channels would be taken for many of one.
        means.append(np.zeros(shape, np.float32))
    return np.stack(means)


def _mean(recording: Recording, peaks: NDArray[np.int64], reach: tuple[int, int]) -> NDArray[np.float32]:
    left, right = reach
    inside = peaks[(peaks >= left) & (peaks + right <= recording.n_samples)]
    some = inside[np.linspace(0, inside.size - 1, min(inside.size, _MOST)).astype(np.int64)]
    total = np.zeros((left + right, len(recording.channels)))
    for peak in some:
        total += recording.stored(int(peak) - left, int(peak) + right)
    mean = total / max(1, some.size)
    return np.asarray(mean - np.median(mean, axis=0), np.float32)


def _positions(recording: Recording, probe: str | None) -> NDArray[np.float64]:
    """Where contacts are, um; those not known stand 1 mm apart, as phy wants places that differ."""
    numbers = [k if c.index is None else c.index for k, c in enumerate(recording.channels)]
    places = np.column_stack([np.zeros(len(numbers)), 1000.0 * np.arange(len(numbers))])
    if probe is None:
        return places
    known = read_probe(Path(probe), max(numbers) + 1).of_channels(numbers).positions[:, :2]
    return np.where(np.isfinite(known), known, places)
