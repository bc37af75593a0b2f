"""The peristimulus time histogram with its band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, SPIKE, axes_or_new, label_si, say, styled
from spikelens.plots._windows import mark_windows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@styled
def psth(
    edges: Floats,
    rate: Floats,
    band: tuple[Floats, Floats],
    *,
    spontaneous: float = float("nan"),
    windows: Sequence[tuple[float, float]] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw a rate in bins about the onset, and its interval.

    Parameters
    ----------
    edges : float64 array, (n_bins + 1,), s from the onset
    rate : float64 array, (n_bins,), Hz
        NaN, a gap, where nothing was observed.
    band : two float64 arrays, (n_bins,), Hz
    spontaneous : float, Hz, optional
        A dashed line.
    windows : sequence of (low, high), s
        Shaded: the response's window, then the baseline.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (4.6, 2.2))
    if edges.size < 2:
        say(axes, "no bin")
        return axes
    mark_windows(axes, windows)
    low, high = (np.append(end, end[-1]) for end in band)
    axes.fill_between(edges, low, high, step="post", color=SPIKE, alpha=0.25, linewidth=0, gid="band")
    axes.stairs(rate, edges, color=SPIKE, linewidth=1.1, baseline=None, gid="psth")
    axes.axhline(spontaneous, color=INK, linewidth=0.7, linestyle=(0, (4, 3)), gid="spontaneous")
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, _top(rate, band[1])))
    label_si(axes.xaxis, "time from onset", "s")
    axes.set_ylabel("spikes per second")
    return axes


def _top(rate: Floats, high: Floats) -> float:
    """Room for all rates, and for the band as far as it does not dwarf them."""
    most = float(np.nanmax(rate, initial=0.0))
    return 1.05 * max(most, min(float(np.nanmax(high, initial=0.0)), 1.6 * most)) or 1.0
