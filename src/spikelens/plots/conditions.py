"""The rate over a recording, with the epochs of its conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from spikelens.plots._style import KINDS, styled
from spikelens.plots.rate import rate
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def conditions(
    recording: Recording,
    spikes: Spikes,
    epochs: Sequence[tuple[str, float, float]],
    *,
    ax: Axes | None = None,
    bin: float | None = None,
) -> Axes:
    """Draw the rate, with a bar in its condition's colour above each epoch.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    epochs : sequence of (label, start, stop), s on the recording's clock
    ax : Axes, optional
    bin : float, s, optional
        See `rate`.
    """
    axes = rate(recording, spikes, ax=ax, bin=bin)
    top = axes.get_ylim()[1]
    names = list(dict.fromkeys(label for label, _, _ in epochs))
    for label, start, stop in epochs:
        left, right = _along(recording, start, stop)
        color = KINDS[names.index(label) % len(KINDS)]
        axes.axvspan(left, right, color=color, alpha=0.1, linewidth=0)
        axes.plot([left, right], [top, top], color=color, linewidth=3.5, solid_capstyle="butt", clip_on=False)
    for label in names:
        axes.plot([], [], color=KINDS[names.index(label) % len(KINDS)], linewidth=3.5, label=label)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.0)
    return axes


def _along(recording: Recording, start: float, stop: float) -> tuple[float, float]:
    """Where an epoch lies on the rate's axis: in seconds, or in sweeps if there are several."""
    if len(recording.sweeps) == 1:
        return start, stop
    samples = recording.sample_at(np.array([start, stop]))
    first, last = recording.sweeps.at(np.array([samples[0], samples[1] - 1]))
    return float(first) - 0.5, float(last) + 0.5
