"""Correlograms: how often one unit fires how long after another, and after itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import KINDS, MARK, REST, label_si, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_UNITS = 8
Floats = NDArray[np.float64]


def correlogram(one: Floats, other: Floats, bins: Floats, *, same: bool = False) -> NDArray[np.int64]:
    """Counts of the times from each spike of `one` to each of `other`.

    Parameters
    ----------
    one, other : float64 arrays, s, each sorted
    bins : float64 array, s
        Edges, rising.
    same : bool
        Whether both are one train; a spike is not counted with itself.

    >>> correlogram(np.array([0.0, 1.0]), np.array([0.1, 1.1]), np.array([-0.2, 0.0, 0.2])).tolist()
    [0, 2]
    """
    low, high = np.searchsorted(other, one + bins[0]), np.searchsorted(other, one + bins[-1], "right")
    counts = np.zeros(bins.size - 1, np.int64)
    # The k-th next spike of the other train, for all spikes at once.
    for k in range(int((high - low).max(initial=0))):
        near = low + k < high
        apart = other[(low + k)[near]] - one[near]
        if same:
            apart = apart[(low + k)[near] != np.flatnonzero(near)]
        counts += np.histogram(apart, bins)[0]
    return counts


@styled
def correlograms(
    trains: Sequence[Floats],
    names: Sequence[str],
    *,
    window: float = 25e-3,
    bin: float = 1e-3,
    refractory: float = 1.5e-3,
) -> Figure:
    """Draw every unit's autocorrelogram on the diagonal, and every two units' correlogram above it.

    Parameters
    ----------
    trains : sequence of float64 arrays, s
        At most `MOST_UNITS` are drawn, the first.
    names : sequence of str
    window, bin : float, s
        How far to look, and how finely.
    refractory : float, s
        Marked on the diagonal.
    """
    from matplotlib.figure import Figure

    shown = [np.sort(t) for t in trains[:MOST_UNITS]]
    n = max(len(shown), 1)
    size = min(8.6, 1.0 + 1.7 * n)
    figure = Figure(figsize=(size, size * 0.8), layout="constrained")
    panels = figure.subplots(n, n, squeeze=False, sharex=True)
    half = round(window / bin)
    edges = np.asarray(np.arange(-half, half + 1) * bin, np.float64)
    for i in range(n):
        for j in range(n):
            axes = panels[i, j]
            axes.spines[["top", "right", "left"]].set_visible(False)
            axes.set_yticks([])
            if j < i or not shown:
                axes.set_axis_off()
                continue
            counts = correlogram(shown[i], shown[j], edges, same=i == j)
            colour = KINDS[i % len(KINDS)] if i == j else REST
            axes.stairs(counts, edges, fill=True, color=colour, gid="correlogram")
            axes.set_ylim(bottom=0)
            if i == j:
                axes.axvspan(-refractory, refractory, color=MARK, alpha=0.25, linewidth=0)
                label_si(axes.xaxis, "lag", "s")
                axes.tick_params(labelbottom=True)
            if i == 0:
                axes.set_title(names[j])
    return figure
