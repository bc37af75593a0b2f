"""Rows for people: a train's figures per sweep and in all, and each feature's usual value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.recording import Recording, Stimulus
from spikelens.spikes import Spikes

Row = dict[str, object]

_PIECE = 1 << 20
"""Samples of a stimulus that are looked at at a time."""
COUNTS = ("spikes", "bursts", "pauses")
SHAPED = ("width", "rise_duration", "decay_duration", "upstroke_downstroke_ratio", "threshold_v", "amplitude")
"""Features, beside slopes, that a slow electrode or few samples shape more than the cell does."""


def were_sought(recording: Recording, spikes: Spikes) -> bool:
    """Whether having no spikes says anything: in voltage clamp none are sought, though some may be given."""
    return recording.mode != "voltage-clamp" or len(spikes) > 0


def sweep_rows(
    recording: Recording, spikes: Spikes, *, trains: Mapping[str, object] | None = None
) -> list[Row]:
    """One row per sweep and, last, one for all of them (``sweep`` is ``"all"``).

    Parameters
    ----------
    recording : Recording
        Of the channel the spikes were found in; its stimulus dates latencies.
    spikes : Spikes
    trains : mapping, optional
        Parameters of the features' room's `train`.

    Returns
    -------
    list of dict
        ``sweep``, ``start_time`` (s), ``exposure`` (s, observed), then the train's features; NaN
        where no spikes were sought.
    """
    rule = rooms.load("features", "train").from_parameters(trains or {})
    is_known = were_sought(recording, spikes)

    def figures_of(*train: Any) -> Row:
        figures = rule.measure(*train)
        return _counted(figures) if is_known else dict.fromkeys(figures, np.nan)

    stretch = spikes.stretches.at(spikes.sample_index)
    rows: list[Row] = []
    for sweep in range(len(recording.sweeps)):
        mine = spikes.sweep == sweep
        exposure = spikes.stretches.n_samples(sweep) / spikes.sampling_rate
        origin = stimulus_onset(recording, sweep)
        figures = figures_of(spikes.time_in_sweep[mine], stretch[mine], exposure, origin)
        start = float(recording.time_of(int(recording.sweeps.bounds[sweep])))
        rows.append({"sweep": sweep, "start_time": start, "exposure": exposure, **figures})
    exposure = spikes.stretches.n_samples() / spikes.sampling_rate
    # A latency in all would be that of one sweep.
    times, origin = (spikes.time_in_sweep, origin) if len(rows) == 1 else (spikes.time, np.nan)
    figures = figures_of(times, stretch, exposure, origin)
    return [*rows, {"sweep": "all", "start_time": np.nan, "exposure": exposure, **figures}]


def _counted(figures: Mapping[str, float]) -> Row:
    return {name: int(value) if name in COUNTS else value for name, value in figures.items()}


def stimulus_onset(recording: Recording, sweep: int) -> float:
    """When the stimulus first leaves its initial value, s from the sweep's start; 0 if it is not known."""
    if recording.stimulus is None:
        return 0.0
    low, high = (int(b) for b in recording.sweeps.bounds[sweep : sweep + 2])
    # A recorded command is noisy: it has left once it is a tenth of its way away.
    farthest = max((away.max() for away in _away(recording.stimulus, low, high)), default=0.0)
    passed = 0
    for away in _away(recording.stimulus, low, high):
        left = np.flatnonzero(away > 0.1 * farthest)
        if left.size:
            return float((passed + left[0]) / recording.sampling_rate)
        passed += away.size
    return 0.0


def _away(stimulus: Stimulus, low: int, high: int) -> Iterator[NDArray[np.float32]]:
    """How far a stimulus is from where it stands at sample `low`, piece by piece, V or A."""
    initial = stimulus.read(low, min(low + 1, high))
    for start in range(low, high, _PIECE):
        yield np.abs(stimulus.read(start, min(start + _PIECE, high)) - initial)


def feature_rows(spikes: Spikes) -> list[Row]:
    """Median and quartiles of each numeric feature over the spikes that are fit for it.

    Values that the sampling, the filter or the electrode limits are left out: they
    describe the instrument.
    """
    rows: list[Row] = []
    for name in ("height", *spikes.rules):
        values = fit_values(spikes, name)
        if values is None or name.endswith("_time"):
            continue
        quartiles = np.quantile(values, [0.25, 0.5, 0.75]) if values.size else np.full(3, np.nan)
        low, middle, high = (float(q) for q in quartiles)
        row: Row = {"feature": name, "unit": spikes.units.get(name, ""), "n": int(values.size)}
        rows.append(row | {"median": middle, "lower_quartile": low, "upper_quartile": high})
    return rows


def fit_values(spikes: Spikes, name: str) -> NDArray[np.float64] | None:
    """A numeric column without NaN and without what the instrument limits; None for text."""
    values = spikes[name]
    if values.dtype.kind != "f":
        return None
    kept = np.isfinite(values)
    if "limited" in spikes and (name in SHAPED or spikes.units.get(name) in ("V/s", "1/s")):
        kept &= spikes["limited"] == ""
    return values[kept].astype(np.float64)
