"""The figures of responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from spikelens.plots._style import styled
from spikelens.plots.first_spikes import first_spikes
from spikelens.plots.frequency_level import frequency_level
from spikelens.plots.psth import psth
from spikelens.plots.raster import LABELS, raster
from spikelens.plots.tuning_curve import number, tuning_curve
from spikelens.prefixes import quantity
from spikelens.responses.stimuli import Ints
from spikelens.responses.tuning import Tuning

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spikelens.responses.running import Responses

CURVES = 3
"""Levels whose curves are drawn; of more, evenly taken ones."""


@styled
def raster_figure(found: Responses) -> Figure:
    """Every trial above, the rate of all of them below."""
    n = min(len(found.trials), 400)
    figure = _figure(5.2, 3.4 + 2.4 * n / 400)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.5 + n / 270, 1))
    plan, trials = found.plan, found.trials
    aligned = trials.aligned(plan.shown)
    windows = (plan.window, plan.baseline)
    names, name_of, title = _names(found)
    order = np.argsort(trials.group, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    raster(
        place[aligned.trial],
        aligned.time,
        name_of[trials.group[order]],
        names=names,
        shown=plan.shown,
        windows=windows,
        ax=above,
    )
    pooled = found.psth.pooled()
    band = (pooled.band[0][0], pooled.band[1][0])
    quiet = found.evidence.spontaneous
    spontaneous = float(quiet.rate[0]) if not found.evidence.has_own_baseline else float("nan")
    psth(found.psth.edges, pooled.rate[0], band, spontaneous=spontaneous, windows=windows, ax=below)
    above.set_xlabel("")
    above.set_xlim(plan.shown)
    if len(names) > 1:
        above.set_ylabel(title)
    return figure


def _names(found: Responses) -> tuple[list[str], Ints, str]:
    """Names beside the raster, which of them each condition has, and what they are.

    Where conditions are many, only the first factor is named.
    """
    conditions, by = found.trials.conditions, found.plan.by
    is_crowded = len(by) > 1 and len(conditions) > LABELS
    units = found.trials.stimuli.units
    told = [condition_name({by[0]: c[by[0]]} if is_crowded else c, units) for c in conditions]
    names = list(dict.fromkeys(told))
    title = f"{by[0]}, in each by {', '.join(by[1:])}" if is_crowded else ", ".join(by)
    return names, np.array([names.index(name) for name in told]), title


def condition_name(condition: Mapping[str, object], units: Mapping[str, str]) -> str:
    """A condition's values, as short as can be."""
    return ", ".join(_short(value, units.get(name, "")) for name, value in condition.items())


def _short(value: object, unit: str) -> str:
    if not isinstance(value, (int, float)):
        return str(value)
    return quantity(value, unit) if unit else number(value)


@styled
def latency_figure(found: Responses) -> Figure:
    """First spikes of all trials whose condition excited the cell, or of all where none did."""
    excited = np.flatnonzero(found.evidence.response == "excited")
    chosen = excited if excited.size else np.arange(len(found.trials.conditions))
    late = found.latencies
    mine = np.isin(late.group, chosen)
    whole = found.counts.is_whole & np.isin(found.trials.group, chosen)
    alone = late.minimum[chosen[0]] if chosen.size == 1 else np.nan
    quiet = float(np.nanmean(found.evidence.spontaneous.rate[chosen])) if whole.any() else np.nan
    figure = _figure(4.4, 2.9)
    ax = first_spikes(
        late.first[mine],
        window=found.plan.window,
        n_trials=int(whole.sum()),
        minimum=float(alone),
        by_chance=quiet,
        ax=figure.add_subplot(),
    )
    if excited.size and excited.size < len(found.trials.conditions):
        ax.set_title(f"{ax.get_title(loc='left')}\n({excited.size} conditions that excite)")
    return figure


@styled
def tuning_figure(tuning: Tuning, unit: str = "") -> Figure:
    """The curve, or one for some of the levels; `unit` is the factor's."""
    rows = np.unique(np.linspace(0, tuning.levels.size - 1, min(CURVES, tuning.levels.size)).astype(np.int64))
    names = [f"{tuning.level} {number(tuning.levels[row])}" if tuning.level else "evoked" for row in rows]
    curves = {
        name: (tuning.evoked[row], tuning.low[row], tuning.high[row])
        for name, row in zip(names, rows, strict=True)
    }
    figure = _figure(4.6, 3.1)
    tuning_curve(
        tuning.values,
        curves,
        factor=tuning.factor,
        unit=unit,
        is_log=tuning.has_octaves,
        best=tuning.measures["best"],
        ax=figure.add_subplot(),
    )
    return figure


@styled
def map_figure(tuning: Tuning) -> Figure:
    """Frequency by level."""
    figure = _figure(4.8, 3.3)
    frequency_level(
        tuning.values,
        tuning.levels,
        tuning.evoked,
        is_excited=tuning.is_excited,
        factor=tuning.factor,
        level=tuning.level,
        ax=figure.add_subplot(),
    )
    return figure


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
