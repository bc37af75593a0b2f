"""Side by side: what was accepted, and what was nearly accepted, to one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._cutouts import Cutouts, cut_out
from spikelens.plots._pixels import one_channel
from spikelens.plots._style import INK, MARK, SPIKE, label_si, say, see_through, styled
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEFORE, AFTER = 4e-3, 8e-3
"""What is shown before and after the peak, s."""
SHOWN = ("synaptic", "too_small")
"""Verdicts of what is drawn on the right; artefacts are drawn by themselves."""


@styled
def side_by_side(
    recording: Recording,
    spikes: Spikes,
    *,
    axes: Sequence[Axes] | None = None,
    most: int = 60,
    columns: int = 2,
    width: float = 8.0,
) -> Figure:
    """Lay the least certain spikes over one another, and beside them the likeliest rejected candidates.

    Each trace is drawn from its own base upwards, and both panels span the same range, so that
    the two can be compared by eye.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    axes : sequence of 2 Axes, optional
        Those of a new figure by default.
    most : int
        Of each, the `most` that come nearest to the cut.
    columns : int
        1 puts the panels of a new figure over one another, for narrow pages.
    width : float, inches
        Of a new figure.

    Returns
    -------
    Figure
    """
    left, right = _panels(columns, width) if axes is None else axes
    shown = one_channel(recording, spikes)
    rejected = doubtful(spikes)
    accepted = _nearest(spikes, most)
    parts = (
        (left, accepted, "accepted", len(spikes), SPIKE),
        (right, _nearest(rejected, most), "nearly accepted", len(rejected), MARK),
    )
    for ax, table, name, n_all, color in parts:
        _panel(ax, shown, table, color)
        drawn = f"{len(table):,} of {n_all:,}" if len(table) < n_all else f"{n_all:,}"
        ax.set_title(f"{drawn} {name}")
    _share_range([ax for ax, table, *_ in parts if len(table)], shown)
    figure = left.get_figure(root=True)
    assert figure is not None
    return figure


def _panels(columns: int, width: float) -> list[Axes]:
    from matplotlib.figure import Figure

    rows = 2 // columns
    figure = Figure(figsize=(width, 2.8 * rows), layout="constrained")
    return list(figure.subplots(rows, columns, squeeze=False).ravel())


def doubtful(spikes: Spikes) -> Spikes:
    """The rejected candidates that might be spikes."""
    if spikes.candidates is None:
        return spikes.take(np.zeros(len(spikes), bool))
    return spikes.candidates.take(np.isin(spikes.candidates["verdict"], SHOWN))


def _nearest(table: Spikes, most: int) -> Spikes:
    """The rows nearest to a probability of a half, or evenly spread ones where there is none."""
    if len(table) <= most:
        return table
    if not np.isfinite(table.probability).any():
        return table.take(np.linspace(0, len(table) - 1, most).astype(int))
    order = np.argsort(np.abs(table.probability - 0.5), kind="stable")
    return table.take(np.sort(order[:most]))


def _panel(ax: Axes, recording: Recording, table: Spikes, color: str) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    if not len(table):
        say(ax, "none")
        return
    before, after = BEFORE * table.slowness, AFTER * table.slowness
    cut = cut_out(recording, table, before, after, len(table))
    base = _peak_values(cut)[:, None] - table.height[:, None]
    raised = Cutouts(cut.time, cut.values - base)
    ax.plot(raised.time.T, raised.values.T, color=color, alpha=see_through(len(table)), linewidth=0.7)
    if len(table) > 2:
        ax.plot(*raised.median(), color=INK, linewidth=1.3)
    ax.set_xlim(-before, after)
    label_si(ax.xaxis, "time from peak", "s")


def _peak_values(cut: Cutouts) -> NDArray[np.float64]:
    """The value of each row at its peak."""
    nearest = np.argmin(np.abs(cut.time), axis=1)
    return np.asarray(cut.values[np.arange(nearest.size), nearest], np.float64)


def _share_range(panels: Sequence[Axes], recording: Recording) -> None:
    """One range of values for both panels, with the same ticks."""
    limits = np.array([ax.get_ylim() for ax in panels]).reshape(-1, 2)
    channel = recording.channels[0]
    for ax in panels:
        ax.set_ylim(limits[:, 0].min(), limits[:, 1].max())
        label_si(ax.yaxis, f"{channel.quantity} over its base", channel.unit)
