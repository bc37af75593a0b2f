"""Triggered: the average of a trace around spikes, over what chance gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import FAINT, INK, REST, SPIKE, axes_or_new, label_si, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@styled
def triggered(
    lag: Floats, curves: Mapping[str, Floats], what: tuple[str, str], *, n: int, ax: Axes | None = None
) -> Axes:
    """Draw a spike-triggered average with the band of shuffled trains.

    Parameters
    ----------
    lag : float64 array, (n_lags,), s
    curves : mapping of str to float64 arrays, (n_lags,)
        ``mean``, ``control``, ``low`` and ``high``, in SI units.
    what : (str, str)
        What was averaged, and its unit.
    n : int
        Spikes averaged.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    if not n:
        say(axes, "no spike as far from every edge as the average reaches")
        return axes
    axes.axvline(0, color=FAINT, linewidth=1, zorder=0)
    if np.isfinite(curves["low"]).any():
        axes.fill_between(lag, curves["low"], curves["high"], color=REST, alpha=0.35, linewidth=0, gid="band")
        axes.plot(lag, curves["control"], color=INK, linewidth=0.7, linestyle=(0, (4, 3)))
    axes.plot(lag, curves["mean"], color=SPIKE, linewidth=1.2, gid="mean")
    axes.set_xlim(lag[0], lag[-1])
    label_si(axes.xaxis, "time from the spike's peak", "s")
    label_si(axes.yaxis, *what)
    axes.set_title(f"around {n:,} spikes; grey: shuffled, 95 %")
    return axes
