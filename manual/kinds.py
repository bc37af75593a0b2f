"""The figures of kinds and firing patterns: examples of each word, named by the rules themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import spikelens
from spikelens.kinds.patterns import pattern_of
from spikelens.kinds.rule import PatternRule
from spikelens.plots._style import FAINT, INK, SPIKE, axes_or_new, label_si, styled
from spikelens.plots.kind_waveforms import kind_waveforms
from spikelens.recording import Recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

RATE = 20_000.0
HEIGHTS = {"full": 0.075, "spikelet": 0.013, "broad": 0.070, "fast": 0.070}
WIDTHS = {"full": 1.0, "spikelet": 1.0, "broad": 2.4, "fast": 0.4}
STEP = 1.0
"""Length of the steps that are shown, s."""


def spike_kinds() -> Figure:
    """An example of each kind of shape, in one cell."""
    named = spikelens.name_kinds(spikelens.find(_cell())).spikes
    return kind_waveforms(_cell(), named, [k for k in (*HEIGHTS, "small") if (named["kind"] == k).any()])


def _cell() -> Recording:
    """Full spikes and spikelets in turns, a few broad and fast ones, and small ones behind full ones."""
    rng = np.random.default_rng(4)
    n, wanted = round(60 * RATE), ["full", "spikelet", "full", "full", "spikelet", "full"] * 20
    wanted[30:60:12], wanted[33:60:12] = ["broad"] * 3, ["fast"] * 3
    volts = -0.065 + 2e-4 * rng.standard_normal(n)
    for k, kind in enumerate(wanted):
        at = round((0.5 + 0.45 * k) * RATE)
        _add(volts, at, HEIGHTS[kind] * np.exp(rng.normal(0, 0.03)), WIDTHS[kind])
        if k % 12 == 0:
            _add(volts, at + round(0.012 * RATE), 0.030 * np.exp(rng.normal(0, 0.05)), 1.4)
    return Recording.from_array(volts.astype(np.float32), RATE, name="kinds")


def _add(volts: Floats, at: int, height: float, width: float) -> None:
    t = np.arange(-100, 400) / RATE / width
    up = np.exp(-((t / 2.5e-4) ** 2)) * (t < 0)
    down = (np.exp(-((t / 6e-4) ** 2)) - 0.1 * (1 - np.exp(-t / 5e-4)) * np.exp(-t / 4e-3)) * (t >= 0)
    volts[at - 100 : at + 400] += height * (up + down)


@styled
def firing() -> Axes:
    """A train for each pattern, with the name that the rules give it."""
    axes = axes_or_new(None, (8.0, 3.6))
    trains = _trains()
    axes.axvspan(0, STEP, color=FAINT, alpha=0.35, linewidth=0)
    for row, (isi, latency) in enumerate(reversed(trains)):
        times = latency + np.concatenate([[0.0], np.cumsum(isi)])
        times = times[times < STEP]
        axes.vlines(times, row - 0.35, row + 0.35, color=SPIKE, linewidth=0.9)
        axes.text(1.03, row, pattern_of(np.diff(times), latency, PatternRule()).name, va="center", color=INK)
    axes.set_xlim(-0.05, 1.5)
    axes.set_xticks(np.arange(6) / 5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    label_si(axes.xaxis, "time from the step's onset", "s")
    return axes


def _trains() -> list[tuple[Floats, float]]:
    rng = np.random.default_rng(7)
    regular = np.full(40, 0.045)
    burst = [0.006, 0.007, 0.008]
    return [
        (regular, 0.03),
        (0.03 * np.geomspace(1, 3, 25), 0.02),
        (0.07 * np.geomspace(1, 0.35, 30), 0.04),
        (regular, 0.35),
        (np.concatenate([burst, np.full(15, 0.07)]), 0.02),
        (np.array([*burst, 0.11] * 9), 0.03),
        (np.array([0.02] * 5 + [0.16] + [0.02] * 9 + [0.12] + [0.02] * 4 + [0.2] + [0.02] * 8), 0.03),
        (0.004 + rng.gamma(1.3, 0.035, 60), 0.04),
    ]
