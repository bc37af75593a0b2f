"""The rate: spikes per observed second, per sweep or over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikelens.plots._exposure import rates
from spikelens.plots._pixels import one_channel
from spikelens.plots._style import SPIKE, axes_or_new, label_si, say, styled, whole_numbers
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 60
"""Bins of a recording of one sweep."""


@styled
def rate(recording: Recording, spikes: Spikes, *, ax: Axes | None = None, bin: float | None = None) -> Axes:
    """Draw the rate per sweep, or, of a single sweep, over time.

    Only observed time counts; where there is none, the line is broken.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    ax : Axes, optional
    bin : float, s, optional
        Length of the bins of a single sweep; by default a sixtieth of it.

    Returns
    -------
    Axes
    """
    axes = axes_or_new(ax, (3.9, 2.8))
    shown = one_channel(recording, spikes)
    if not shown.n_samples:
        say(axes, "no samples")
        return axes
    if len(shown.sweeps) > 1:
        _per_sweep(axes, shown, spikes)
    else:
        _over_time(axes, shown, spikes, bin)
    axes.set_ylabel("spikes per second")
    axes.set_ylim(bottom=0)
    return axes


def _per_sweep(ax: Axes, recording: Recording, spikes: Spikes) -> None:
    found = rates(spikes, recording.sweeps.bounds)
    sweeps = np.arange(found.size)
    ax.plot(sweeps, found, "o-", color=SPIKE, markersize=3.2, linewidth=0.8, gid="rate")
    whole_numbers(ax.xaxis)
    ax.set_xlabel("sweep")
    ax.set_title("rate per sweep")


def _over_time(ax: Axes, recording: Recording, spikes: Spikes, bin: float | None) -> None:
    n = recording.n_samples
    step = n / min(BINS, n) if bin is None else max(bin * recording.sampling_rate, 1.0)
    edges = np.unique(np.append(np.arange(0, n, step).astype(np.int64), n))
    found = rates(spikes, edges)
    start = float(recording.time_of(0))
    ax.stairs(found, start + edges / recording.sampling_rate, fill=True, color=SPIKE, alpha=0.75, gid="rate")
    ax.set_xlim(start, start + n / recording.sampling_rate)
    label_si(ax.xaxis, "time", "s")
    ax.set_title(f"rate in bins of {step / recording.sampling_rate:.3g} s")
