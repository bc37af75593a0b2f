"""States: a membrane potential with the time it is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import FAINT, MARK, REST, axes_or_new, label_si, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def states(
    time: NDArray[np.float64],
    volts: NDArray[np.float32],
    up: NDArray[np.float64],
    *,
    cutoffs: tuple[float, float],
    ax: Axes | None = None,
) -> Axes:
    """Draw a stretch of the spike-less membrane potential, its up states shaded.

    Parameters
    ----------
    time : float64 array, (n_samples,), s
    volts : float32 array, (n_samples,), V
    up : float64 array, (n_states, 2), s
        Start and end of each up state.
    cutoffs : (float, float), V
        Below which a down state begins, and above which an up state does.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (8.6, 2.6))
    for start, stop in up:
        axes.axvspan(start, stop, color=FAINT, alpha=0.6, linewidth=0, gid="up")
    axes.plot(time, volts, color=REST, linewidth=0.7)
    for cutoff in cutoffs:
        axes.axhline(cutoff, color=MARK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_xlim(time[0], time[-1])
    label_si(axes.xaxis, "time", "s")
    label_si(axes.yaxis, "membrane potential", "V")
    axes.set_title("up states shaded; dashed: where down and up states begin")
    return axes
