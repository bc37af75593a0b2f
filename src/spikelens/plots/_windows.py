"""Marks of an axis of time from a stimulus' onset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikelens.plots._style import FAINT, INK, KINDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESPONSE = KINDS[4]
"""The response's window; the baseline is grey."""


def mark_windows(ax: Axes, windows: Sequence[tuple[float, float]]) -> None:
    """Shade the response's window and the baseline, and draw the onset."""
    for (low, high), color, strength in zip(windows, (RESPONSE, FAINT), (0.22, 0.4), strict=False):
        ax.axvspan(low, high, color=color, alpha=strength, linewidth=0, zorder=0)
    ax.axvline(0, color=INK, linewidth=0.7, zorder=1)
