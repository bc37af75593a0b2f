"""Numbers per spike with sub-sample times and widths: the default rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Columns, Feature, SpikeRule
from spikelens.kernels import onsets, shapes
from spikelens.params import param
from spikelens.passes import Chunk

BEFORE, AFTER = 10e-3, 20e-3
"""An onset is sought this long before the peak, troughs this long after it (s)."""
SPAN = 50e-6
"""Slopes are taken over this time (s), or one sample where that is longer."""
SMOOTHING = 0.25e-3
"""Half the window (s) of the running mean in which an ADP is sought."""
LEAD = 0.3e-3
"""The third derivative may peak this long (s) before the slope reaches its fraction."""
LONGEST = 5e-3
"""A spike still above half height this long (s) after its peak is a plateau."""
PLATEAU = 0.5
"""Troughs of a plateau are sought this long after its peak (s)."""

RULES = {
    "fraction": onsets.FRACTION,
    "slope": onsets.SLOPE,
    "curvature": onsets.CURVATURE,
    "third_derivative": onsets.THIRD_DERIVATIVE,
}

NOTES = {
    shapes.AT_EDGE: "peak at the edge",
    shapes.NO_ONSET: "no onset in the window",
    shapes.CLIPPED: "clipped",
    shapes.NO_END: "no trough before the next spike",
    shapes.FALLING: "still falling at the end of the window",
    shapes.NO_WIDTH: "half height not reached on both sides",
    shapes.NO_DECAY: "fall incomplete",
    shapes.FLAT_TOP: "flat top",
}

FEW_SAMPLES, FEW_IN_RISE = 3.0, 2.0
"""A width, or a rise, of fewer samples than this is limited by sampling."""
SMALL, SLOW = 40e-3, 50.0
"""Below both (V, V/s), the electrode, not the cell, shapes what is seen."""


@dataclass(frozen=True, kw_only=True)
class Spikelens(SpikeRule):
    """IPFX's definitions, spike by spike, with times and widths between samples.

    Slopes are taken over 50 µs (one sample below 20 kHz). Tested for half widths of
    0.15 to 5 ms; stretch `timescale` for slower spikes. What still stands above half its
    height 5 ms after its peak is a plateau: its fall is followed for 0.5 s, 1 ms at a time,
    and ends at its trough. Onsets: fraction of the spike's own steepest slope (IPFX takes the
    mean of all spikes), or twice the slope of the ramp that leads to it, whichever is more, so
    that light, a large synaptic potential or the charging of a pulse are not taken for the
    spike's beginning; fixed slope; largest d2V/dt2 over dV/dt, the bend in the phase plane
    (Sekerli et al. 2004); largest third derivative (Henze and Buzsáki 2001).
    """

    references: ClassVar[tuple[str, ...]] = ("IPFX (Allen Institute for Brain Science), for the definitions",)

    onset: str = param(
        "fraction",
        choices=tuple(RULES),
        help="What marks the onset: fraction of the steepest slope, fixed slope, curvature or jerk.",
    )
    onset_fraction: float = param(
        0.05, low=0.001, high=0.9, help="Fraction of the spike's steepest slope at its onset."
    )
    onset_slope: float = param(20.0, unit="V/s", low=0.1, help="Slope at the onset, for onset 'slope'.")
    timescale: float = param(
        1.0, low=0.05, high=100, help="Stretches all search windows; above 1 for slow spikes."
    )

    features: ClassVar[tuple[Feature, ...]] = (
        Feature(
            "onset_time",
            "s",
            "Where the spike starts, by the onset rule.",
            "threshold_t",
            "AP_begin_time",
            formula="last t before the upstroke with dV/dt(t) = max(onset_fraction * upstroke, 2 * ramp)",
        ),
        Feature(
            "threshold_v",
            "V",
            "Voltage at the onset.",
            "threshold_v",
            "AP_begin_voltage",
            formula="V(onset_time)",
        ),
        Feature(
            "peak_v",
            "V",
            "Voltage of the peak, by a parabola.",
            "peak_v",
            "peak_voltage",
            formula="vertex of the parabola through the highest sample and its two neighbours",
        ),
        Feature(
            "amplitude", "V", "Peak minus threshold.", "", "AP_amplitude", formula="peak_v - threshold_v"
        ),
        Feature(
            "upstroke",
            "V/s",
            "Steepest rise.",
            "upstroke",
            "AP_peak_upstroke",
            formula="max of (V(t + d/2) - V(t - d/2)) / d before the peak, d = 50 µs or one sample",
        ),
        Feature(
            "upstroke_v", "V", "Voltage where the rise is steepest.", "upstroke_v", formula="V(upstroke_time)"
        ),
        Feature("upstroke_time", "s", "Where the rise is steepest.", "upstroke_t"),
        Feature(
            "downstroke",
            "V/s",
            "Steepest fall, negative.",
            "downstroke",
            "AP_peak_downstroke",
            formula="min of the same from the peak to where the fall first pauses below threshold_v",
        ),
        Feature(
            "downstroke_v",
            "V",
            "Voltage where the fall is steepest.",
            "downstroke_v",
            formula="V(downstroke_time)",
        ),
        Feature("downstroke_time", "s", "Where the fall is steepest.", "downstroke_t"),
        Feature(
            "upstroke_downstroke_ratio",
            "",
            "Upstroke over minus downstroke.",
            "upstroke_downstroke_ratio",
            formula="upstroke / -downstroke",
        ),
        Feature(
            "width",
            "s",
            "Time above half way from fast trough to peak; from threshold to peak if that is higher.",
            "width",
            "spike_half_width",
            formula="t₂ - t₁, V(t₁) = V(t₂) = (peak_v + (fast_trough_v or threshold_v)) / 2",
        ),
        Feature(
            "rise_duration",
            "s",
            "Rise from 10 to 90 % of the amplitude.",
            "",
            "AP_rise_time",
            formula="t(threshold_v + 0.9 amplitude) - t(threshold_v + 0.1 amplitude), before the peak",
        ),
        Feature(
            "decay_duration",
            "s",
            "Fall from 90 to 10 % of the amplitude.",
            "",
            "AP_fall_time",
            formula="t(threshold_v + 0.1 amplitude) - t(threshold_v + 0.9 amplitude), after the peak",
        ),
        Feature(
            "phase_slope",
            "1/s",
            "Slope of dV/dt over V at the onset.",
            "",
            "AP_phaseslope",
            formula="Δ(dV/dt) / ΔV over one sample at the onset",
        ),
        Feature(
            "trough_v",
            "V",
            "Lowest voltage before the next onset, within 20 ms of the peak, or 0.5 s of a plateau's.",
            "trough_v",
            "AHP_depth_abs",
            formula="min V from the peak to the next onset, at most 20 ms (500 ms)",
        ),
        Feature("trough_time", "s", "Where the trough is.", "trough_t"),
        Feature(
            "fast_trough_v",
            "V",
            "Voltage where the fall has slowed to 1 % of the downstroke; of a plateau, the trough.",
            "fast_trough_v",
            formula="V(t), first t after the downstroke with dV/dt(t) ≥ 0.01 downstroke",
        ),
        Feature("fast_trough_time", "s", "Where the fast trough is.", "fast_trough_t"),
        Feature(
            "slow_trough_v",
            "V",
            "Lowest voltage after the fast trough or ADP, if 0.5 mV below it.",
            "slow_trough_v",
            formula="min V after the fast trough or ADP",
        ),
        Feature("slow_trough_time", "s", "Where the slow trough is.", "slow_trough_t"),
        Feature(
            "adp_v",
            "V",
            "Highest voltage within 5 ms of the fast trough, 0.5 to 10 mV above it, followed by a drop.",
            "adp_v",
            "ADP_peak_values",
            formula="max of the mean of V over 0.5 ms",
        ),
        Feature("adp_time", "s", "Where the ADP is.", "adp_t"),
        Feature("clipped", "", "The recording ends before the spike has returned.", "clipped"),
        Feature("limited", "", "What limits width and slopes: sampling, electrode, both or nothing."),
        Feature("shape", "", "Plateau, complex, or nothing special."),
    )

    def margin(self, sampling_rate: float) -> int:
        # A rider is judged by the spikes of one window before the one before it, whose
        # rises begin in another; the next spike's onset ends this spike's fall.
        (before, _, span, _, longest, after), _ = self._in_samples(sampling_rate)
        return before + after + 2 * longest + 2 * span + 2

    def measure(self, chunk: Chunk, peaks: NDArray[np.int64]) -> Columns:
        trace, rate = chunk.trace, chunk.sampling_rate
        table = np.empty((peaks.size, shapes.N_COLUMNS))
        windows, rule = self._in_samples(rate)
        flags = shapes.shapes(trace, peaks, windows, rule, table)
        columns = _times(table) | _levels(table, trace) | _slopes(table, rate) | _durations(table, rate)
        columns["clipped"] = (flags & shapes.CLIPPED) > 0
        columns["limited"] = _limited(columns, rate)
        columns["shape"] = _worded(flags, {shapes.PLATEAU: "plateau", shapes.COMPLEX: "complex"})
        columns["notes"] = _worded(flags, NOTES)
        return {f.name: columns[f.name] for f in self.features} | {"notes": columns["notes"]}

    def _in_samples(
        self, rate: float
    ) -> tuple[tuple[int, int, int, int, int, int], tuple[int, float, float, int]]:
        """Search windows, and the onset's rule, for a sampling rate."""
        scale = rate * self.timescale
        span = max(1, round(SPAN * scale))
        before, after = (max(4, round(t * scale)) for t in (BEFORE, AFTER))
        longest, plateau = (round(t * scale) for t in (LONGEST, PLATEAU))
        windows = (before, after, span, round(SMOOTHING * scale), longest, plateau)
        fixed = self.onset_slope * span / rate
        return windows, (RULES[self.onset], self.onset_fraction, fixed, round(LEAD * scale))


