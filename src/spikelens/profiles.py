"""A recording's profile: the numbers of every measure that fits it, and why others do not.

What is asked of a cell, of a condition within it and of the cells of a study is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

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


MEASURES: Mapping[str, Measure] = {"train": _train, "features": _features, "steps": _steps}
"""By name; the order is that of the columns."""
