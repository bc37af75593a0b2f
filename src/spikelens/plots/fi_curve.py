"""The f-I curve: rate over injected current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import MARK, SPIKE, axes_or_new, label_si, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Fitted = tuple[Floats, Floats]
"""The ends of a fitted line."""


@styled
def fi_curve(
    current: Floats,
    rate: Floats,
    *,
    fit: Fitted | None = None,
    is_blocked: NDArray[np.bool_] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the rate of each sweep over its current, and the line that gives the gain.

    Parameters
    ----------
    current : float64 array, (n_sweeps,), A
    rate : float64 array, (n_sweeps,), Hz
    fit : pair of float64 arrays, optional
        Currents and rates of a line.
    is_blocked : bool array, (n_sweeps,), optional
        Sweeps that end in depolarisation block, which are drawn open.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (3.4, 2.8))
    blocked = np.zeros(current.size, bool) if is_blocked is None else is_blocked
    axes.plot(current[~blocked], rate[~blocked], "o", color=SPIKE, markersize=4, gid="sweeps")
    if blocked.any():
        axes.plot(
            current[blocked],
            rate[blocked],
            "o",
            color=SPIKE,
            markerfacecolor="white",
            markersize=4,
            gid="block",
        )
    if fit is not None:
        axes.plot(*fit, color=MARK, linewidth=1.1, gid="fit")
    axes.margins(x=0.06)
    axes.set_ylim(bottom=min(0.0, -0.03 * float(np.nanmax(rate, initial=1.0))))
    axes.set_ylabel("spikes per second")
    label_si(axes.xaxis, "current", "A")
    return axes
