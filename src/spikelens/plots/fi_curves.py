"""f-I curves of several conditions or cells, over one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import KINDS, axes_or_new, label_si, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
SHAPES = "os^Dv<>"
"""Conditions differ in shape as well as in colour, for print."""


@styled
def fi_curves(
    curves: Mapping[str, tuple[Floats, Floats]],
    *,
    is_blocked: Mapping[str, NDArray[np.bool_]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the rate over the current of each condition.

    Parameters
    ----------
    curves : mapping of str to (current, rate)
        By what the legend says: float64 arrays, A in rising order and Hz.
    is_blocked : mapping of str to bool array, optional
        By the same words, the currents that end in depolarisation block, which are drawn open.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (4.4, 3.0))
    for place, (label, (current, rate)) in enumerate(curves.items()):
        blocked = (is_blocked or {}).get(label, np.zeros(current.size, bool))
        color, shape = KINDS[place % len(KINDS)], SHAPES[place % len(SHAPES)]
        line = axes.plot(current, rate, "-", marker=shape, color=color, markersize=4, label=label, gid=label)[
            0
        ]
        line.set_markevery(np.flatnonzero(~blocked).tolist())
        if blocked.any():
            axes.plot(
                current[blocked], rate[blocked], shape, color=color, mfc="white", markersize=4, zorder=3
            )
    axes.margins(x=0.06)
    axes.set_ylim(bottom=-0.03 * max(axes.get_ylim()[1], 1.0))
    axes.set_ylabel("spikes per second")
    label_si(axes.xaxis, "current", "A")
    axes.legend(loc="upper left")
    return axes
