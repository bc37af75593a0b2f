"""The V-I curve: voltage over injected current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, MARK, REST, axes_or_new, label_si, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Fitted = tuple[Floats, Floats]
"""The ends of a fitted line."""


@styled
def vi_curve(
    current: Floats,
    steady: Floats,
    *,
    trough: Floats | None = None,
    fit: Fitted | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the steady-state voltage and the trough of each silent sweep over its current.

    Parameters
    ----------
    current : float64 array, (n_sweeps,), A
    steady : float64 array, (n_sweeps,), V
    trough : float64 array, (n_sweeps,), V, optional
        NaN where a sweep has none.
    fit : pair of float64 arrays, optional
        Currents and voltages of the line through the steady states.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (3.4, 2.8))
    axes.plot(current, steady, "o", color=INK, markersize=4, label="steady state", gid="steady")
    if trough is not None and np.isfinite(trough).any():
        axes.plot(current, trough, "v", color=REST, markersize=4, label="trough", gid="trough")
    if fit is not None:
        axes.plot(*fit, color=MARK, linewidth=1.1, label="fit", gid="fit")
    axes.margins(x=0.06)
    label_si(axes.xaxis, "current", "A")
    label_si(axes.yaxis, "voltage", "V")
    axes.legend(loc="upper left")
    return axes
