"""Figures as bytes, the same for the same figure, with no date and no path in them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from spikelens.plots._style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def png(figure: Figure, *, dpi: float = 150.0) -> bytes:
    """A figure as PNG, on white, at `dpi` dots per inch."""
    written = BytesIO()
    figure.savefig(written, format="png", dpi=dpi, metadata={"Software": None})
    return written.getvalue()


@styled
def svg(figure: Figure) -> bytes:
    """A figure as SVG, with a transparent ground and its text as shapes."""
    written = BytesIO()
    figure.savefig(written, format="svg", transparent=True, dpi=200, metadata={"Date": None, "Creator": None})
    return written.getvalue()
