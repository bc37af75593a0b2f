"""Waveforms: spikes laid over one another on their peaks, with their median."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikelens.plots._cutouts import cut_out, lay_over, window_of
from spikelens.plots._pixels import one_channel
from spikelens.plots._style import axes_or_new, label_si, say, styled
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_USUAL = (2e-3, 4e-3)
"""Shown before and after a peak, s."""


@styled
def waveforms(
    recording: Recording,
    spikes: Spikes,
    *,
    ax: Axes | None = None,
    before: float | None = None,
    after: float | None = None,
    most: int = 200,
) -> Axes:
    """Overlay spikes, aligned on their sub-sample peaks, with the median in dark.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    ax : Axes, optional
    before, after : float, s, optional
        What to show before and after the peak; 2 and 4 ms by default, longer of spikes that last
        longer.
    most : int
        More spikes than this are thinned evenly.

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    if not len(spikes):
        say(axes, "no spikes")
        return axes
    shown = one_channel(recording, spikes)
    before, after = window_of(spikes, before, after, _USUAL)
    cut = cut_out(shown, spikes, before, after, most)
    lay_over(axes, cut.segments(), cut.median(), gid="waveforms")
    axes.set_xlim(-before, after)
    label_si(axes.xaxis, "time from peak", "s")
    label_si(axes.yaxis, shown.channels[0].quantity, shown.channels[0].unit)
    drawn = f"{len(cut.values):,} of {len(spikes):,}" if len(cut.values) < len(spikes) else f"{len(spikes):,}"
    axes.set_title(f"{drawn} spikes and their median" if len(spikes) > 1 else "the only spike")
    return axes


@styled
def side_by_side(recording: Recording, parts: Mapping[str, Spikes]) -> Figure:
    """Overlay the spikes of several conditions, a panel each, all on one scale.

    Parameters
    ----------
    recording : Recording
    parts : mapping of str to Spikes
        By what the panel is called; without spikes it says so.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(0.6 + 2.3 * len(parts), 2.6), layout="constrained")
    panels = figure.subplots(1, len(parts), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, spikes) in zip(panels, parts.items(), strict=True):
        waveforms(recording, spikes, ax=axes)
        axes.set_title(f"{name}, {len(spikes):,} {'spike' if len(spikes) == 1 else 'spikes'}")
        if axes is not panels[0]:
            axes.set_ylabel("")
    return figure
