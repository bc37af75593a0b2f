"""The phase plane: how fast the voltage changes, over the voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikelens.plots._cutouts import cut_out, lay_over, window_of
from spikelens.plots._pixels import one_channel
from spikelens.plots._style import axes_or_new, label_si, say, styled
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_USUAL = (2e-3, 3e-3)
"""Shown before and after a peak, s."""


@styled
def phase_plane(
    recording: Recording,
    spikes: Spikes,
    *,
    ax: Axes | None = None,
    before: float | None = None,
    after: float | None = None,
    most: int = 100,
) -> Axes:
    """Draw dV/dt over V for spikes, and for their median.

    The slope is the central difference of neighbouring samples, unfiltered.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    ax : Axes, optional
    before, after : float, s, optional
        What to show before and after the peak; 2 and 3 ms by default, longer of spikes that last
        longer.
    most : int
        More spikes than this are thinned evenly.

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    shown = one_channel(recording, spikes)
    rate, channel = shown.sampling_rate, shown.channels[0]
    before, after = window_of(spikes, before, after, _USUAL)
    cut = cut_out(shown, spikes, before, after, most)
    if not len(spikes) or cut.values.shape[1] < 2:
        say(axes, "no spikes" if not len(spikes) else "too few samples per spike")
        return axes
    orbits = np.stack([cut.values, np.gradient(cut.values, axis=1) * rate], axis=2)
    middle = cut.median()[1]
    lay_over(axes, orbits, (middle, np.gradient(middle) * rate), gid="orbits")
    letter = {"voltage": "V", "current": "I"}.get(channel.quantity, "x")
    label_si(axes.xaxis, channel.quantity, channel.unit)
    label_si(axes.yaxis, f"d{letter}/dt", f"{channel.unit}/s")
    axes.set_title("phase plane")
    return axes
