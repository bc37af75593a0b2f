"""The raster: a tick per spike, a line per trial, trials of a condition together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import FAINT, INK, SPIKE, axes_or_new, label_si, say, styled
from spikelens.plots._windows import mark_windows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Span = tuple[float, float]
MOST = 1500
"""Trials drawn at most, evenly taken; more would be less than a pixel each."""
LABELS = 14


@styled
def raster(
    trial: NDArray[np.int64],
    time: NDArray[np.float64],
    group: NDArray[np.int64],
    *,
    names: Sequence[str] = (),
    shown: Span,
    windows: Sequence[Span] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw spikes about each stimulus.

    Parameters
    ----------
    trial, time : arrays, (n_spikes,)
        The trial of each spike, and its time from the onset, s.
    group : int64 array, (n_trials,)
        Each trial's condition; conditions lie above one another, the first at the bottom.
    names : sequence of str
        Of the conditions; none are written if there is one.
    shown : (low, high), s
    windows : sequence of (low, high), s
        Shaded: the response's window, then the baseline.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (4.6, 3.4))
    if not group.size:
        say(axes, "no trials")
        return axes
    chosen = np.unique(np.linspace(0, group.size - 1, min(MOST, group.size)).astype(np.int64))
    order = np.argsort(group, kind="stable")[chosen]
    row = np.full(group.size, -1)
    row[order] = np.arange(order.size)
    seen = row[trial] >= 0
    mark_windows(axes, windows)
    height = 72 * axes.bbox.height / axes.figure.dpi / order.size
    axes.scatter(
        time[seen],
        row[trial[seen]] + 0.5,
        marker="|",
        s=float(np.clip(0.95 * height, 2.2, 9)) ** 2,
        linewidths=0.8 if order.size < 200 else 0.55,
        color=SPIKE,
        gid="raster",
        rasterized=order.size > 400,
    )
    axes.set(xlim=shown, ylim=(0, order.size))
    _conditions(axes, group[order], names)
    label_si(axes.xaxis, "time from onset", "s")
    left_out = f", {order.size:,} drawn" if order.size < group.size else ""
    axes.set_title(f"{group.size:,} trials{left_out}, {time.size:,} spikes")
    return axes


def _conditions(ax: Axes, group: NDArray[np.int64], names: Sequence[str]) -> None:
    """Lines between conditions, and as many of their names as there is room for."""
    if len(names) < 2:
        ax.set_ylabel("trial")
        return
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    middles = (starts + np.append(starts[1:], group.size)) / 2
    if starts.size <= 60:
        ax.hlines(starts[1:], *ax.get_xlim(), color=FAINT, linewidth=0.4, zorder=0)
    step = int(np.ceil(starts.size / LABELS))
    ax.set_yticks(middles[::step], [names[g] for g in group[starts]][::step], color=INK)
    ax.tick_params(axis="y", length=0)
