"""F1 over the height of spikes: real ones, made small under noise, hum and drift."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SHOWN = {
    "adaptive": ("adaptive", "#0072b2", "-"),
    "prominence": ("prominence, 10 mV in 10 ms", "#d55e00", "-"),
    "slope": ("slope", "#009e73", "-"),
    "level": ("level", "#777777", "-"),
    "SciPy, best prominence per group": ("best prominence, truth in hand", "#d55e00", ":"),
    "ipfx": ("IPFX", "#009e73", "--"),
    "efel": ("eFEL", "#777777", "--"),
}
"""Label, colour and line of each method, if it was measured."""
GROUP = "real spikes of "


def draw(results: Mapping[str, Mapping[str, Mapping[str, Any]]], path: Path) -> None:
    """Write a figure of pooled F1 with its interval over the median height of spikes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    heights = sorted(float(g.removeprefix(GROUP).split()[0]) for g in results if g.startswith(GROUP))
    figure = Figure(figsize=(6.2, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for method, (label, colour, line) in SHOWN.items():
        rows = [results[f"{GROUP}{h:g} mV"].get(method) for h in heights]
        if all(rows):
            f1 = [row["f1"] for row in rows if row]
            axes.plot(heights, f1, line, color=colour, label=label, marker="o", markersize=3.5)
            if method == "adaptive":
                low, high = ([row[end] for row in rows if row] for end in ("low", "high"))
                axes.fill_between(heights, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set(xlabel="median height of spikes (mV)", ylabel="F1, pooled", ylim=(-0.02, 1.02), xscale="log")
    axes.set_xticks(heights, [f"{h:g}" for h in heights])
    axes.set_xticks([], minor=True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", fontsize=7.5, frameon=False)
    figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
