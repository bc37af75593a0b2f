"""A trace with scale bars instead of axes, as papers show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikelens.plots._style import INK, styled
from spikelens.plots.trace import trace
from spikelens.prefixes import quantity
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARE = 0.2
"""A bar is about this share of what is shown."""
_ROUND = (1.0, 2.0, 5.0)


@styled
def bars(
    recording: Recording,
    spikes: Spikes | None = None,
    *,
    ax: Axes | None = None,
    start: float | None = None,
    stop: float | None = None,
) -> Axes:
    """Draw a stretch of the trace with a bar for time and one for its quantity.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes, optional
        Drawn in blue.
    ax : Axes, optional
    start, stop : float, s, optional
        What to show; everything by default.

    Returns
    -------
    Axes
        Without spines and ticks.
    """
    axes = trace(recording, spikes, ax=ax, start=start, stop=stop, bare=True)
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    wide, tall = round_length(SHARE * (right - left)), round_length(SHARE * (high - low))
    corner = right - wide, low - 0.02 * (high - low)
    axes.plot([corner[0], right, right], [corner[1], corner[1], corner[1] + tall], color=INK, linewidth=1.4)
    unit = recording.channels[0].unit
    axes.annotate(
        quantity(wide, "s"),
        (right - wide / 2, corner[1]),
        (0, -3),
        textcoords="offset points",
        ha="center",
        va="top",
    )
    axes.annotate(
        quantity(tall, unit), (right, corner[1] + tall / 2), (4, 0), textcoords="offset points", va="center"
    )
    axes.set_axis_off()
    return axes


def round_length(about: float) -> float:
    """The length of 1, 2 or 5 times a power of ten that is nearest below `about`.

    >>> round_length(0.47)
    0.2
    """
    if not about > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(about))
    return float(max(r * power for r in _ROUND if r * power <= about * (1 + 1e-9)))
