"""Probabilities: how sure the method is of each spike, and of what it rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import REST, SPIKE, axes_or_new, say, styled
from spikelens.spikes import Spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def probabilities(spikes: Spikes, *, ax: Axes | None = None) -> Axes:
    """Draw the histogram of probabilities, of spikes in blue and of rejected candidates in grey.

    Parameters
    ----------
    spikes : Spikes
    ax : Axes, optional

    Returns
    -------
    Axes
        Says so where the method gives no probability.
    """
    from matplotlib.ticker import FuncFormatter

    axes = axes_or_new(ax, (3.9, 2.8))
    accepted, rejected = _given(spikes), _given(spikes.candidates)
    if not accepted.size + rejected.size:
        say(axes, "this method gives no probability")
        return axes
    bins = np.linspace(0, 1, 41)
    below = np.zeros(bins.size - 1)
    for given, color, name in ((accepted, SPIKE, "spikes"), (rejected, REST, "rejected")):
        counts = np.histogram(given, bins)[0]
        axes.stairs(below + counts, bins, baseline=below, fill=True, color=color, label=name, gid=name)
        below = below + counts
    axes.set_yscale("symlog", linthresh=10)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlim(0, 1)
    axes.set_xlabel("probability, estimated by the model")
    axes.set_ylabel("candidates")
    axes.legend(loc="upper center")
    return axes


def _given(table: Spikes | None) -> NDArray[np.float64]:
    found = np.empty(0) if table is None else table.probability
    return np.asarray(found[np.isfinite(found)], np.float64)
