"""The figures of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import styled
from spikelens.plots.current_raster import current_raster
from spikelens.plots.fi_curve import fi_curve
from spikelens.plots.step_traces import Sweep, step_traces
from spikelens.plots.time_constant import time_constant
from spikelens.plots.vi_curve import vi_curve
from spikelens.prefixes import megohms, quantity
from spikelens.runs.analysis import Picture
from spikelens.steps.cell import column
from spikelens.steps.curves import Line
from spikelens.steps.measuring import Steps
from spikelens.steps.sweeps import Row, Trial
from spikelens.steps.words import per_picoampere

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

AROUND = 0.25
"""Traces are drawn so far before and after a step, as a share of it."""
TAUS_SHOWN = 1.6
"""The response is drawn so far beyond the window of its fit."""


@styled
def traces_picture(steps: Steps) -> Picture:
    """The silent sweeps over one another, the rheobase's and the fastest, and the commands."""
    rows, trials = steps.measured, steps.trials
    silent = [k for k, row in enumerate(rows) if not row["spikes"]]
    firing = sorted((k for k, row in enumerate(rows) if row["spikes"]), key=lambda k: rows[k]["current"])
    groups: dict[str, list[Sweep]] = {}
    if firing:
        fastest = max(firing, key=lambda k: rows[k]["average_rate"])
        groups[f"fastest: {_told(rows[fastest])}"] = [_trace(trials[fastest])]
        if firing[0] != fastest:
            groups[f"smallest current with spikes: {_told(rows[firing[0]])}"] = [_trace(trials[firing[0]])]
    if silent:
        groups[f"without spikes: {_span([rows[k]['current'] for k in silent])}"] = [
            _trace(trials[k]) for k in silent
        ]
    figure = step_traces(groups, [_command(trial) for trial in trials])
    words = "Sweeps with their command below; the first spikes, the fastest, and all that are silent."
    return Picture("traces", figure, words)


def _told(row: Row) -> str:
    return f"{quantity(row['current'], 'A')}, {row['average_rate']:.3g} per s"


def _span(currents: list[float]) -> str:
    if len(currents) == 1:
        return quantity(currents[0], "A")
    return f"{len(currents)} sweeps, {quantity(min(currents), 'A')} to {quantity(max(currents), 'A')}"


def _shown(trial: Trial) -> tuple[int, int]:
    step = trial.step
    around = round(AROUND * (step.offset - step.onset))
    return max(step.onset - around, 0), min(step.offset + around, trial.volts.size)


def _trace(trial: Trial) -> Sweep:
    start, stop = _shown(trial)
    return np.arange(start, stop) / trial.sampling_rate, trial.volts[start:stop]


def _command(trial: Trial) -> Sweep:
    start, stop = (x / trial.sampling_rate for x in _shown(trial))
    low, high = trial.step.holding, trial.step.holding + trial.step.amperes
    times = [start, trial.onset, trial.onset, trial.offset, trial.offset, stop]
    return np.array(times), np.array([low, low, high, high, low, low])


@styled
def fi_picture(steps: Steps) -> Picture | None:
    """Rate over current, with the line that gives the gain; None of one current, or without spikes."""
    rows, line = steps.measured, steps.fits.gain
    if not _spans(rows) or not any(row["spikes"] for row in rows):
        return None
    blocked = np.array([row["is_blocked"] for row in rows], bool)
    axes = fi_curve(
        column(rows, "current"), column(rows, "average_rate"), fit=_ends(line), is_blocked=blocked
    )
    axes.set_title(f"gain {per_picoampere(line.slope)}" if line else "no gain: too few currents with spikes")
    words = "Rate over current. The line has the median of the slopes between the points it spans."
    return Picture(
        "fi_curve", _figure_of(axes), words + (" Open: depolarisation block." if blocked.any() else "")
    )


@styled
def vi_picture(steps: Steps) -> Picture | None:
    """Voltage over current of silent sweeps; None of fewer than two currents."""
    rows = [row for row in steps.measured if not row["spikes"] and np.isfinite(row["steady_state_v"])]
    if not _spans(rows):
        return None
    line = steps.fits.resistance
    axes = vi_curve(
        column(rows, "current"),
        column(rows, "steady_state_v"),
        trough=column(rows, "minimum_v"),
        fit=_ends(line),
    )
    axes.set_title(f"input resistance {megohms(steps.cell['input_resistance'])}")
    words = (
        "Voltage over current of sweeps without spikes: the mean over at most the last"
        f" {quantity(steps.rule.steady, 's')} of the step, and the lowest 5 ms of it."
    )
    return Picture("vi_curve", _figure_of(axes), words)


@styled
def charging_picture(steps: Steps) -> Picture | None:
    """The mean response per ampere with its exponential; None if nothing was fitted."""
    fit, response = steps.fits.charging, steps.fits.response
    if fit is None or response is None:
        return None
    rate = steps.recording.sampling_rate
    shown = response[: round(TAUS_SHOWN * fit.window[1] * rate)]
    times = np.arange(shown.size) / rate
    axes = time_constant(times, shown, fit.at(times), window=fit.window)
    axes.set_title(f"time constant {quantity(fit.tau, 's')}, R\u00b2 {fit.r2:.3f}")
    return Picture(
        "time_constant",
        _figure_of(axes),
        "Mean deflection per ampere of the steps that give the resistance; grey: what was fitted.",
    )


@styled
def raster_picture(steps: Steps) -> Picture | None:
    """The spikes of every sweep, in the order of its current; None without spikes."""
    if not any(trial.times.size for trial in steps.trials):
        return None
    axes = current_raster(
        [trial.times for trial in steps.trials],
        column(steps.measured, "current"),
        steps=[(trial.onset, trial.offset) for trial in steps.trials],
    )
    ends = [_shown(trial) for trial in steps.trials]
    axes.set_xlim(
        *(edge / steps.recording.sampling_rate for edge in (min(a for a, _ in ends), max(b for _, b in ends)))
    )
    return Picture(
        "raster", _figure_of(axes), "Spikes of each sweep, the largest current on top; grey: its step."
    )


def _spans(rows: list[Row]) -> bool:
    """Whether there are two currents to draw a curve over."""
    return len({row["current"] for row in rows}) > 1


def _ends(line: Line | None) -> tuple[Floats, Floats] | None:
    if line is None:
        return None
    ends = np.array([line.x.min(), line.x.max()])
    return ends, line.at(ends)


def _figure_of(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure
