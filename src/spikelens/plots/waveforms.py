"""Waveforms: spikes laid over one another on their peaks, with their median."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikelens.plots._cutouts import cut_out
from spikelens.plots._pixels import one_channel
from spikelens.plots._style import INK, SPIKE, axes_or_new, label_si, say, see_through, styled
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def waveforms(
    recording: Recording,
    spikes: Spikes,
    *,
    ax: Axes | None = None,
    before: float = 2e-3,
    after: float = 4e-3,
    most: int = 200,
) -> Axes:
    """Overlay spikes, aligned on their sub-sample peaks, with the median in dark.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    ax : Axes, optional
    before, after : float, s
        What to show before and after the peak.
    most : int
        More spikes than this are thinned evenly.

    Returns
    -------
    Axes
    """
    from matplotlib.collections import LineCollection

    axes = axes_or_new(ax, (3.9, 2.8))
    if not len(spikes):
        say(axes, "no spikes")
        return axes
    shown = one_channel(recording, spikes)
    cut = cut_out(shown, spikes, before, after, most)
    lines = LineCollection(
        list(cut.segments()),
        colors=SPIKE,
        alpha=see_through(len(cut.values)),
        linewidths=0.7,
        rasterized=True,
        gid="waveforms",
    )
    axes.add_collection(lines)
    axes.plot(*cut.median(), color=INK, linewidth=1.3, gid="median")
    axes.autoscale_view()
    axes.set_xlim(-before, after)
    label_si(axes.xaxis, "time from peak", "s")
    label_si(axes.yaxis, shown.channels[0].quantity, shown.channels[0].unit)
    drawn = f"{len(cut.values):,} of {len(spikes):,}" if len(cut.values) < len(spikes) else f"{len(spikes):,}"
    axes.set_title(f"{drawn} spikes and their median" if len(spikes) > 1 else "the only spike")
    return axes
