"""What stands on and above a trace: events, unobserved time, a tick per spike, the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._exposure import rates, unobserved
from spikelens.plots._pixels import pixel_edges
from spikelens.plots._style import FAINT, MARK, SPIKE
from spikelens.plots._timeline import Timeline
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TICKS = (1.03, 1.075)
"""The row of ticks, as shares of the axes' height above its foot."""
RIBBON = (1.095, 1.19)
"""The ribbon of the rate, likewise."""
SHORTEST, FEWEST_BINS = 0.05, 20
"""Bins of the ribbon are at least so long (s), and so many."""
BLANKED = "blank"
"""Label of events that are hatched, not marked."""
SHORT = 12
"""A name of no more letters has room beside the trace."""
MOST_MARKS = 2000
"""More marks than this are thinned to the pixels there are."""


def hatch_unobserved(ax: Axes, timeline: Timeline, spikes: Spikes, shown: tuple[int, int]) -> None:
    """Hatch what lies in no stretch: blanked, excluded and missing samples."""
    gaps = unobserved(spikes, timeline.sweeps.bounds, shown)
    if not gaps.size:
        return
    start, stop = gaps.T
    sweep = timeline.sweep_of(start)
    left, right = timeline.at(start, sweep), timeline.at(stop, sweep)
    spans = list(zip(left, right - left, strict=True))
    ax.broken_barh(
        spans,
        (0, 1),
        transform=ax.get_xaxis_transform(),
        facecolor="none",
        edgecolor=FAINT,
        hatch="////",
        linewidth=0,
        zorder=0.5,
        gid="unobserved",
    )


def tick_row(ax: Axes, timeline: Timeline, peaks: Ints) -> None:
    """Draw a tick per spike above the trace, so that none hides in it."""
    x = _thinned(timeline.at(peaks))
    low, high = np.full((2, x.size), np.array(TICKS)[:, None])
    _above(ax, np.column_stack([x, x, np.full(x.size, np.nan)]), np.column_stack([low, high, low]))


def _above(ax: Axes, x: Floats, y: Floats) -> None:
    ax.plot(
        x.ravel(),
        y.ravel(),
        color=SPIKE,
        linewidth=0.6,
        solid_capstyle="butt",
        transform=ax.get_xaxis_transform(),
        clip_on=False,
        gid="ticks",
    )


def _thinned(x: Floats) -> Floats:
    """Places of marks, at most one per pixel where there are many."""
    if x.size <= MOST_MARKS:
        return x
    width = np.ptp(x) / MOST_MARKS
    return x[np.unique(np.floor((x - x.min()) / max(width, 1e-12)), return_index=True)[1]]


def rate_ribbon(ax: Axes, timeline: Timeline, spikes: Spikes, shown: tuple[int, int]) -> None:
    """Draw the rate above the trace as a small silhouette, with its largest value in figures."""
    seconds = (shown[1] - shown[0]) / timeline.sampling_rate
    edges = pixel_edges(timeline.sweeps.bounds, *shown, min(150, round(seconds / SHORTEST)))
    rate = rates(spikes, edges)
    if rate.size < FEWEST_BINS or not np.nansum(rate) > 0:
        return
    sweep = timeline.sweep_of(edges[:-1])
    left, right = timeline.at(edges[:-1], sweep), timeline.at(edges[1:], sweep)
    foot = np.full(rate.size, RIBBON[0])
    top = foot + (RIBBON[1] - RIBBON[0]) * np.nan_to_num(rate) / np.nanmax(rate)
    ax.fill(
        np.column_stack([left, left, right, right]).ravel(),
        np.column_stack([foot, top, top, foot]).ravel(),
        color=SPIKE,
        alpha=0.45,
        linewidth=0,
        transform=ax.get_xaxis_transform(),
        clip_on=False,
        gid="ribbon",
    )
    _beside(ax, float(np.mean(RIBBON)), f"to {np.nanmax(rate):.3g} /s", SPIKE)


def _beside(ax: Axes, y: float, text: str, color: str) -> None:
    ax.text(1.005, y, text, transform=ax.transAxes, fontsize=6.5, color=color, va="center")


def mark_events(ax: Axes, timeline: Timeline, recording: Recording, shown: tuple[int, int]) -> None:
    """Mark events at the foot of the trace: a bar while one lasts, a triangle for an instant."""
    events = recording.events
    start, stop = recording.sample_at(events.start), recording.sample_at(events.stop)
    named = np.array([label != BLANKED for label in events.label], bool)
    seen = np.flatnonzero((stop >= shown[0]) & (start < shown[1]) & named)
    if not seen.size or events.clock != "recording":
        return
    start = np.maximum(start[seen], shown[0])
    sweep = timeline.sweep_of(start)
    stop = np.minimum(stop[seen], np.minimum(timeline.sweeps.bounds[sweep + 1], shown[1]))
    left, right = timeline.at(start, sweep), timeline.at(stop, sweep)
    across: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "clip_on": False, "color": MARK}
    ax.hlines(np.zeros(left.size), left, right, linewidth=2.5, gid="lasting", **across)
    instants = _thinned(left[right <= left])
    if instants.size:  # A line of nothing would undo the figure's layout.
        ax.plot(instants, 0 * instants + 0.012, "^", markersize=3.0, gid="events", **across)
    _name_events(ax, left, [events.label[i] or events.source[i] for i in seen])


def _name_events(ax: Axes, left: Floats, labels: list[str]) -> None:
    """Write each label once, where it first stands, if there is room and there are not too many."""
    firsts = {label: x for x, label in zip(left[::-1], labels[::-1], strict=True) if label}
    if len(firsts) > 8:
        _beside(ax, 0.02, f"{len(labels)} events", MARK)
        return
    if len(firsts) == 1 and len(next(iter(firsts))) <= SHORT:
        # Where it hides nothing of the trace.
        _beside(ax, 0.02, next(iter(firsts)), MARK)
        return
    room = 0.12 * float(np.ptp(ax.get_xlim()))
    last = -np.inf
    for label, x in sorted(firsts.items(), key=lambda item: item[1]):
        if x - last < room:
            continue
        last = x
        name = ax.annotate(
            label if len(label) <= 24 else label[:23] + "…",
            (x, 0.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(3, 5),
            textcoords="offset points",
            fontsize=6.5,
            color=MARK,
            bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5},
        )
        # A long name near the right edge must not squeeze the trace.
        name.set_in_layout(False)
