"""Raster: spikes of many channels over time, and where along the probe they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import REST, SPIKE, axes_or_new, say, styled
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWN = 200_000
"""Of more spikes only so many are drawn, evenly."""


@styled
def probe_raster(spikes: Spikes, depth: NDArray[np.float64] | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw a dot per spike, over time and depth, and beside it the rate at each depth.

    Parameters
    ----------
    spikes : Spikes
        Of many channels.
    depth : float64 array, (n_spikes,), um, optional
        Where along the probe each spike is; without it channels stand in their order.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (8.6, 4.2))
    if not len(spikes):
        say(axes, "no spikes")
        return axes
    places, label = spikes["channel_index"].astype(np.float64), "channel"
    if depth is not None and np.isfinite(depth).all():
        places, label = depth, "depth (\u00b5m)"
    step = 1 + len(spikes) // DRAWN
    size = float(np.clip(3e4 / len(spikes), 0.2, 4.0))
    axes.scatter(
        spikes.time[::step], places[::step], s=size, c=SPIKE, alpha=0.5, linewidths=0, rasterized=True
    )
    axes.set_xlabel("time (s)")
    axes.set_ylabel(label)
    axes.set_xlim(0, max(float(spikes.time.max()), 1e-9))
    _rates(axes, spikes, places)
    return axes


def _rates(axes: Axes, spikes: Spikes, places: NDArray[np.float64]) -> None:
    beside = axes.inset_axes((1.02, 0.0, 0.16, 1.0), sharey=axes)
    beside.spines[["top", "right"]].set_visible(False)
    edges = np.linspace(places.min() - 1, places.max() + 1, 65)
    counts, _ = np.histogram(places, edges)
    observed = max(spikes.stretches.n_samples() / spikes.sampling_rate, 1e-9)
    beside.stairs(counts / observed, edges, orientation="horizontal", fill=True, color=REST)
    beside.tick_params(labelleft=False)
    beside.set_xlabel("spikes per s")
