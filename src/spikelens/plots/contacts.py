"""Contact sheets: many windows at a glance, as the pictures a classifier sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikelens.plots._style import INK, say, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 12
_GAP = 0.12
"""Room between pictures, as a share of their width."""
_LINE = 0.3
"""Room below a picture for its name, as a share of its height."""


@styled
def contacts(
    pictures: NDArray[np.uint8], names: Sequence[object], *, title: str = "", columns: int = COLUMNS
) -> Figure:
    """Lay pictures out in rows, each with its name below.

    Parameters
    ----------
    pictures : uint8 array, (n_pictures, height, width)
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
    from matplotlib.patches import Rectangle

    n_rows = max(1, -(-len(pictures) // columns))
    across, down = columns * (1 + _GAP) - _GAP, n_rows * (1 + _LINE)
    figure = Figure(figsize=(8, 0.3 + 8 * down / across), layout="constrained")
    ax = figure.add_subplot()
    ax.set_title(title)
    if not len(pictures):
        say(ax, "no window of this class")
        return figure
    for k, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        left, top = (k % columns) * (1 + _GAP), (k // columns) * (1 + _LINE)
        box = (left, left + 1, top + 1, top)
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest", extent=box)
        ax.add_patch(Rectangle((left, top), 1, 1, fill=False, linewidth=0.4, edgecolor=INK))
        ax.text(left + 0.5, top + 1.04, str(name), fontsize=6.5, ha="center", va="top")
    ax.set(xlim=(-0.02, across + 0.02), ylim=(down, -0.02), aspect="equal")
    ax.set_axis_off()
    return figure
