"""Firing patterns: the trace of each step, and how its intervals go, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import FAINT, MARK, REST, SPIKE, label_si, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shown:
    """A step to draw."""

    title: str
    time: Floats = field(repr=False)
    """s, from the step's onset."""
    volts: Floats = field(repr=False)
    spikes: Floats = field(repr=False)
    """s, from the onset."""
    duration: float
    """Of the step, s."""


@styled
def firing_patterns(steps: Sequence[Shown]) -> Figure:
    """Draw a row per step: its trace, and beside it each interval where it ends.

    Parameters
    ----------
    steps : sequence of Shown
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 0.5 + 1.45 * max(len(steps), 1)), layout="constrained")
    panels = figure.subplots(max(len(steps), 1), 2, sharex=True, width_ratios=[3, 2], squeeze=False)
    if not steps:
        say(panels[0, 0], "no step with spikes")
        panels[0, 1].set_visible(False)
    for (trace, course), step in zip(panels, steps, strict=False):
        trace.plot(step.time, step.volts, color=REST, linewidth=0.6, gid="trace")
        inside = np.searchsorted(step.time, step.spikes)
        near = np.clip(inside, 0, step.time.size - 1)
        trace.plot(step.spikes, step.volts[near], "|", color=SPIKE, markersize=5, gid="spikes")
        trace.axvspan(0, step.duration, color=FAINT, alpha=0.35, linewidth=0)
        trace.set_title(step.title)
        label_si(trace.yaxis, "voltage", "V")
        _course(course, step)
    for axes in panels[-1] if steps else ():
        label_si(axes.xaxis, "time from onset", "s")
    return figure


def _course(ax: Axes, step: Shown) -> None:
    """The latency, and each interval at its end."""
    ax.plot(
        step.spikes[1:], np.diff(step.spikes), ".-", color=SPIKE, markersize=4, linewidth=0.6, gid="intervals"
    )
    ax.plot(step.spikes[:1], step.spikes[:1], "D", color=MARK, markersize=3, gid="latency")
    ax.set_ylim(bottom=0)
    ax.margins(y=0.15)
    label_si(ax.yaxis, "interval", "s")
