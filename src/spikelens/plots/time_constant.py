"""The time constant: a response's start, and the exponential fitted to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import FAINT, MARK, REST, axes_or_new, label_si, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@styled
def time_constant(
    time: Floats, response: Floats, fitted: Floats, *, window: tuple[float, float], ax: Axes | None = None
) -> Axes:
    """Draw a mean response per ampere, and within the window of the fit its exponential.

    Parameters
    ----------
    time : float64 array, (n_samples,), s
        From the onset.
    response, fitted : float64 array, (n_samples,), ohm
    window : pair of float, s
        What was fitted; the rest of the exponential is dashed.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (3.4, 2.8))
    axes.axvspan(*window, color=FAINT, alpha=0.35, linewidth=0, gid="window")
    axes.plot(time, response, color=REST, linewidth=0.7, gid="response")
    inside = (time >= window[0]) & (time <= window[1])
    axes.plot(time, fitted, color=MARK, linewidth=0.8, linestyle=(0, (4, 3)), gid="extrapolated")
    axes.plot(time[inside], fitted[inside], color=MARK, linewidth=1.3, gid="fit")
    axes.margins(x=0.02)
    label_si(axes.xaxis, "time from onset", "s")
    _in_megohms(axes)
    return axes


def _in_megohms(ax: Axes) -> None:
    """Label the axis of a resistance, whose data are in ohm."""
    from matplotlib.ticker import FuncFormatter

    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / 1e6:.6g}".replace("-", "\u2212")))
    ax.set_ylabel("deflection / current (M\u2126)")