def _times(table: NDArray[np.float64]) -> Columns:
    places = {
        "onset_time": shapes.ONSET,
        "upstroke_time": shapes.UPSTROKE_AT,
        "downstroke_time": shapes.DOWNSTROKE_AT,
        "trough_time": shapes.TROUGH_AT,
        "fast_trough_time": shapes.FAST_TROUGH_AT,
        "slow_trough_time": shapes.SLOW_TROUGH_AT,
        "adp_time": shapes.ADP_AT,
    }
    return {name: table[:, column] for name, column in places.items()}


def _levels(table: NDArray[np.float64], trace: NDArray[np.float32]) -> Columns:
    places = {name.replace("_time", "_v"): at for name, at in _times(table).items() if name != "onset_time"}
    found = dict(zip(places, _interpolated(np.stack(list(places.values())), trace), strict=True))
    threshold, peak = table[:, shapes.THRESHOLD], table[:, shapes.PEAK]
    return {**found, "threshold_v": threshold, "peak_v": peak, "amplitude": peak - threshold}


def _interpolated(place: NDArray[np.float64], trace: NDArray[np.float32]) -> NDArray[np.float64]:
    """The trace at fractional samples; NaN at NaN."""
    low = np.clip(np.where(np.isfinite(place), np.floor(place), 0), 0, trace.size - 1).astype(np.int64)
    high = np.minimum(low + 1, trace.size - 1)
    part = place - low
    left, right = trace[low].astype(np.float64), trace[high].astype(np.float64)
    return np.asarray(left + part * (right - left))


