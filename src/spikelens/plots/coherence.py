"""Coherence: how much two traces share at each frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import MARK, SPIKE, axes_or_new, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
HIGHEST = 200.0
"""End of the axis, Hz."""


@styled
def coherence(frequency: Floats, values: Floats, *, level: float, ax: Axes | None = None) -> Axes:
    """Draw magnitude-squared coherence, and the level that chance stays below.

    Parameters
    ----------
    frequency : float64 array, Hz, > 0
    values : float64 array, 0 to 1
    level : float
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    axes.plot(frequency, values, color=SPIKE, linewidth=1.0, gid="coherence")
    axes.axhline(level, color=MARK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_xscale("log")
    axes.set_xlim(frequency[0], min(HIGHEST, frequency[-1]))
    shown = values[(frequency <= HIGHEST) & np.isfinite(values)]
    axes.set_ylim(0, min(1.0, 1.15 * max(level, float(shown.max(initial=0.0)))))
    axes.set_xlabel("frequency (Hz)")
    axes.set_ylabel("coherence")
    axes.set_title("dashed: 95 % of chance lies below, at each frequency")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return axes
