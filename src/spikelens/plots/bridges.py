"""Bridges: spikes, and what was laid across where they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import REST, SPIKE, axes_or_new, label_si, say, styled
from spikelens.recording import Recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AROUND = 5e-3
"""Shown before and after each cut, s."""
SHOWN = 6
"""Cuts drawn."""
_GAP = 0.15


@styled
def bridges(
    recording: Recording, bridged: Recording, cuts: NDArray[np.int64], *, ax: Axes | None = None
) -> Axes:
    """Draw a few cuts side by side: the recorded trace in grey, the bridged one in blue over it.

    Parameters
    ----------
    recording, bridged : Recording, one channel
    cuts : int64 array, (n_cuts, 2)
        First and last-plus-one sample of each.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (8.6, 2.6))
    if not len(cuts):
        say(axes, "no spikes, no bridges")
        return axes
    around, at = round(AROUND * recording.sampling_rate), 0.0
    ticks = []
    for low, high in cuts[np.unique(np.linspace(0, len(cuts) - 1, SHOWN).astype(int))]:
        bounds = recording.sweeps.bounds
        sweep = int(recording.sweeps.at(int(low)))
        start, stop = max(low - around, bounds[sweep]), min(high + around, bounds[sweep + 1])
        time = at + np.arange(stop - start) / recording.sampling_rate
        axes.plot(
            time, recording.read(int(start), int(stop))[:, 0], color=REST, linewidth=0.9, gid="recorded"
        )
        axes.plot(time, bridged.read(int(start), int(stop))[:, 0], color=SPIKE, linewidth=1.1, gid="bridged")
        ticks.append(((time[0] + time[-1]) / 2, f"{float(recording.time_of(int(low))):.6g} s"))
        at = float(time[-1]) + _GAP * (time[-1] - time[0]) + 1e-3
    axes.set_xticks([place for place, _ in ticks], [text for _, text in ticks])
    axes.tick_params(axis="x", length=0)
    label_si(axes.yaxis, "membrane potential", recording.channels[0].unit)
    axes.set_title(f"recorded (grey) and bridged (blue); {AROUND * 1e3:g} ms to either side of a cut")
    return axes