def _slopes(table: NDArray[np.float64], rate: float) -> Columns:
    up, down = table[:, shapes.UPSTROKE] * rate, table[:, shapes.DOWNSTROKE] * rate
    ratio = np.divide(up, -down, out=np.full(up.size, np.nan), where=down != 0)
    return {
        "upstroke": up,
        "downstroke": down,
        "upstroke_downstroke_ratio": ratio,
        "phase_slope": table[:, shapes.PHASE_SLOPE] * rate,
    }


def _durations(table: NDArray[np.float64], rate: float) -> Columns:
    columns = {"width": shapes.WIDTH, "rise_duration": shapes.RISE, "decay_duration": shapes.DECAY}
    return {name: table[:, column] / rate for name, column in columns.items()}


def _limited(columns: Columns, rate: float) -> NDArray[np.str_]:
    """What limits width and slopes, so that summaries of a cell leave them out."""
    few = columns["width"] * rate < FEW_SAMPLES
    few |= columns["rise_duration"] * rate < FEW_IN_RISE
    small = (columns["amplitude"] < SMALL) & (columns["upstroke"] < SLOW)
    return _worded(few + 2 * small.astype(np.int64), {1: "sampling", 2: "electrode"})


def _worded(flags: NDArray[np.int64], words: dict[int, str]) -> NDArray[np.str_]:
    """Flags as text, each kind of combination worded once."""
    kinds, which = np.unique(flags, return_inverse=True)
    texts = ["; ".join(word for bit, word in words.items() if kind & bit) for kind in kinds]
    return np.array(texts, np.str_)[which] if texts else np.empty(0, np.str_)
