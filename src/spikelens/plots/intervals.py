"""Intervals: the time from each spike to the next, within observed stretches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import MARK, SPIKE, axes_or_new, label_si, say, styled, whole_numbers
from spikelens.prefixes import quantity
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PER_DECADE = 12
"""Bins per factor of ten of a logarithmic histogram."""


def interspike_intervals(spikes: Spikes) -> NDArray[np.float64]:
    """Seconds between consecutive spikes of one channel and one stretch; none crosses a wall."""
    order = np.lexsort((spikes.sample_index, spikes["channel"]))
    stretch = spikes.stretches.at(spikes.sample_index)[order]
    channel, time = spikes["channel"][order], spikes.time_in_sweep[order]
    together = (stretch[1:] == stretch[:-1]) & (stretch[1:] >= 0) & (channel[1:] == channel[:-1])
    return np.asarray(np.diff(time)[together], np.float64)


@styled
def intervals(spikes: Spikes, *, ax: Axes | None = None, log: bool = True, refractory: float = 1e-3) -> Axes:
    """Draw the histogram of interspike intervals.

    Parameters
    ----------
    spikes : Spikes
    ax : Axes, optional
    log : bool
        Bins of equal ratio; otherwise of equal length, up to the 95th percentile.
    refractory : float, s, > 0
        Marked by a line; intervals below it are counted in the title.

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    found = interspike_intervals(spikes)
    found = found[found > 0]
    if not found.size:
        say(axes, "no two spikes within one stretch")
        return axes
    bins = _log_bins(found, refractory) if log else _linear_bins(found)
    axes.stairs(np.histogram(found, bins)[0], bins, fill=True, color=SPIKE, gid="intervals")
    axes.axvline(refractory, color=MARK, linewidth=0.8, linestyle=(0, (4, 3)), gid="refractory")
    if log:
        _decades(axes)
    else:
        label_si(axes.xaxis, "interval", "s")
    whole_numbers(axes.yaxis)
    axes.set_ylabel("intervals")
    below = np.count_nonzero(found < refractory)
    axes.set_title(f"{found.size:,} intervals, {below:,} below {quantity(refractory, 's')}")
    return axes


def _decades(ax: Axes) -> None:
    """A logarithmic axis of time, each decade labelled with its own unit."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(numticks=7))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: quantity(value, "s")))
    ax.set_xlabel("interval")


def _log_bins(found: NDArray[np.float64], refractory: float) -> NDArray[np.float64]:
    low = np.floor(PER_DECADE * np.log10(min(found.min(), refractory / 1.2)))
    high = np.floor(PER_DECADE * np.log10(found.max())) + 1
    return 10 ** (np.arange(low, high + 1) / PER_DECADE)


def _linear_bins(found: NDArray[np.float64]) -> NDArray[np.float64]:
    n_bins = int(np.clip(2 * np.sqrt(found.size), 10, 60))
    return np.linspace(0, np.percentile(found, 95) * 1.001, n_bins + 1)
