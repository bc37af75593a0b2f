"""Empty figures in our style, and figures as bytes: with no date and no path in them."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import TYPE_CHECKING

from spikelens.plots._style import axes_or_new, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def canvas(width: float, height: float) -> Axes:
    """The Axes of a new figure of this size (inches), to draw on."""
    return axes_or_new(None, (width, height))


@styled
def png(figure: Figure, *, dpi: float = 150.0) -> bytes:
    """A figure as PNG, on white, at `dpi` dots per inch."""
    written = BytesIO()
    _place(figure)
    figure.savefig(written, format="png", dpi=dpi, metadata={"Software": None})
    _let_go(figure)
    return written.getvalue()


@styled
def svg(figure: Figure) -> bytes:
    """A figure as SVG, with a transparent ground and its text as shapes."""
    written = BytesIO()
    _place(figure)
    figure.savefig(written, format="svg", transparent=True, dpi=200, metadata={"Date": None, "Creator": None})
    _let_go(figure)
    return written.getvalue()


def _place(figure: Figure) -> None:
    """Give axes their places for good: Matplotlib would draw all twice for it, each time anew."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def _let_go(figure: Figure) -> None:
    """Pyplot, once anyone has loaded it, would keep each figure to show it, and a report has many."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
