"""Distribution: how much of the time a voltage is where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import KINDS, MARK, axes_or_new, label_si, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
_TAILS = 5e-4
"""Share of the time left out at either end of the axis."""


@styled
def distribution(
    counts: Mapping[str, NDArray[np.int64]],
    edges: Floats,
    *,
    levels: Sequence[float] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw histograms of the membrane potential, each to the same area.

    Parameters
    ----------
    counts : mapping of str to int64 arrays, (n_bins,)
        By what the legend calls them.
    edges : float64 array, (n_bins + 1,), V
    levels : sequence of float, V
        Marked by dashed lines, such as those of up and down states.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    shown = {name: n for name, n in counts.items() if n.sum()}
    if not shown:
        say(axes, "no samples")
        return axes
    for color, (name, n) in zip(KINDS, shown.items(), strict=False):
        share = n / n.sum() / (edges[1] - edges[0]) * 1e-3
        axes.stairs(share, edges, color=color, linewidth=0.9, fill=len(shown) == 1, alpha=0.8, label=name)
    for level in levels:
        axes.axvline(level, color=MARK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_xlim(*_range(np.sum([*shown.values()], axis=0), edges))
    axes.set_ylim(bottom=0)
    label_si(axes.xaxis, "membrane potential", "V")
    axes.set_ylabel("share of time per mV")
    if len(shown) > 1:
        axes.legend(loc="upper right")
    return axes


def _range(counts: NDArray[np.int64], edges: Floats) -> tuple[float, float]:
    below = np.cumsum(counts) / counts.sum()
    low, high = np.searchsorted(below, [_TAILS, 1 - _TAILS])
    margin = max(4, int(0.05 * (high - low)))
    return float(edges[max(low - margin, 0)]), float(edges[min(high + 1 + margin, edges.size - 1)])
