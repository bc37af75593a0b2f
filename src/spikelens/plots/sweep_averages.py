"""Sweep averages: the mean over sweeps of one command, with its spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import KINDS, axes_or_new, label_si, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@styled
def sweep_averages(averages: Mapping[str, tuple[Floats, Floats, Floats]], *, ax: Axes | None = None) -> Axes:
    """Draw means over sweeps, each in a band of one standard deviation to either side.

    Parameters
    ----------
    averages : mapping of str to (time, mean, sd)
        By what the legend calls them; s and V.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (8.6, 2.8))
    if not averages:
        say(axes, "no two sweeps have the same command")
        return axes
    for color, (name, (time, mean, sd)) in zip(KINDS, averages.items(), strict=False):
        axes.fill_between(time, mean - sd, mean + sd, color=color, alpha=0.2, linewidth=0)
        axes.plot(time, mean, color=color, linewidth=1.0, label=name)
        axes.set_xlim(0, float(time[-1]))
    label_si(axes.xaxis, "time in sweep", "s")
    label_si(axes.yaxis, "membrane potential", "V")
    axes.legend(loc="upper right")
    return axes
