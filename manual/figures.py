"""The manual's figures, drawn when it is built, from simulated cells."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

import spikelens
from manual.kinds import firing, spike_kinds
from spikelens.choosing import choose
from spikelens.judging import judge
from spikelens.plots._style import INK, MARK, REST, SPIKE, axes_or_new, label_si, styled
from spikelens.plots.images import svg
from spikelens.plots.probabilities import probabilities
from spikelens.plots.trace import trace
from spikelens.recording import Recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from spikelens.simulation import Simulation

RATE = 10_000.0
SHOWN = (6.0, 10.0)
"""The seconds of the hard cell that are shown."""
METHODS = ("adaptive", "template", "prominence", "bandpass_mad", "slope", "level")


def drawings() -> dict[str, bytes]:
    """Every figure as SVG, by its name."""
    made = (first_look, spike_landmarks, how_likely, found_again, side_by_side, spike_kinds, firing)
    return {draw.__name__: svg(draw().figure) for draw in made}


@cache
def _cell(difficulty: str, seed: int) -> Simulation:
    return spikelens.simulate(20.0, RATE, difficulty=difficulty, seed=seed, rate=3.0)


def first_look() -> Axes:
    """A cell's trace, its spikes in blue."""
    cell = _cell("easy", 3)
    spikes = spikelens.find(cell.recording)
    middle = float(np.median(spikes.time))
    return trace(cell.recording, spikes, start=middle - 1.5, stop=middle + 1.5)


@styled
def spike_landmarks() -> Axes:
    """One spike, and what its features mean."""
    recording = spikelens.simulate(4.0, 50_000.0, difficulty="easy", seed=3, rate=8.0).recording
    spikes = spikelens.find(recording)
    k = int(np.argmax(np.nan_to_num(spikes["amplitude"])))
    axes = axes_or_new(None, (6.4, 3.6))
    _draw_spike(axes, recording, float(spikes.time[k]))
    origin = spikes.time[k]
    threshold, peak, trough = (float(spikes[n][k]) for n in ("threshold_v", "peak_v", "fast_trough_v"))
    onset, low = (float(spikes[n][k] - origin) for n in ("onset_time", "fast_trough_time"))
    marks = (
        (onset, threshold, "threshold_v", (-6, 4)),
        (0.0, peak, "peak_v", (6, 4)),
        (low, trough, "fast_trough_v", (0, -12)),
    )
    for at, level, name, offset in marks:
        axes.plot(at, level, "o", color=MARK, markersize=4)
        side = "right" if at < 0 else "left"
        axes.annotate(name, (at, level), offset, textcoords="offset points", ha=side, color=MARK)
    axes.margins(y=0.1)
    half = max((peak + trough) / 2, threshold if (peak + trough) / 2 < threshold else -1.0)
    width = float(spikes["width"][k])
    _draw_width(axes, recording, float(origin), half, width)
    axes.annotate("", (-1.6e-3, peak), (-1.6e-3, threshold), arrowprops={"arrowstyle": "<->", "color": INK})
    axes.text(-1.55e-3, (peak + threshold) / 2, "amplitude", ha="left", va="center")
    return axes


def _draw_spike(axes: Axes, recording: Recording, time: float) -> None:
    rate = recording.sampling_rate
    first, last = round((time - 2e-3) * rate), round((time + 4e-3) * rate)
    at = np.arange(first, last) / rate - time
    axes.plot(at, recording.read(first, last)[:, 0], color=SPIKE, linewidth=1.2)
    axes.set_xlim(-2e-3, 4e-3)
    label_si(axes.xaxis, "time from the peak", "s")
    label_si(axes.yaxis, "voltage", "V")


def _draw_width(axes: Axes, recording: Recording, time: float, half: float, width: float) -> None:
    rate = recording.sampling_rate
    first = round((time - 2e-3) * rate)
    values = recording.read(first, round(time * rate))[:, 0]
    left = (first + int(np.flatnonzero(values < half)[-1])) / rate - time
    axes.plot([left, left + width], [half, half], color=INK, linewidth=1.0)
    axes.text(left + width, half, "  width", ha="left", va="center")


def how_likely() -> Axes:
    """What the default detector says of the candidates of a cell with small spikes."""
    return probabilities(spikelens.find(_cell("hard", 13).recording))


@styled
def found_again() -> Axes:
    """How many of a recording's own spikes are found again as they are made smaller."""
    axes = axes_or_new(None, (6.4, 2.8))
    for (difficulty, seed), colour in ((("medium", 12), SPIKE), (("hard", 13), MARK)):
        chosen = choose(_cell(difficulty, seed).recording)
        judgement = judge(chosen, spikelens.find(chosen))
        assert judgement is not None
        heights, shares = np.array(judgement.found_again).T
        axes.plot(
            heights, shares, "o-", color=colour, markersize=4, label=f"spikes of {heights.max() * 1e3:.0f} mV"
        )
    axes.axhline(0.9, color=REST, linewidth=0.7, linestyle=":")
    axes.set_ylim(-0.03, 1.05)
    axes.set_ylabel("share found again")
    label_si(axes.xaxis, "height of the spikes put back", "V")
    axes.legend(loc="lower right")
    return axes


@styled
def side_by_side() -> Axes:
    """What each method finds in the same small spikes, above the truth."""
    cell = _cell("hard", 13)
    axes = axes_or_new(None, (8.0, 3.6))
    first, last = (round(t * RATE) for t in SHOWN)
    values = cell.recording.read(first, last)[:, 0]
    axes.plot(np.arange(first, last) / RATE, values, color=REST, linewidth=0.4)
    rows = [("truth", cell.truth.time[cell.truth.visible], INK)]
    rows += [(name, spikelens.detect(cell.recording, name).time, SPIKE) for name in METHODS]
    top, step = float(values.max()), float(np.ptp(values)) / 9
    for k, (_, times, colour) in enumerate(reversed(rows), 1):
        axes.plot(times, np.full(times.size, top + k * step), "|", color=colour, markersize=8)
    axes.set_xlim(*SHOWN)
    axes.set_yticks(
        [top + k * step for k in range(1, len(rows) + 1)], [name for name, _, _ in reversed(rows)]
    )
    label_si(axes.xaxis, "time", "s")
    return axes
