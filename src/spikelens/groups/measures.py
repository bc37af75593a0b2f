"""What is measured of each recording of a study; a number that cannot be had says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from spikelens import rooms
from spikelens.errors import SpikelensError
from spikelens.features import Feature
from spikelens.runs.finding import Found
from spikelens.summary import Row, fit_values


class Measured(NamedTuple):
    """Numbers of a recording by name, and what each is."""

    row: Row
    columns: tuple[Feature, ...]


Measure = Callable[[Found], Measured]


def measured(found: Found, names: tuple[str, ...]) -> tuple[Measured, list[str]]:
    """All the named measures of a recording, and why some do not fit it.

    Parameters
    ----------
    found : Found
    names : tuple of str
        Of `MEASURES`.

    Returns
    -------
    Measured, list of str
    """
    row: Row = {}
    columns: list[Feature] = []
    reasons = []
    for name in names:
        try:
            told = MEASURES[name](found)
        except SpikelensError as why:
            reasons.append(f"{name}: {why}")
            continue
        row |= told.row
        columns += told.columns
    return Measured(row, tuple(columns)), reasons


def _train(found: Found) -> Measured:
    """Counts and intervals of the whole recording."""
    rule = rooms.load("features", "train")
    whole = found.sweeps[-1]
    exposure = Feature("exposure", "s", "Observed time.")
    columns = (exposure, *(f for f in rule.features if f.name != "latency"))
    return Measured({f.name: whole[f.name] for f in columns}, columns)


def _features(found: Found) -> Measured:
    """The median of each feature over the spikes that are fit for it."""
    spikes = found.spikes
    row: Row = {}
    columns = []
    for name in ("height", *spikes.rules):
        values = fit_values(spikes, name)
        if values is None or name.endswith("_time"):
            continue
        row[name] = float(np.median(values)) if values.size else float("nan")
        rule = spikes.rules.get(name, "Peak minus the local base before it.")
        columns.append(Feature(name, spikes.units.get(name, ""), f"Median over fit spikes. {rule}"))
    return Measured(row, tuple(columns))


def _steps(found: Found) -> Measured:
    """The cell's answer to current steps."""
    from spikelens.steps.columns import CELL
    from spikelens.steps.measuring import measure_steps

    steps = measure_steps(found.recording, found.spikes, junction_potential=found.request.junction_potential)
    # Whether a cell is spontaneous, and its notes, are no numbers to compare.
    columns = tuple(f for f in CELL if type(steps.cell[f.name]) in (int, float))
    return Measured({f.name: steps.cell[f.name] for f in columns}, columns)


MEASURES: Mapping[str, Measure] = {"train": _train, "features": _features, "steps": _steps}
"""By name; the order is that of the columns."""
