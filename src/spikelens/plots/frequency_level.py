"""The map of evoked rates over two conditions, such as frequency and level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import FAINT, axes_or_new, styled
from spikelens.plots.tuning_curve import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

Floats = NDArray[np.float64]
MOST_TICKS = 9


@styled
def frequency_level(
    values: Floats,
    levels: Floats,
    evoked: Floats,
    *,
    is_excited: NDArray[np.bool_],
    factor: str = "frequency",
    level: str = "level",
    ax: Axes | None = None,
) -> Axes:
    """Draw evoked rates as a map, a cell per condition; those beyond chance bear a dot.

    Parameters
    ----------
    values : float64 array, (n_columns,), increasing
    levels : float64 array, (n_rows,), increasing
    evoked : float64 array, (n_rows, n_columns), Hz
        NaN, grey, for a condition that was not given.
    is_excited : bool array, (n_rows, n_columns)
    factor, level : str
        What columns and rows are.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (4.6, 3.2))
    axes.set_facecolor(FAINT)
    low, high = min(0.0, float(np.nanmin(evoked, initial=0))), float(np.nanmax(evoked, initial=1e-9))
    drawn = axes.pcolormesh(np.ma.masked_invalid(evoked), cmap="cividis", vmin=low, vmax=high, gid="map")
    row, column = np.nonzero(is_excited)
    # White on dark cells, black on light ones.
    is_light = evoked[row, column] > (low + high) / 2
    colors = np.where(is_light, "#000000", "#FFFFFF")
    size = float(np.clip(40 / max(values.size / 8, 1) ** 1.3, 2, 14))
    axes.scatter(column + 0.5, row + 0.5, s=size, c=colors, linewidths=0, gid="excited")
    _ticks(axes.xaxis, values, factor)
    _ticks(axes.yaxis, levels, level)
    bar = axes.figure.colorbar(drawn, ax=axes, pad=0.02)  # type: ignore[union-attr]
    bar.set_label("evoked spikes per second")
    bar.outline.set_visible(False)  # type: ignore[operator]
    return axes


def _ticks(axis: Axis, values: Floats, name: str) -> None:
    shown = np.arange(0, values.size, int(np.ceil(values.size / MOST_TICKS)))
    axis.set_ticks(shown + 0.5, [number(v) for v in values[shown]])
    axis.set_label_text(name)
