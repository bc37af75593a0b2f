"""Joint intervals: the interval after each spike over that before it, in the colours of contexts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._kinds import kind_colours
from spikelens.plots._style import INK, axes_or_new, say, styled
from spikelens.prefixes import quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

Floats = NDArray[np.float64]


@styled
def joint_intervals(
    before: Floats,
    after: Floats,
    context: NDArray[np.str_],
    words: Sequence[str],
    *,
    limit: float,
    ax: Axes | None = None,
) -> Axes:
    """Draw a dot per spike that has a neighbour on both sides.

    Parameters
    ----------
    before, after : float64 array, (n_spikes,), s
        To the neighbours; infinite where there is none.
    context : str array, (n_spikes,)
    words : sequence of str
        Contexts to show, in order.
    limit : float, s
        Longest interval within a burst; drawn as lines.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (3.9, 3.4))
    has_both = np.isfinite(before) & np.isfinite(after) & (before > 0) & (after > 0)
    if not has_both.any():
        say(axes, "no three spikes within one stretch")
        return axes
    colours = kind_colours(words)
    for word in words:
        mine = has_both & (context == word)
        axes.plot(
            before[mine],
            after[mine],
            ".",
            markersize=3.5,
            color=colours[word],
            gid=f"context {word}",
            label=f"{word}, {(context == word).sum():,}",
        )
    for line in (axes.axvline, axes.axhline):
        line(limit, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), gid="limit")
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        _decades(axis)
    axes.set_xlabel("interval before")
    axes.set_ylabel("interval after")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0, handletextpad=0.2)
    return axes


def _decades(axis: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(numticks=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: quantity(value, "s")))
    axis.set_minor_formatter(NullFormatter())
