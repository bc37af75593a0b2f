"""Waveforms of sorted units: a panel each, single spikes faint, the mean dark, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, KINDS, label_si, see_through, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 5
MOST_DRAWN = 80
GAP = 0.25
"""Channels lie side by side, apart by this share of a waveform's length."""
MOST_CHANNELS = 4


@styled
def unit_waveforms(
    time: NDArray[np.float64],
    waves: Sequence[NDArray[np.float32]],
    names: Sequence[str],
    *,
    unit: str = "V",
    channels: Sequence[str] = (),
    width: float = 8.6,
) -> Figure:
    """Overlay the spikes of each unit on the channels where it is largest, with their mean and spread.

    Parameters
    ----------
    time : float64 array, (n_samples,), s
        From the peak.
    waves : sequence of float32 arrays, (n_spikes, n_samples, n_channels)
    names : sequence of str
        What each panel is called.
    unit : str
    channels : sequence of str
        Names of the channels, written below where a unit is shown on several.
    width : float, inches

    Returns
    -------
    Figure
        The band is the mean plus and minus one standard deviation.
    """
    from matplotlib.figure import Figure

    n = max(len(waves), 1)
    columns = min(n, COLUMNS)
    rows = -(-n // columns)
    figure = Figure(figsize=(max(width * columns / COLUMNS, 2.4), 0.4 + 1.75 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for k, (axes, wave, name) in enumerate(zip(panels, waves, names, strict=False)):
        _panel(axes, time, wave, KINDS[k % len(KINDS)], channels)
        axes.set_title(name)
    for axes in panels[len(waves) :]:
        axes.set_axis_off()
    for k, axes in enumerate(panels[: len(waves)]):
        axes.spines[["top", "right"]].set_visible(False)
        if k % columns == 0:
            label_si(axes.yaxis, "voltage", unit)
    if len(waves):
        _scale_of_time(panels[0], time)
    return figure


def _panel(
    axes: object, time: NDArray[np.float64], wave: NDArray[np.float32], colour: str, names: Sequence[str]
) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    if not len(wave):
        # Every spike lies too near a wall to be cut.
        return
    mean, spread = wave.mean(axis=0), wave.std(axis=0)
    largest = np.sort(np.argsort(-np.abs(mean).max(axis=0), kind="stable")[:MOST_CHANNELS])
    step = (1 + GAP) * (time[-1] - time[0])
    drawn = wave[np.unique(np.linspace(0, len(wave) - 1, min(MOST_DRAWN, len(wave))).astype(int))]
    for place, c in enumerate(largest):
        x = time + place * step
        axes.plot(
            x, drawn[:, :, c].T, color=colour, alpha=see_through(len(drawn)), linewidth=0.5, rasterized=True
        )
        axes.fill_between(
            x, mean[:, c] - spread[:, c], mean[:, c] + spread[:, c], color=colour, alpha=0.25, linewidth=0
        )
        axes.plot(x, mean[:, c], color=INK, linewidth=0.9)
    if len(largest) > 1 and names:
        axes.set_xticks([k * step + time.mean() for k in range(len(largest))], [names[c] for c in largest])
        axes.tick_params(axis="x", length=0)
    else:
        axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_gid("unit")


def _scale_of_time(axes: object, time: NDArray[np.float64]) -> None:
    """A bar of 1 ms in the first panel."""
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    low, high = axes.get_ylim()
    y, x = low + 0.03 * (high - low), time[-1] - 1e-3
    axes.plot([x, x + 1e-3], [y, y], color=INK, linewidth=1.2)
    axes.text(x + 0.5e-3, y + 0.02 * (high - low), "1 ms", ha="center", va="bottom", fontsize=7)
