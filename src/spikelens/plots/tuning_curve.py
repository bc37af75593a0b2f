"""The tuning curve: the evoked rate over one condition, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, axes_or_new, label_si, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Curve = tuple[Floats, Floats, Floats]


@styled
def tuning_curve(
    values: Floats,
    curves: Mapping[str, Curve],
    *,
    factor: str = "",
    unit: str = "",
    is_log: bool = False,
    best: float = float("nan"),
    ax: Axes | None = None,
) -> Axes:
    """Draw evoked rates over the values of a condition.

    Parameters
    ----------
    values : float64 array, (n_values,), increasing
    curves : mapping of str to three float64 arrays, (n_values,), Hz
        Evoked rate and both ends of its interval, by what the legend calls them.
    factor, unit : str
        What the values are, and their SI unit if they have one.
    is_log : bool
        Equal ratios take equal room.
    best : float, optional
        Marked by a line.
    ax : Axes, optional
    """
    from matplotlib import colormaps

    axes = axes_or_new(ax, (4.2, 2.9))
    if not values.size:
        say(axes, "no condition")
        return axes
    axes.axhline(0, color=INK, linewidth=0.7, linestyle=(0, (4, 3)))
    axes.axvline(best, color=INK, linewidth=0.6, linestyle=(0, (1, 2)), gid="best")
    # The light end of the map is left out: it would not show on white.
    colors = colormaps["viridis"](np.linspace(0.0, 0.8, len(curves)) if len(curves) > 1 else [0.25])
    for color, (name, (rate, low, high)) in zip(colors, curves.items(), strict=True):
        axes.fill_between(values, low, high, color=color, alpha=0.18, linewidth=0)
        axes.plot(values, rate, "o-", color=color, markersize=3.2, linewidth=1.1, label=name)
    if is_log:
        _octaves(axes, values)
    if unit:
        label_si(axes.xaxis, factor, unit)
    else:
        axes.set_xlabel(factor)
    axes.set_ylabel("evoked spikes per second")
    if len(curves) > 1:
        axes.legend(loc="upper right")
    return axes


def _octaves(ax: Axes, values: Floats) -> None:
    from matplotlib.ticker import NullLocator

    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ticks = values[:: int(np.ceil(values.size / 7))]
    ax.set_xticks(ticks, [number(tick) for tick in ticks])


def number(value: float) -> str:
    """A value as short as it can be told apart: ``8k`` for 8000.

    >>> number(11313.7), number(40.0)
    ('11.3k', '40')
    """
    return f"{value / 1e3:.3g}k" if abs(value) >= 1e3 else f"{value:.3g}"
