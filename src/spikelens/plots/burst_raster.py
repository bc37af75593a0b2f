"""The raster of bursts: one row per burst, aligned on its first spike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import SPIKE, axes_or_new, label_si, say, styled, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 200
"""More bursts than this are thinned evenly."""


@styled
def burst_raster(time: NDArray[np.float64], burst: NDArray[np.int64], *, ax: Axes | None = None) -> Axes:
    """Draw the spikes of each burst in a row, the first burst at the bottom.

    Parameters
    ----------
    time : float64 array, (n_spikes,), s
    burst : int array, (n_spikes,)
        Number of each spike's burst, from 1; 0 for none.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (3.9, 3.4))
    numbers = np.unique(burst[burst > 0])
    if not numbers.size:
        say(axes, "no bursts")
        return axes
    shown = numbers[np.unique(np.linspace(0, numbers.size - 1, min(MOST, numbers.size)).astype(int))]
    for number in shown:
        mine = time[burst == number]
        axes.vlines(mine - mine[0], number - 0.4, number + 0.4, color=SPIKE, linewidth=1.0, gid="burst")
    axes.set_ylim(shown[0] - 0.7, shown[-1] + 0.7)
    whole_numbers(axes.yaxis)
    axes.set_ylabel("burst")
    label_si(axes.xaxis, "time from its first spike", "s")
    axes.set_title(f"{numbers.size:,} {'burst' if numbers.size == 1 else 'bursts'}")
    return axes
