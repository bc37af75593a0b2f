"""A measure in several conditions or groups: every value, and each median."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import FAINT, INK, KINDS, axes_or_new, label_si, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
ACROSS = 4
"""Panels in a row."""
WIDEST = 13
"""A line below a column has no more letters than this, so that neighbours do not run into one another."""
MOST = 400
"""More values than this are thinned before they are drawn as points; medians are of all."""


@styled
def strip(
    samples: Mapping[str, Floats], *, what: str, unit: str = "", pairs: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw every value, by name, with the median of each.

    Parameters
    ----------
    samples : mapping of str to float array
        Values by what they are of, in SI units; NaN are left out.
    what, unit : str
        The measure, and its SI unit.
    pairs : bool
        The k-th values of all names belong together, and are joined by lines.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, (0.9 + 0.95 * len(samples), 2.6))
    values = np.concatenate([np.asarray(v, np.float64) for v in samples.values()] or [np.empty(0)])
    if not np.isfinite(values).any():
        say(axes, f"no {what}")
        return axes
    if pairs:
        together = np.array(list(samples.values()), np.float64)
        axes.plot(np.arange(len(samples)), together, color=FAINT, linewidth=0.8, zorder=1)
    for place, column in enumerate(samples.values()):
        _one(axes, place, np.asarray(column, np.float64), KINDS[place % len(KINDS)], spread=not pairs)
    axes.set_xticks(range(len(samples)), [_told(name, v) for name, v in samples.items()])
    axes.set_xlim(-0.6, len(samples) - 0.4)
    label_si(axes.yaxis, what, unit, largest=float(np.nanmax(np.abs(values))))
    return axes


def _one(ax: Axes, place: int, column: Floats, color: str, *, spread: bool) -> None:
    known = column[np.isfinite(column)]
    if not known.size:
        return
    shown = known[:: max(1, known.size // MOST)]
    rng = np.random.default_rng(0)
    beside = place + (rng.uniform(-0.18, 0.18, shown.size) if spread and shown.size > 1 else 0.0)
    alpha = 0.9 if shown.size <= 40 else 0.4
    ax.plot(
        np.broadcast_to(beside, shown.shape),
        shown,
        "o",
        color=color,
        markersize=3.6,
        alpha=alpha,
        mew=0,
        zorder=4,
    )
    ax.plot([place - 0.28, place + 0.28], [np.median(known)] * 2, color=INK, linewidth=1.6, zorder=3)


def _told(name: str, values: Floats) -> str:
    """A name, its parts and long ones in lines, and how many values it has."""
    lines = [line for part in name.split(", ") for line in wrap(part, WIDEST) or [part]]
    return "\n".join([*lines, f"n {int(np.isfinite(values).sum())}"])


@styled
def strips(measures: Mapping[str, tuple[Mapping[str, Floats], str]], *, pairs: bool = False) -> Figure:
    """Draw several measures of the same samples, a panel each, four in a row.

    Parameters
    ----------
    measures : mapping of str to (samples, unit)
        By what the measure is called; see `strip`.
    pairs : bool
        See `strip`.
    """
    from matplotlib.figure import Figure

    n_rows = -(-len(measures) // ACROSS)
    figure = Figure(figsize=(8.6, 2.5 * n_rows), layout="constrained")
    panels = figure.subplots(n_rows, ACROSS, squeeze=False).ravel()
    for axes, (what, (samples, unit)) in zip(panels, measures.items(), strict=False):
        strip(samples, what=what, unit=unit, pairs=pairs, ax=axes)
    for axes in panels[len(measures) :]:
        axes.set_visible(False)
    return figure
