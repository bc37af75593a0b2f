"""eFEL's numbers per spike, at the recording's own step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Columns, Feature, SpikeRule
from spikelens.kernels import landmarks, waveform
from spikelens.params import param
from spikelens.passes import Chunk

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PHASE_RANGE = 2
"""The phase slope is taken over this many samples to either side of the onset."""


@dataclass(frozen=True, kw_only=True)
class Efel(SpikeRule):
    """eFEL's definitions on whole sweeps, with `interp_step` the sampling step.

    Equal to eFEL 5.7 within one sample and 1 µV where eFEL finds an onset and an end for
    every spike; where it misses one, its lists shift against each other and ours do not.
    The stimulus is taken to last from the first sample to the last.
    """

    references: ClassVar[tuple[str, ...]] = ("eFEL (Blue Brain Project), for the definitions",)

    onset_slope: float = param(
        10.0, unit="V/s", low=0.1, help="Slope at the onset; eFEL's DerivativeThreshold."
    )
    end_slope: float = param(
        -12.0, unit="V/s", high=0, help="Slope at the end; eFEL's DownDerivativeThreshold."
    )
    onset_samples: int = param(
        3, low=1, high=100, help="Samples for which the slope must hold; eFEL's DerivativeWindow."
    )

    features: ClassVar[tuple[Feature, ...]] = (
        Feature(
            "onset_time",
            "s",
            "First sample of the last run above the onset slope.",
            "threshold_t",
            "AP_begin_time",
        ),
        Feature("threshold_v", "V", "Voltage at the onset.", "threshold_v", "AP_begin_voltage"),
        Feature("peak_time", "s", "Sample of the peak.", "peak_t", "peak_time"),
        Feature("peak_v", "V", "Voltage at the peak.", "peak_v", "peak_voltage"),
        Feature(
            "amplitude",
            "V",
            "Peak minus voltage at the onset.",
            "",
            "AP_amplitude",
            formula="peak_v - threshold_v",
        ),
        Feature("end_time", "s", "Where the slope comes back to the end slope.", "", "AP_end_indices"),
        Feature("upstroke", "V/s", "Largest slope before the peak.", "upstroke", "AP_peak_upstroke"),
        Feature("downstroke", "V/s", "Smallest slope before the AHP.", "downstroke", "AP_peak_downstroke"),
        Feature(
            "rise_duration", "s", "From onset to peak.", "", "AP_rise_time", formula="peak_time - onset_time"
        ),
        Feature(
            "decay_duration", "s", "From peak to end.", "", "AP_fall_time", formula="end_time - peak_time"
        ),
        Feature(
            "rise_rate",
            "V/s",
            "Mean slope from onset to peak.",
            "",
            "AP_rise_rate",
            formula="(peak_v - threshold_v) / rise_duration",
        ),
        Feature(
            "fall_rate",
            "V/s",
            "Mean slope from peak to end.",
            "",
            "AP_fall_rate",
            formula="(V(end_time) - peak_v) / decay_duration",
        ),
        Feature("duration", "s", "From onset to end.", "", "AP_duration", formula="end_time - onset_time"),
        Feature(
            "half_duration",
            "s",
            "Between the samples nearest half amplitude.",
            "",
            "AP_duration_half_width",
        ),
        Feature("width", "s", "Time above half way from AHP to peak.", "width", "spike_half_width"),
        Feature(
            "phase_slope",
            "1/s",
            "Slope of dV/dt over V at the onset.",
            "",
            "AP_phaseslope",
            formula="(dV/dt(o + 2) - dV/dt(o - 2)) / (V(o + 2) - V(o - 2)), o the onset's sample",
        ),
        Feature("trough_v", "V", "Voltage of the first minimum after the peak.", "", "AHP_depth_abs"),
        Feature("trough_time", "s", "Sample of that minimum.", "", "min_AHP_indices"),
        Feature(
            "trough_depth", "V", "Peak minus trough.", "", "AHP_depth_from_peak", formula="peak_v - trough_v"
        ),
    )

    def measure(self, chunk: Chunk, peaks: NDArray[np.int64]) -> Columns:
        if chunk.trace.size <= self.onset_samples:
            nothing: Columns = {f.name: np.full(peaks.size, np.nan) for f in self.features}
            return nothing | {"notes": np.full(peaks.size, "sweep too short")}
        step = 1 / chunk.sampling_rate
        millivolts = landmarks.efel_resampled(chunk.trace, step * 1e3)
        v, dvdt = millivolts * 1e-3, np.gradient(millivolts) / (step * 1e3)
        cutoffs = self.onset_slope, self.end_slope
        places = landmarks.efel_points(millivolts, dvdt, peaks, cutoffs, self.onset_samples)
        columns = _points(v, peaks, places) | _spans(peaks, places, step)
        columns |= _slopes(v, dvdt, peaks, places, step)
        columns["width"] = landmarks.efel_half_widths(millivolts, peaks, places[:, 2]) * step
        return {f.name: columns[f.name] for f in self.features} | {"notes": _notes(places)}


def _points(v: Floats, peaks: Ints, places: Ints) -> Columns:
    begin, end, ahp = places[:, 0], places[:, 1], places[:, 2]
    threshold, trough = _at(v, begin), _at(v, ahp)
    return {
        "onset_time": np.where(begin >= 0, begin, np.nan),
        "threshold_v": threshold,
        "peak_time": peaks.astype(np.float64),
        "peak_v": v[peaks],
        "amplitude": v[peaks] - threshold,
        "end_time": np.where(end >= 0, end, np.nan),
        "trough_time": np.where(ahp >= 0, ahp, np.nan),
        "trough_v": trough,
        "trough_depth": v[peaks] - trough,
    }


def _at(values: Floats, places: Ints) -> Floats:
    return np.where(places >= 0, values[places], np.nan)


def _spans(peaks: Ints, places: Ints, step: float) -> Columns:
    begin, end, _, left, right = np.where(places >= 0, places, np.nan).T
    return {
        "rise_duration": (peaks - begin) * step,
        "decay_duration": (end - peaks) * step,
        "duration": (end - begin) * step,
        "half_duration": (right - left) * step,
    }


def _slopes(v: Floats, dvdt: Floats, peaks: Ints, places: Ints, step: float) -> Columns:
    begin, end, ahp = places[:, 0], places[:, 1], places[:, 2]
    up = [waveform.highest(dvdt, b, p) if b >= 0 else -1 for b, p in zip(begin, peaks, strict=True)]
    down = [waveform.lowest(dvdt, p, a) if a >= 0 else -1 for p, a in zip(peaks, ahp, strict=True)]
    low, high = begin - PHASE_RANGE, begin + PHASE_RANGE
    inside = (begin >= 0) & (low >= 0) & (high < v.size)
    low, high = np.where(inside, low, -1), np.where(inside, high, -1)
    climb = _at(v, high) - _at(v, low)
    steeper = _at(dvdt, high) - _at(dvdt, low)
    return {
        "upstroke": _at(dvdt, np.array(up, np.int64)),
        "downstroke": _at(dvdt, np.array(down, np.int64)),
        "rise_rate": _ratio(v[peaks] - _at(v, begin), (peaks - begin) * step),
        "fall_rate": _ratio(_at(v, end) - v[peaks], (end - peaks) * step),
        "phase_slope": _ratio(steeper, climb),
    }


def _ratio(change: Floats, over: NDArray[Any]) -> Floats:
    """The quotient, NaN over nothing: an onset may be the peak itself."""
    return np.asarray(change / np.where(over == 0, np.nan, over), np.float64)


def _notes(places: Ints) -> NDArray[np.str_]:
    missing = {"no onset at this slope": 0, "no end at this slope": 1, "no AHP before the end": 2}
    rows = ["; ".join(w for w, column in missing.items() if row[column] < 0) for row in places]
    return np.array(rows, np.str_)
