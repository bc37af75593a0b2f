"""Heights by kind: how tall spikes are over time and in all, in the colours of their kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._kinds import kind_colours
from spikelens.plots._pixels import one_channel
from spikelens.plots._style import INK, label_si, say, styled, whole_numbers
from spikelens.plots._timeline import Timeline
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Level = tuple[int, int, float]
"""First and last sample, and the height that is drawn between them."""


@styled
def kind_heights(
    recording: Recording, spikes: Spikes, size: Floats, kinds: Sequence[str], *, levels: Sequence[Level] = ()
) -> Figure:
    """Draw each spike's height over time, and beside it how heights are distributed.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
        With the column ``kind``.
    size : float64 array, (n_spikes,), V or A
        How tall they are.
    kinds : sequence of str
        Those to show, in order.
    levels : sequence of (first, last sample, height)
        Drawn as lines, such as what a full spike reaches in a stretch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 2.7), layout="constrained")
    over_time, beside = figure.subplots(1, 2, sharey=True, width_ratios=[4, 1])
    if not len(spikes):
        say(over_time, "no spikes")
        beside.set_visible(False)
        return figure
    shown = one_channel(recording, spikes)
    timeline, colours = Timeline.along(shown), kind_colours(kinds)
    for first, last, height in levels:
        ends = timeline.at(np.array([first, last]))
        over_time.plot(ends, [height, height], color=INK, linewidth=0.8, linestyle=(0, (4, 3)), gid="level")
    at = timeline.at(spikes.sample_index)
    edges = np.linspace(0, float(size.max()) * 1.05, 41)
    below = np.zeros(edges.size - 1)
    for kind in kinds:
        mine = spikes["kind"] == kind
        told = {"color": colours[kind], "label": f"{kind or 'no kind'}, {mine.sum():,}"}
        over_time.plot(at[mine], size[mine], ".", markersize=3.5, gid=f"kind {kind}", **told)
        counts = np.histogram(size[mine], edges)[0]
        beside.barh(edges[:-1], counts, np.diff(edges), left=below, align="edge", color=colours[kind])
        below = below + counts
    _label(over_time, beside, timeline, shown.channels[0].unit)
    return figure


def _label(over_time: Axes, beside: Axes, timeline: Timeline, unit: str) -> None:
    over_time.set_ylim(bottom=0)
    timeline.label(over_time)
    label_si(over_time.yaxis, "height", unit)
    over_time.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=5, borderpad=0, handletextpad=0.2)
    whole_numbers(beside.xaxis)
    beside.set_xlabel("spikes")
