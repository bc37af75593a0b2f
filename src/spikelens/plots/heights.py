"""Heights: how tall spikes are, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikelens.plots._pixels import one_channel
from spikelens.plots._style import REST, SPIKE, axes_or_new, label_si, say, styled
from spikelens.plots._timeline import Timeline
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def heights(recording: Recording, spikes: Spikes, *, ax: Axes | None = None) -> Axes:
    """Draw each spike's height over time; what was looked at and rejected is in grey.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    ax : Axes, optional

    Returns
    -------
    Axes
        With data in s, along the same axis as `trace`, and in V or A.
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    rejected = spikes.candidates
    if not len(spikes) and not (rejected is not None and len(rejected)):
        say(axes, "no spikes")
        return axes
    shown = one_channel(recording, spikes)
    timeline = Timeline.along(shown)
    if rejected is not None and len(rejected):
        _dots(axes, timeline, rejected, REST, "rejected")
    _dots(axes, timeline, spikes, SPIKE, "spikes")
    axes.margins(x=0.02, y=0.12)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.0), max(high, 0.0))
    timeline.label(axes)
    label_si(axes.yaxis, "height", shown.channels[0].unit)
    if rejected is not None and len(rejected):
        axes.set_title(f"heights; {len(rejected):,} rejected candidates in grey")
    else:
        axes.set_title("heights")
    return axes


def _dots(ax: Axes, timeline: Timeline, table: Spikes, color: str, gid: str) -> None:
    size, see = (3.0, 0.7) if len(table) < 2000 else (1.6, 0.4)
    ax.plot(
        timeline.at(table.sample_index),
        table.height,
        ".",
        color=color,
        markersize=size,
        alpha=see,
        rasterized=len(table) > 500,
        gid=gid,
    )
