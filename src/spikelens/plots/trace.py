"""The trace: a whole recording or a part of it, with the samples of its spikes in blue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._marks import hatch_unobserved, mark_events, rate_ribbon, tick_row
from spikelens.plots._pixels import envelopes, one_channel, outline, pixel_edges, spike_windows
from spikelens.plots._style import REST, SPIKE, axes_or_new, label_si, say, styled
from spikelens.plots._timeline import Timeline
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.stretches import outside_walls

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ints = NDArray[np.int64]

BEFORE, AFTER = 1e-3, 2e-3
"""What belongs to a spike, s before and after its peak."""
PIXELS = 2000
"""Ranges drawn across a figure."""


@styled
def trace(
    recording: Recording,
    spikes: Spikes | None = None,
    *,
    ax: Axes | None = None,
    start: float | None = None,
    stop: float | None = None,
    overlaid: bool = False,
    bare: bool = False,
) -> Axes:
    """Draw a recording in grey and the samples of its spikes in blue.

    Where there are more samples than pixels, each pixel shows the range of the samples
    it stands for, found in one pass over the stored numbers; a row of ticks and the rate
    above the trace then show spikes that the range would hide.

    Parameters
    ----------
    recording : Recording
        Of several channels, that of the spikes is drawn, or the first.
    spikes : Spikes, optional
        Also tells what was not observed, which is hatched.
    ax : Axes, optional
        By default those of a new figure.
    start, stop : float, s, recording's clock
        What to draw; all by default.
    overlaid : bool
        Lay sweeps over one another rather than end to end.
    bare : bool
        The trace alone, without ticks, rate and events.

    Returns
    -------
    Axes
        With data in s and in V or A.

    Raises
    ------
    OutsideRecording
        Nothing of the recording lies between `start` and `stop`.
    """
    axes = axes_or_new(ax, (8, 2.8))
    shown = one_channel(recording, spikes)
    if not shown.n_samples:
        say(axes, "no samples")
        return axes
    walls = outside_walls(shown, start, stop)
    limits = int(walls[0, 1]), int(walls[1, 0])
    timeline = Timeline.along(shown, limits, overlaid=overlaid)
    _draw(axes, timeline, shown, spikes, limits)
    if not bare:
        _annotate(axes, timeline, shown, spikes, limits)
    timeline.label(axes)
    label_si(axes.yaxis, shown.channels[0].quantity, shown.channels[0].unit)
    return axes


def _draw(
    ax: Axes, timeline: Timeline, recording: Recording, spikes: Spikes | None, limits: tuple[int, int]
) -> None:
    n_pixels = PIXELS * (min(len(recording.sweeps), 10) if timeline.layout == "overlaid" else 1)
    edges = pixel_edges(recording.sweeps.bounds, *limits, n_pixels)
    peaks = np.empty(0, np.int64) if spikes is None else _peaks(spikes, limits)
    longer = 1.0 if spikes is None else spikes.slowness
    own = spike_windows(recording, peaks, BEFORE * longer, AFTER * longer)
    everything, in_spikes = envelopes(recording, edges, [np.array([limits], np.int64), own])
    ax.plot(*outline(timeline, edges, everything), color=REST, linewidth=0.6, gid="rest", zorder=2)
    ax.plot(*outline(timeline, edges, in_spikes), color=SPIKE, linewidth=0.9, gid="spikes", zorder=3)
    _frame(ax, timeline, limits)


def _annotate(
    ax: Axes, timeline: Timeline, recording: Recording, spikes: Spikes | None, limits: tuple[int, int]
) -> None:
    """What was not observed, where spikes are, and events."""
    if spikes is not None:
        hatch_unobserved(ax, timeline, spikes, limits)
        _rows_above(ax, timeline, spikes, _peaks(spikes, limits), limits)
    if timeline.layout != "overlaid":
        mark_events(ax, timeline, recording, limits)


def _peaks(spikes: Spikes, limits: tuple[int, int]) -> Ints:
    at = spikes.sample_index
    return at[(at >= limits[0]) & (at < limits[1])]


def _rows_above(ax: Axes, timeline: Timeline, spikes: Spikes, peaks: Ints, limits: tuple[int, int]) -> None:
    """The ticks, and the rate, of a trace in which spikes may be hidden."""
    if timeline.layout == "overlaid":
        return
    tick_row(ax, timeline, peaks)
    if limits[1] - limits[0] > PIXELS:
        rate_ribbon(ax, timeline, spikes, limits)


def _frame(ax: Axes, timeline: Timeline, limits: tuple[int, int]) -> None:
    sweep = timeline.sweep_of(np.array([limits[0], limits[1] - 1]))
    left, right = timeline.at(np.array(limits), sweep)
    if timeline.layout == "overlaid":
        left, right = 0.0, float(np.diff(timeline.sweeps.bounds).max()) / timeline.sampling_rate
    if right > left:
        ax.set_xlim(left, right)
