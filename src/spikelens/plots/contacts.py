"""Contact sheets: many windows at a glance, as the pictures a classifier sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import say, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 12
_GAP = 4
"""Pixels between pictures."""
_LINE = 11
"""Pixels below a picture of 32 for its name."""
_FRAME = 70
"""How grey the frame of a picture is."""


@styled
def contacts(
    pictures: NDArray[np.uint8], names: Sequence[object], *, title: str = "", columns: int = COLUMNS
) -> Figure:
    """Lay pictures out in rows, each with its name below.

    Parameters
    ----------
    pictures : uint8 array, (n_pictures, size, size)
        0 is paper, 255 is ink.
    names : sequence, n_pictures
        Such as the numbers of the windows.
    title : str
    columns : int

    Returns
    -------
    Figure
    """
    from matplotlib.figure import Figure

    size = pictures.shape[1]
    right, down = size + _GAP, size + _LINE * size // 32
    n_rows = max(1, -(-len(pictures) // columns))
    figure = Figure(figsize=(8, 0.35 + 8 * n_rows * down / (columns * right)), layout="constrained")
    ax = figure.add_subplot()
    ax.set_title(title)
    if not len(pictures):
        say(ax, "no window of this class")
        return figure
    sheet = np.zeros((n_rows * down, columns * right), np.uint8)
    for k, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        top, left = (k // columns) * down, (k % columns) * right
        framed = np.maximum(np.pad(picture[1:-1, 1:-1], 1, constant_values=_FRAME), picture)
        sheet[top : top + size, left : left + size] = framed
        ax.text(
            left + size / 2, top + size + 1, str(name), fontsize=6.5, ha="center", va="top", in_layout=False
        )
    ax.imshow(sheet, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    ax.set_axis_off()
    return figure
