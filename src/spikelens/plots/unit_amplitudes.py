"""Each unit's heights over time, and its rate below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import KINDS, label_si, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 4000
"""Dots per unit; more are thinned evenly."""
PARTS = 60
"""Bins of the rate."""


@styled
def unit_amplitudes(
    times: Sequence[NDArray[np.float64]],
    heights: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    *,
    span: tuple[float, float],
    unit: str = "V",
    width: float = 8.6,
) -> Figure:
    """Draw the height of every spike over time, and how often each unit fires.

    Parameters
    ----------
    times, heights : sequences of float64 arrays, (n_spikes,), s and `unit`
    names : sequence of str
    span : (float, float), s
        What was observed, from first to last.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 4.0), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    edges = np.linspace(*span, PARTS + 1)
    for k, (time, height, name) in enumerate(zip(times, heights, names, strict=True)):
        colour = KINDS[k % len(KINDS)]
        shown = slice(None, None, max(1, -(-time.size // MOST_DRAWN)))
        above.plot(
            time[shown],
            height[shown],
            ".",
            color=colour,
            markersize=1.6,
            label=name,
            rasterized=True,
            gid="unit",
        )
        counts = np.histogram(time, edges)[0]
        below.plot(0.5 * (edges[1:] + edges[:-1]), counts / np.diff(edges), color=colour)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    label_si(above.yaxis, "height", unit)
    below.set_ylabel("rate (Hz)")
    below.set_ylim(bottom=0)
    below.set_xlabel("time (s)")
    below.set_xlim(*span)
    if names:
        above.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=5, handletextpad=0.1)
    return figure
