"""Qualities: what tells a recording's state, over time, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, MARK, SPIKE, label_si, say, styled
from spikelens.plots.images import canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@styled
def qualities(
    time: Floats,
    measures: Mapping[str, tuple[Floats, str]],
    *,
    marked: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    width: float = 8.6,
) -> Figure:
    """Draw each measure over time in a panel of its own; those without any value are left out.

    Parameters
    ----------
    time : float64 array, (n_sections,), s
        Middle of each section.
    measures : mapping of str to (values, unit)
        By the words of the axis.
    marked : mapping of str to sequences of (start, stop), s
        By measure: stretches to be shaded, as proposed for exclusion for its sake.
    width : float, inches
    """
    shown = {name: m for name, m in measures.items() if np.isfinite(m[0]).any()}
    axes = canvas(width, 0.5 + 1.15 * max(len(shown), 1))
    figure = axes.get_figure(root=True)
    assert figure is not None
    if not shown:
        say(axes, "nothing could be measured")
        return figure
    axes.remove()
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (name, (values, unit)) in zip(panels, shown.items(), strict=True):
        for start, stop in (marked or {}).get(name, ()):
            panel.axvspan(start, stop, color=MARK, alpha=0.18, linewidth=0, gid="proposed")
        _panel(panel, time, values, (name, unit))
    label_si(panels[-1].xaxis, "time", "s")
    return figure


def _panel(ax: Axes, time: Floats, values: Floats, what: tuple[str, str]) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    marker = 3.0 if time.size <= 100 else 1.5
    known = np.isfinite(values)
    ax.plot(time[known], values[known], "o-", color=SPIKE, markersize=marker, linewidth=0.7)
    ax.margins(y=0.25)
    name, unit = what
    label_si(ax.yaxis, name.replace(" ", "\n"), unit)
    ax.yaxis.label.set_color(INK)
