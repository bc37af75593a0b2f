"""Spikes of all units in the plane in which they differ most, a colour per unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import KINDS, axes_or_new, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = "osD^v"
"""After the last colour comes the first again, with another marker."""


@styled
def unit_features(
    points: Sequence[NDArray[np.float64]], names: Sequence[str], *, ax: Axes | None = None
) -> Axes:
    """Scatter each unit's spikes over their first two features.

    Parameters
    ----------
    points : sequence of float64 arrays, (n_spikes, n_features)
        In noise levels; the first two features are drawn.
    names : sequence of str
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (4.2, 3.4))
    if not any(len(p) for p in points):
        say(axes, "no spikes")
        return axes
    for k, (cloud, name) in enumerate(zip(points, names, strict=True)):
        y = cloud[:, 1] if cloud.shape[1] > 1 else np.zeros(len(cloud))
        marker = MARKERS[k // len(KINDS) % len(MARKERS)]
        axes.scatter(
            cloud[:, 0], y, s=5, color=KINDS[k % len(KINDS)], marker=marker, alpha=0.5, linewidths=0,
            label=name, gid="unit", rasterized=True,
        )  # fmt: skip
    axes.set_xlabel("first component (noise levels)")
    axes.set_ylabel("second component (noise levels)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=2, handletextpad=0.1)
    return axes
