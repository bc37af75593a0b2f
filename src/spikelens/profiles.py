"""A recording's profile: the numbers of every measure that fits it, and why others do not.

What is asked of a cell, of a condition within it and of the cells of a study is the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.errors import SpikelensError, UnknownName
from spikelens.features import Feature
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.summary import COUNTS, Row, fit_values


class Profile(NamedTuple):
    """Numbers of a recording by name, what each is, and why a measure gave none."""

    row: Row
    columns: tuple[Feature, ...]
    reasons: tuple[str, ...] = ()


Measure = Callable[[Recording, Spikes, float | None], Profile]


def checked_measures(names: Sequence[str]) -> tuple[str, ...]:
    """The names, in our order.

    Raises
    ------
    UnknownName
        One that is none; the message lists those there are.
    """
    for name in names:
        if name not in MEASURES:
            raise UnknownName.among("measure", name, MEASURES)
    return tuple(name for name in MEASURES if name in names)


def profile_of(
    recording: Recording,
    spikes: Spikes,
    measures: Sequence[str] | None = None,
    *,
    junction_potential: float | None = None,
) -> Profile:
    """The numbers of the named measures; those of spikes count observed time only.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
        Of a part of the recording if their stretches are those of that part.
    measures : sequence of str
        Of `MEASURES`; all by default.
    junction_potential : float, V, optional
        Subtracted from absolute voltages that are not the spikes' own.
    """
    row: Row = {}
    columns: list[Feature] = []
    reasons = []
    for name in MEASURES if measures is None else measures:
        try:
            told = MEASURES[name](recording, spikes, junction_potential)
        except SpikelensError as why:
            reasons.append(f"{name}: {why}")
            continue
        row |= told.row
        columns += told.columns
    return Profile(row, tuple(columns), tuple(reasons))


def _train(recording: Recording, spikes: Spikes, junction_potential: float | None) -> Profile:
    """Counts and intervals of all the time observed; a latency would be that of one sweep."""
    rule = rooms.load("features", "train")
    exposure = spikes.stretches.n_samples() / spikes.sampling_rate
    told = rule().measure(spikes.time, spikes.stretches.at(spikes.sample_index), exposure, np.nan)
    whole: Row = {n: int(v) if n in COUNTS and np.isfinite(v) else v for n, v in told.items()}
    columns = (Feature("exposure", "s", "Observed time."), *(f for f in rule.features if f.name != "latency"))
    whole["exposure"] = exposure
    return Profile({f.name: whole[f.name] for f in columns}, columns)


def _features(recording: Recording, spikes: Spikes, junction_potential: float | None) -> Profile:
    """The median of each feature over the spikes that are fit for it."""
    row: Row = {}
    columns = []
    for name in ("height", *spikes.rules):
        values = fit_values(spikes, name)
        if values is None or name.endswith("_time"):
            continue
        row[name] = float(np.median(values)) if values.size else float("nan")
        rule = spikes.rules.get(name, "Peak minus the local base before it.")
        columns.append(Feature(name, spikes.units.get(name, ""), f"Median over fit spikes. {rule}"))
    return Profile(row, tuple(columns))


def _steps(recording: Recording, spikes: Spikes, junction_potential: float | None) -> Profile:
    """The cell's answer to current steps."""
    from spikelens.steps.columns import CELL
    from spikelens.steps.measuring import measure_steps

    steps = measure_steps(recording, spikes, junction_potential=junction_potential)
    # Whether a cell is spontaneous, and its notes, are no numbers to compare.
    columns = tuple(f for f in CELL if type(steps.cell[f.name]) in (int, float))
    return Profile({f.name: steps.cell[f.name] for f in columns}, columns)


def _membrane(recording: Recording, spikes: Spikes, junction_potential: float | None) -> Profile:
    """The potential between spikes."""
    from spikelens.membrane.measuring import measure_membrane
    from spikelens.membrane.tables import COLUMNS, condition_rows

    whole = condition_rows(measure_membrane(recording, spikes))[0]
    columns = tuple(f for f in COLUMNS["conditions"] if f.name not in _ELSEWHERE and f.name in whole)
    row = {f.name: whole[f.name] for f in columns}
    for name in _ABSOLUTE:
        row[name] = float(str(row[name])) - (junction_potential or 0.0)
    return Profile(row, columns)


_ELSEWHERE = ("condition", "exposure", "n_spikes", "is_bimodal")
"""Of a membrane's columns, those that the train tells, and what is no number."""
_ABSOLUTE = ("mean_v", "p05_v", "median_v", "p95_v", "down_v", "up_v")


def _quality(recording: Recording, spikes: Spikes, junction_potential: float | None) -> Profile:
    """How good the recording is: medians over its sections."""
    from spikelens.quality.measuring import measure_quality
    from spikelens.quality.tables import COLUMNS

    sections = measure_quality(recording, spikes).columns
    columns = tuple(f for f in COLUMNS["quality"] if f.name in _OF_SECTIONS and f.name in sections)
    told = [dataclasses.replace(f, meaning=f"Median over sections. {f.meaning}") for f in columns]
    return Profile({f.name: _known_median(sections[f.name]) for f in columns}, tuple(told))


_OF_SECTIONS = ("resting_sd", "noise_level", "hum", "bridge", "holding_current")


def _known_median(values: NDArray[Any]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


MEASURES: Mapping[str, Measure] = {
    "train": _train,
    "features": _features,
    "steps": _steps,
    "membrane": _membrane,
    "quality": _quality,
}
"""By name; the order is that of the columns."""
