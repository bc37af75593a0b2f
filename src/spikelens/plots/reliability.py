"""Reliability: of the windows said to be spikes with some probability, how many were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikelens.calibration import Reliability
from spikelens.plots._style import FAINT, KINDS, axes_or_new, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def reliability(curves: Mapping[str, Reliability], *, ax: Axes | None = None) -> Axes:
    """Draw the true share over the stated probability, the area of a dot growing with its windows.

    Parameters
    ----------
    curves : mapping of str to Reliability
        By what the legend calls them.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (3.9, 3.4))
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, zorder=1)
    for color, (name, curve) in zip(KINDS, curves.items(), strict=False):
        axes.plot(curve.stated, curve.true, color=color, linewidth=0.9, label=name, zorder=2)
        share = curve.n / max(curve.n.max(), 1)
        axes.scatter(curve.stated, curve.true, s=8 + 50 * share**0.5, color=color, alpha=0.7, lw=0, zorder=3)
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
    axes.set_xlabel("stated probability of a spike")
    axes.set_ylabel("share that was one")
    axes.legend(loc="upper left")
    return axes
