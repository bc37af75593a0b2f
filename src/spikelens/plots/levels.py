"""Levels: what another resting level does to classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spikelens.plots._style import KINDS, axes_or_new, label_si, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def levels(shifts: Sequence[float], scores: Mapping[str, Sequence[float]], *, ax: Axes | None = None) -> Axes:
    """Draw a score over how far the trace was moved from where the model was trained.

    Parameters
    ----------
    shifts : sequence of float, V
    scores : mapping of str to sequences of float, 0 to 1
        One per shift, by what the legend calls them.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (3.9, 3.4))
    for color, (name, values) in zip(KINDS, scores.items(), strict=False):
        axes.plot(shifts, values, "o-", color=color, markersize=4, linewidth=1.1, label=name)
    axes.set_ylim(-0.02, 1.04)
    label_si(axes.xaxis, "trace moved up by", "V")
    axes.set_ylabel("F1 of spike windows")
    axes.legend(loc="lower left")
    return axes
