"""How our figures look: one place for colours, type and axes. Nothing global is changed.

Figures are made through matplotlib's objects, so that no window system is needed and
none is touched; only where pyplot is in use already, as in a notebook, it is told.
Data stay in volts, amperes and seconds; only the labels of the ticks are in mV, pA or ms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from spikelens.prefixes import si_factor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SPIKE = "#0072B2"
"""The samples of spikes."""
REST = "#9A9A9A"
"""All other samples."""
INK = "#333333"
"""Text, axes and medians."""
FAINT = "#D9D9D9"
"""Hatching and guides."""
MARK = "#D55E00"
"""What is to be looked at: thresholds, events, limits, rejected candidates."""
KINDS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Kinds of spikes, in order; told apart by colour-blind people (Okabe and Ito, 2008)."""

_SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 6.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.unicode_minus": True,
    "text.color": INK,
    # Names of files and events may hold dollar signs; they are no formulas.
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.minor.size": 1.8,
    "lines.linewidth": 0.8,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "figure.dpi": 150.0,
    "savefig.dpi": 150.0,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "spikelens",
    "path.simplify": True,
}

P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a function of this room in our style, and leave matplotlib's settings as they were."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        import matplotlib

        with matplotlib.rc_context(_SETTINGS):
            return draw(*args, **kwargs)

    return drawn


def axes_or_new(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """The Axes given, or the only ones of a new figure of `size` (inches)."""
    axes = _new_figure(size).add_subplot() if ax is None else ax
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _new_figure(size: tuple[float, float]) -> Figure:
    """A figure of its own; in a notebook one of pyplot's, which the notebook shows."""
    if "ipykernel" in sys.modules or "matplotlib.pyplot" in sys.modules:
        import matplotlib.pyplot as plt

        return plt.figure(figsize=size, layout="constrained")
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def whole_numbers(axis: Axis) -> None:
    """Put ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True))


def label_si(axis: Axis, what: str, unit: str, *, largest: float | None = None) -> None:
    """Label an axis whose data are in SI units, with ticks in the prefix that fits its range."""
    from matplotlib.ticker import FuncFormatter

    seen = float(np.abs(axis.get_view_interval()).max()) if largest is None else largest
    factor, prefixed = si_factor(seen, unit)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / factor:.6g}".replace("-", "\u2212")))
    axis.set_label_text(f"{what} ({prefixed})" if prefixed and what else what)


def say(ax: Axes, text: str) -> None:
    """Write `text` where data would be, such as why there are none."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=REST, wrap=True)


def see_through(n_lines: int) -> float:
    """How opaque each of `n_lines` lies over the others, so that few show and many blend."""
    return float(np.clip(4 / max(n_lines, 1), 0.06, 0.8))
