"""The raster by current: a row of spikes per sweep, in the order of its step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import FAINT, SPIKE, axes_or_new, label_si, styled
from spikelens.prefixes import si_factor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
MOST_LABELS = 12
"""Rows that are labelled at most."""


@styled
def current_raster(
    times: Sequence[Floats], current: Floats, *, steps: Sequence[tuple[float, float]], ax: Axes | None = None
) -> Axes:
    """Draw a row of spikes per sweep, the largest current on top, and its step as a bar.

    Parameters
    ----------
    times : sequence of float64 arrays, s
        Spikes of each sweep, from its start.
    current : float64 array, (n_sweeps,), A
    steps : sequence of pairs of float, s
        Onset and offset in each sweep.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (6.4, 0.9 + 0.14 * max(len(times), 8)))
    order = np.argsort(current, kind="stable")
    for row, sweep in enumerate(order):
        onset, offset = steps[sweep]
        axes.broken_barh([(onset, offset - onset)], (row - 0.5, 1), color=FAINT, alpha=0.35, linewidth=0)
        axes.vlines(times[sweep], row - 0.4, row + 0.4, color=SPIKE, linewidth=0.8, gid="spikes")
    factor, prefixed = si_factor(float(np.abs(current).max(initial=0.0)), "A")
    shown = np.arange(0, order.size, 1 + (order.size - 1) // MOST_LABELS)
    words = [f"{current[order[row]] / factor:.4g}".replace("-", "\u2212") for row in shown]
    axes.set_yticks(shown, labels=words)
    axes.set_ylim(-0.7, order.size - 0.3)
    axes.set_ylabel(f"current ({prefixed})")
    label_si(axes.xaxis, "time in sweep", "s")
    return axes
