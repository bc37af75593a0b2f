"""Classified windows: the trace with spike windows blue and all others grey, as in the 2017 study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.errors import OutsideRecording
from spikelens.labels import Labels
from spikelens.plots._pixels import envelopes, outline, pixel_edges
from spikelens.plots._style import FAINT, REST, SPIKE, axes_or_new, label_si, styled
from spikelens.plots._timeline import Timeline
from spikelens.recording import Recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ints = NDArray[np.int64]
PIXELS = 1600
BORDERS_UP_TO = 60
"""Borders of windows are drawn where there are no more of them."""


@styled
def classified(
    recording: Recording,
    labels: Labels,
    *,
    ax: Axes | None = None,
    start: float | None = None,
    stop: float | None = None,
) -> Axes:
    """Draw the samples of labelled windows: spikes blue, the rest grey.

    Parameters
    ----------
    recording : Recording
        Of one channel.
    labels : Labels
        Of windows of this recording.
    ax : Axes, optional
        By default those of a new figure.
    start, stop : float, s, recording's clock, optional
        What to draw; from the first labelled window to the last by default.

    Returns
    -------
    Axes
        With data in s and in V.

    Raises
    ------
    OutsideRecording
        No labelled window lies between `start` and `stop`.
    """
    axes = axes_or_new(ax, (8, 2.4))
    spans = np.column_stack([labels.first_sample, labels.first_sample + labels.n_samples])
    low = int(spans.min()) if start is None else int(recording.sample_at(start)[0])
    high = int(spans.max()) if stop is None else int(recording.sample_at(stop)[0])
    inside = (spans[:, 1] > low) & (spans[:, 0] < high)
    if low >= high or not inside.any():
        raise OutsideRecording(f"no labelled window lies between {start} and {stop} s")
    timeline = Timeline.along(recording)
    edges = pixel_edges(recording.sweeps.bounds, low, high, PIXELS)
    blue = _joined(np.clip(spans[inside & labels.are("spike")], low, high))
    everything, in_spikes = envelopes(recording, edges, [np.array([[low, high]], np.int64), blue])
    axes.plot(*outline(timeline, edges, everything), color=REST, linewidth=0.6, gid="rest", zorder=2)
    axes.plot(*outline(timeline, edges, in_spikes), color=SPIKE, linewidth=0.8, gid="spikes", zorder=3)
    if inside.sum() <= BORDERS_UP_TO:
        _borders(axes, timeline, np.unique(spans[inside]), (low, high))
    _frame(axes, timeline, recording, (low, high))
    label_si(axes.yaxis, recording.channels[0].quantity, recording.channels[0].unit)
    return axes


def _joined(spans: Ints) -> Ints:
    """Spans in order, those that touch as one."""
    if not len(spans):
        return spans.reshape(0, 2)
    ordered = spans[np.argsort(spans[:, 0], kind="stable")]
    new = np.append(True, ordered[1:, 0] > np.maximum.accumulate(ordered[:-1, 1]))
    first = np.flatnonzero(new)
    stops = np.maximum.reduceat(ordered[:, 1], first)
    return np.column_stack([ordered[first, 0], stops]).astype(np.int64)


def _borders(ax: Axes, timeline: Timeline, at: Ints, limits: tuple[int, int]) -> None:
    from matplotlib.collections import LineCollection

    shown = at[(at > limits[0]) & (at < limits[1])]
    upright = [((x, 0.0), (x, 1.0)) for x in timeline.at(shown)]
    lines = LineCollection(upright, colors=FAINT, linewidths=0.5, zorder=1, gid="borders")
    # From edge to edge of the axes, whatever their limits.
    lines.set_transform(ax.get_xaxis_transform())
    lines.set_in_layout(False)
    ax.add_collection(lines, autolim=False)


def _frame(ax: Axes, timeline: Timeline, recording: Recording, limits: tuple[int, int]) -> None:
    """Time on the recording's clock at the ticks, though gaps between sweeps are drawn narrow."""
    sweep = timeline.sweep_of(np.array([limits[0], limits[1] - 1]))
    left, right = (float(x) for x in timeline.at(np.array(limits), sweep))
    ax.set_xlim(left, right)
    if len(recording.sweeps) == 1:
        timeline.label(ax)
        return
    _clock_ticks(ax, timeline, recording, limits)
    ax.set_xlabel("time (s)")


def _clock_ticks(ax: Axes, timeline: Timeline, recording: Recording, limits: tuple[int, int]) -> None:
    """Round times on the recording's clock, as many as there is room for."""
    from matplotlib.ticker import MaxNLocator

    figure = ax.get_figure(root=True)
    inches = ax.bbox.width / (figure.dpi if figure else 72)
    first, last = recording.time_of(np.array([limits[0], limits[1] - 1]))
    times = MaxNLocator(max(2, min(6, int(inches / 0.6)))).tick_values(float(first), float(last))
    times = times[(times >= first) & (times <= last)]
    samples, shown = np.unique(recording.sample_at(times), return_index=True)
    ax.set_xticks(timeline.at(samples), [f"{t:.6g}" for t in times[shown]])
