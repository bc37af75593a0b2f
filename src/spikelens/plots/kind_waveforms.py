"""Waveforms by kind: a panel for each kind of spike, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikelens.plots._cutouts import cut_out, lay_over
from spikelens.plots._kinds import kind_colours
from spikelens.plots._pixels import one_channel
from spikelens.plots._style import label_si, say, styled
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 5
"""Panels side by side at most."""


@styled
def kind_waveforms(
    recording: Recording,
    spikes: Spikes,
    kinds: Sequence[str],
    *,
    before: float = 3e-3,
    after: float = 8e-3,
    most: int = 80,
) -> Figure:
    """Overlay the spikes of each kind, aligned on their peaks, with their median in dark.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
        With the column ``kind``.
    kinds : sequence of str
        Those to show, in order.
    before, after : float, s
        What to show before and after the peak.
    most : int
        More spikes of a kind than this are thinned evenly.
    """
    from matplotlib.figure import Figure

    n = max(len(kinds), 1)
    rows, across = -(-n // ACROSS), min(n, ACROSS)
    figure = Figure(
        figsize=(0.6 + min(2.0, 8.0 / across) * max(across, 2), 0.3 + 2.3 * rows), layout="constrained"
    )
    panels = figure.subplots(rows, across, sharex=True, sharey=True, squeeze=False).ravel()
    if not kinds:
        say(panels[0], "no spikes")
        return figure
    shown, colours = one_channel(recording, spikes), kind_colours(kinds)
    for axes, kind in zip(panels, kinds, strict=False):
        mine = spikes.take(spikes["kind"] == kind)
        cut = cut_out(shown, mine, before, after, most)
        lay_over(axes, cut.segments(), cut.median(), gid=f"kind {kind}", color=colours[kind])
        axes.set_title(f"{kind or 'no kind'}, {len(mine):,}")
    for axes in panels[len(kinds) :]:
        axes.set_visible(False)
    panels[0].set_xlim(-before, after)
    for row in range(rows):
        label_si(panels[row * across].yaxis, shown.channels[0].quantity, shown.channels[0].unit)
    for axes in panels[:n][-across:]:
        label_si(axes.xaxis, "time from peak", "s")
    return figure
