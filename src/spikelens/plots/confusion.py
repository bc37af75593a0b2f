"""Confusion: who calls what what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikelens.labels import Agreement
from spikelens.plots._style import INK, axes_or_new, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def confusion(agreement: Agreement, *, ax: Axes | None = None, title: str = "", reference: str = "") -> Axes:
    """Draw the confusion matrix, each row shaded by its shares.

    Parameters
    ----------
    agreement : Agreement
    ax : Axes, optional
    title : str
    reference : str
        Who is taken at their word, for the vertical axis.
    """
    axes = axes_or_new(ax, (2.6, 2.4))
    counts = agreement.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.25)
    for (row, column), count in np.ndenumerate(counts):
        dark = shares[row, column] > 0.7
        axes.text(column, row, f"{count:,}", ha="center", va="center", color="white" if dark else INK)
    places = range(len(agreement.classes))
    axes.set_xticks(places, agreement.classes)
    axes.set_yticks(places, agreement.classes)
    axes.tick_params(length=0)
    axes.set_xlabel("called")
    axes.set_ylabel(reference)
    axes.set_title(title)
    return axes
