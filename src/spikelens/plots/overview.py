"""The overview: a whole recording on top and zooms below, as ``find`` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikelens.plots._style import styled
from spikelens.plots.picks import telling
from spikelens.plots.trace import trace
from spikelens.plots.zooms import zooms
from spikelens.recording import Recording
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def overview(recording: Recording, spikes: Spikes) -> Figure:
    """Draw the whole recording with its spikes in blue, and the telling ones large below.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes

    Returns
    -------
    Figure
        8 inches wide: 1200 pixels as a PNG at its 150 dots per inch.
    """
    from matplotlib.figure import Figure

    picks = telling(spikes)
    figure = Figure(figsize=(8, 4.9), layout="constrained")
    parts = figure.add_gridspec(2, 1, height_ratios=(1.35, 1))
    above, below = figure.add_subfigure(parts[0]), figure.add_subfigure(parts[1])
    trace(recording, spikes, ax=above.subplots())
    observed = spikes.stretches.n_samples() / spikes.sampling_rate
    per_second = f", {len(spikes) / observed:.3g} per s" if observed else ""
    noun = "spike" if len(spikes) == 1 else "spikes"
    above.suptitle(
        f"{recording.name}: {len(spikes):,} {noun} in {observed:,.5g} s{per_second}",
        x=0.01,
        ha="left",
        fontsize=10,
        fontweight="bold",
    )
    panels = below.subplots(1, max(len(picks), 1), squeeze=False)[0]
    zooms(recording, spikes, axes=list(panels), picks=picks)
    return figure
