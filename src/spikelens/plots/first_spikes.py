"""First spikes: how their times from the onset are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, MARK, SPIKE, axes_or_new, label_si, say, styled, whole_numbers
from spikelens.prefixes import quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def first_spikes(
    latency: NDArray[np.float64],
    *,
    window: tuple[float, float],
    n_trials: int,
    minimum: float = float("nan"),
    by_chance: float = float("nan"),
    ax: Axes | None = None,
) -> Axes:
    """Draw the histogram of first spikes' times, with their median and the minimum latency.

    Parameters
    ----------
    latency : float64 array, (n_trials_with_a_spike,), s from the onset
    window : (low, high), s
        Where they were sought.
    n_trials : int
        Trials in all, for the title.
    minimum : float, s, optional
        The earliest time that chance does not explain.
    by_chance : float, Hz, optional
        The spontaneous rate; a line shows the first spikes it alone would give.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    if not latency.size:
        say(axes, "no spike in the window")
        return axes
    width = window[1] - window[0]
    edges = np.linspace(*window, int(np.clip(2 * np.sqrt(latency.size), 10, 60)) + 1)
    axes.stairs(np.histogram(latency, edges)[0], edges, fill=True, color=SPIKE, alpha=0.8, gid="first_spikes")
    median = float(np.median(latency))
    axes.axvline(median, color=INK, linewidth=1, gid="median", label=f"median {quantity(median, 's')}")
    if np.isfinite(minimum):
        told = f"minimum {quantity(minimum, 's')}"
        axes.axvline(minimum, color=MARK, linewidth=1, linestyle=(0, (4, 3)), gid="minimum", label=told)
    if by_chance > 0:
        passed = np.exp(-by_chance * (edges - window[0])) * n_trials
        axes.stairs(-np.diff(passed), edges, color=INK, linewidth=0.8, baseline=None, label="by chance alone")
    axes.set_xlim(window[0] - 0.02 * width, window[1])
    label_si(axes.xaxis, "first spike from onset", "s")
    whole_numbers(axes.yaxis)
    axes.set_ylabel("trials")
    axes.set_title(f"{latency.size:,} of {n_trials:,} trials have a spike in the window")
    axes.legend(loc="upper right")
    return axes
