"""Zooms: a few telling spikes, large enough to judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._cutouts import peak_shift
from spikelens.plots._pixels import one_channel, spike_windows
from spikelens.plots._style import INK, MARK, REST, SPIKE, label_si, say, styled
from spikelens.plots.picks import Pick, telling
from spikelens.plots.trace import AFTER, BEFORE
from spikelens.prefixes import quantity
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

SHOWN_BEFORE, SHOWN_AFTER = 8e-3, 14e-3
"""What a panel shows, s before and after the peak; longer where samples are far apart."""
FEWEST = 30
"""Samples a panel shows at least."""


@styled
def zooms(
    recording: Recording,
    spikes: Spikes,
    *,
    axes: Sequence[Axes] | None = None,
    picks: Sequence[Pick] | None = None,
    columns: int = 5,
    width: float = 8.0,
) -> Figure:
    """Draw a few spikes large: typical, smallest, least certain, a burst, a rejected candidate.

    The samples of accepted spikes are blue, the rest grey. All panels span the same
    range of values, each about its own spike, so that sizes compare.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    axes : sequence of Axes, optional
        Where to draw; as many panels are drawn as there are Axes. By default those of a
        new figure, `columns` in a row.
    picks : sequence of Pick, optional
        What to draw instead of the telling ones.
    columns : int
        Panels in a row of a new figure.
    width : float, inches
        Of a new figure.

    Returns
    -------
    Figure
    """
    chosen = list(telling(spikes) if picks is None else picks)
    panels = _panels(max(len(chosen), 1), columns, width) if axes is None else list(axes)
    if not chosen:
        say(panels[0], "no spikes, and nothing that came near")
    shown = one_channel(recording, spikes)
    pieces = [_piece(shown, pick) for pick in chosen]
    span, largest = _common_range([_values(shown, *piece) for piece in pieces])
    for ax, pick, piece in zip(panels, chosen, pieces, strict=False):
        _panel(ax, shown, spikes, pick, piece)
        _centre(ax, span)
        label_si(ax.xaxis, "time", "s", largest=SHOWN_AFTER)
        what = shown.channels[0].quantity if ax in panels[::columns] else ""
        label_si(ax.yaxis, what, shown.channels[0].unit, largest=largest)
    for spare in panels[max(len(chosen), 1) :]:
        spare.set_axis_off()
    figure = panels[0].get_figure(root=True)
    assert figure is not None
    return figure


def _panels(n: int, columns: int, width: float) -> list[Axes]:
    from matplotlib.figure import Figure

    across = min(n, columns)
    rows = -(-n // across)
    figure = Figure(figsize=(width, 1.9 * rows), layout="constrained")
    return list(figure.subplots(rows, across, squeeze=False).ravel())


def _piece(recording: Recording, pick: Pick) -> tuple[int, int]:
    """The samples a panel shows: around the pick, within its sweep."""
    rate = recording.sampling_rate
    longer = max(pick.table.slowness, FEWEST / rate / (SHOWN_BEFORE + SHOWN_AFTER))
    peaks = pick.table.sample_index[list(pick.span)]
    windows = spike_windows(recording, peaks, SHOWN_BEFORE * longer, SHOWN_AFTER * longer)
    return int(windows[:, 0].min()), int(windows[:, 1].max())


def _values(recording: Recording, start: int, stop: int) -> Floats:
    return np.asarray(recording.read(start, stop)[:, 0], np.float64)


def _common_range(pieces: Sequence[Floats]) -> tuple[float, float]:
    """The widest range of values of any piece, and the largest value of all."""
    finite = [piece[np.isfinite(piece)] for piece in pieces if np.isfinite(piece).any()]
    span = max((float(np.ptp(piece)) for piece in finite), default=0.0)
    return span, max((float(np.abs(piece).max()) for piece in finite), default=0.0)


def _panel(ax: Axes, recording: Recording, spikes: Spikes, pick: Pick, piece: tuple[int, int]) -> None:
    table, row, rate = pick.table, pick.row, recording.sampling_rate
    values = _values(recording, *piece)
    peak = table.sample_index[row] + peak_shift(recording, table)[row]
    time = (np.arange(*piece) - peak) / rate
    inside = spikes.sample_index[(spikes.sample_index >= piece[0]) & (spikes.sample_index < piece[1])]
    blue = np.full(values.size, np.nan)
    own = (t * spikes.slowness for t in (BEFORE, AFTER))
    for low, high in spike_windows(recording, inside, *own) - piece[0]:
        blue[max(low, 0) : high] = values[max(low, 0) : high]
    ax.plot(time, values, color=REST, linewidth=0.8, gid="rest")
    ax.plot(time, blue, color=SPIKE, linewidth=1.2, gid="spikes")
    _mark(ax, pick, float(np.interp(0.0, time, values)))
    height = quantity(float(table.height[row]), recording.channels[0].unit)
    ax.set_title(f"{pick.why}\nat {table.time[row]:.4g} s, {height}", fontsize=7.5, linespacing=1.35)


def _mark(ax: Axes, pick: Pick, at_peak: float) -> None:
    """Mark the peak, and the threshold where it was measured; a cross if rejected."""
    table, row = pick.table, pick.row
    look: dict[str, Any] = (
        {"marker": "x", "color": MARK} if pick.is_rejected else {"marker": "o", "color": INK}
    )
    peak = float(table["peak_v"][row]) if "peak_v" in table else at_peak
    ax.plot([0], [peak], markersize=3.2, linestyle="none", zorder=4, gid="peak", **look)
    if "threshold_v" not in table or not np.isfinite(table["threshold_v"][row]):
        return
    threshold = float(table["threshold_v"][row])
    ax.axhline(threshold, color=MARK, linewidth=0.6, linestyle=(0, (4, 3)), zorder=1, gid="threshold")


def _centre(ax: Axes, span: float) -> None:
    """Let the axis of values cover `span` about what is drawn."""
    low, high = ax.dataLim.intervaly
    if span > 0 and np.isfinite([low, high]).all():
        middle = (low + high) / 2
        ax.set_ylim(middle - 0.54 * span, middle + 0.54 * span)
    ax.locator_params(axis="x", nbins=5)
    ax.locator_params(axis="y", nbins=5)
    ax.margins(x=0)
