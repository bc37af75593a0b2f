"""Step traces: sweeps over one another, group by group, with the command below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, REST, SPIKE, label_si, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Sweep = tuple[Floats, Floats]
"""Times (s) and values of a trace."""

BINS = 1500
"""A trace is drawn as the range of its values in so many bins."""


@styled
def step_traces(groups: Mapping[str, Sequence[Sweep]], commands: Sequence[Sweep]) -> Figure:
    """Draw groups of sweeps above one another, and what was injected below.

    Parameters
    ----------
    groups : mapping of str to sequences of (times, volts)
        By title, from top to bottom; a group of one is drawn in blue, several in grey.
    commands : sequence of (times, amperes)
        All of them.

    Returns
    -------
    Figure
    """
    from matplotlib.figure import Figure

    heights = [2.0] * len(groups) + [0.8]
    figure = Figure(figsize=(6.4, 0.6 + 0.75 * sum(heights)), layout="constrained")
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for ax, (title, sweeps) in zip(panels[:-1], groups.items(), strict=True):
        _overlay(ax, sweeps, SPIKE if len(sweeps) == 1 else REST)
        label_si(ax.yaxis, "voltage", "V")
        ax.set_title(title)
    _overlay(panels[-1], commands, INK)
    label_si(panels[-1].yaxis, "current", "A")
    label_si(panels[-1].xaxis, "time", "s")
    return figure


def _overlay(ax: Axes, sweeps: Sequence[Sweep], color: str) -> None:
    """Draw sweeps over one another, thin enough for all to be seen."""
    if not sweeps:
        say(ax, "none")
    for times, values in sweeps:
        ax.plot(*_ranges(times, values), color=color, linewidth=0.6, gid="sweep")


def _ranges(times: Floats, values: Floats) -> Sweep:
    """The lowest and highest value of each of `BINS` bins, so that no spike is lost and files stay small."""
    n = values.size // BINS
    if n < 2:
        return times, values
    binned = values[: n * (values.size // n)].reshape(-1, n)
    known = np.where(np.isfinite(binned), binned, np.nanmedian(values))
    middle = times[: binned.size].reshape(-1, n).mean(axis=1)
    return np.repeat(middle, 2), np.column_stack([known.min(axis=1), known.max(axis=1)]).ravel()
