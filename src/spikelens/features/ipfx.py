"""IPFX's numbers per spike, to the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Columns, Feature, SpikeRule
from spikelens.kernels import landmarks, waveform
from spikelens.params import param
from spikelens.passes import Chunk

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FILTER, HEAVY_FILTER = 10e3, 1e3
"""Corners (Hz) of the Bessel filters of order 4 before slopes, and before slopes for an ADP."""
START_SLOPE = 20.0
"""An event starts where the slope crosses this (V/s)."""
MIN_PEAK, MIN_HEIGHT = -30.0, 2.0
"""Smaller events (mV) do not count for the mean upstroke."""
LONGEST = 0.005
"""IPFX drops spikes whose peak comes later (s) after their threshold."""
RETURN = 1.0
"""A last spike that does not come this near (mV) to its threshold again is clipped."""

POINTS = ("threshold", "peak", "upstroke", "trough", "downstroke", "fast_trough", "adp", "slow_trough")


@dataclass(frozen=True, kw_only=True)
class Ipfx(SpikeRule):
    """IPFX's definitions, to the sample, on whole sweeps.

    Equal to IPFX 2.1 with ``filter=10`` above 20 kHz and ``filter=None`` at lower rates
    (where IPFX refuses to filter). It measures the peaks it is given; spikes of which
    IPFX would know nothing are measured by the same definitions and noted.
    """

    references: ClassVar[tuple[str, ...]] = ("IPFX (Allen Institute for Brain Science), for the definitions",)

    onset_fraction: float = param(
        0.05, low=0.001, high=0.9, help="Fraction of the sweep's mean steepest slope at the onset."
    )

    features: ClassVar[tuple[Feature, ...]] = (
        Feature(
            "onset_time",
            "s",
            "Last sample below the fraction of the mean upstroke.",
            "threshold_t",
            formula="last sample before the upstroke with dV/dt <= onset_fraction * mean upstroke",
        ),
        Feature("threshold_v", "V", "Voltage at the onset.", "threshold_v"),
        Feature("peak_time", "s", "Sample of the peak.", "peak_t", "peak_time"),
        Feature("peak_v", "V", "Voltage at the peak.", "peak_v", "peak_voltage"),
        Feature("amplitude", "V", "Peak minus threshold.", formula="peak_v - threshold_v"),
        Feature("upstroke", "V/s", "Steepest rise between onset and peak.", "upstroke"),
        Feature("upstroke_v", "V", "Voltage at the upstroke.", "upstroke_v"),
        Feature("upstroke_time", "s", "Sample of the upstroke.", "upstroke_t"),
        Feature("downstroke", "V/s", "Steepest fall between peak and trough.", "downstroke"),
        Feature("downstroke_v", "V", "Voltage at the downstroke.", "downstroke_v"),
        Feature("downstroke_time", "s", "Sample of the downstroke.", "downstroke_t"),
        Feature(
            "upstroke_downstroke_ratio",
            "",
            "Upstroke over minus downstroke.",
            "upstroke_downstroke_ratio",
            formula="upstroke / -downstroke",
        ),
        Feature("width", "s", "Time above half way from fast trough, or threshold, to peak.", "width"),
        Feature("trough_v", "V", "Lowest voltage before the next onset or the end.", "trough_v"),
        Feature("trough_time", "s", "Sample of the trough.", "trough_t"),
        Feature(
            "fast_trough_v", "V", "Voltage where the fall slows to 1 % of its steepest.", "fast_trough_v"
        ),
        Feature("fast_trough_time", "s", "Sample of the fast trough.", "fast_trough_t"),
        Feature("adp_v", "V", "Voltage of the depolarisation after the fast trough.", "adp_v"),
        Feature("adp_time", "s", "Sample of the ADP.", "adp_t"),
        Feature("slow_trough_v", "V", "Lowest voltage after the fast trough or the ADP.", "slow_trough_v"),
        Feature("slow_trough_time", "s", "Sample of the slow trough.", "slow_trough_t"),
        Feature("isi_type", "", "Direct, or detour if a slow trough follows.", "isi_type"),
        Feature("clipped", "", "The sweep ends before the spike has returned.", "clipped"),
    )

    def measure(self, chunk: Chunk, peaks: NDArray[np.int64]) -> Columns:
        v = chunk.trace.astype(np.float64) * 1e3
        if v.size < 2:
            return self._empty(peaks.size)
        t = np.arange(v.size) / chunk.sampling_rate
        dvdt = _slope(v, t, FILTER)
        starts, known = _starts(v, dvdt, peaks)
        upstrokes = _steepest(dvdt, starts, peaks)
        target = self.onset_fraction * _mean_upstroke(v, dvdt, upstrokes)
        thresholds = np.minimum(landmarks.ipfx_thresholds(dvdt, upstrokes, target), peaks)
        clipped = _last_clipped(v, thresholds, peaks)
        slopes = dvdt, _slope(v, t, HEAVY_FILTER)
        ends = landmarks.ipfx_ends(v, slopes, (thresholds, peaks), t, clipped)
        places = np.column_stack([thresholds, peaks, _steepest(dvdt, thresholds, peaks), ends])
        columns = _read(v, dvdt, dict(zip(POINTS, places.T, strict=True)))
        columns |= _shape(v, t, places, clipped)
        late = t[peaks] - t[thresholds] >= LONGEST
        columns["notes"] = _notes(columns, known, late)
        return {f.name: columns[f.name] for f in self.features} | {"notes": columns["notes"]}

    def _empty(self, n: int) -> Columns:
        columns: Columns = {f.name: np.full(n, np.nan) for f in self.features}
        columns |= {"isi_type": np.full(n, ""), "clipped": np.full(n, True)}
        return columns | {"notes": np.full(n, "sweep of one sample")}


def _slope(v: Floats, t: Floats, corner: float) -> Floats:
    """dV/dt in V/s, one value per step; filtered where the rate and the length allow it."""
    from scipy import signal

    # The noise of the times' differences breaks ties as IPFX does.
    relative = corner / (0.5 / (t[1] - t[0]))
    if relative < 1 and v.size > 15:
        b, a = signal.bessel(4, relative, "low")
        v = signal.filtfilt(b, a, v)
    return np.asarray(1e-3 * np.diff(v) / np.diff(t))


def _starts(v: Floats, dvdt: Floats, peaks: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """The start of each peak's event, and whether IPFX sees one."""
    begin, top = landmarks.ipfx_events(v, dvdt, landmarks.ipfx_starts(dvdt, START_SLOPE))
    before = np.concatenate([[-1], peaks[:-1]]) if peaks.size else peaks
    found = np.searchsorted(begin, peaks, "left") - 1
    start = begin[found] if begin.size else np.full(peaks.size, -1)
    seen = (found >= 0) & (start > before)
    known = seen & np.isin(peaks, top[(v[top] >= MIN_PEAK) & (v[top] - v[begin] >= MIN_HEIGHT)])
    earliest = [a + 1 + int(np.argmin(v[a + 1 : p + 1])) for a, p in zip(before, peaks, strict=True)]
    return np.where(seen, start, np.array(earliest, np.int64)), known


def _steepest(dvdt: Floats, starts: Ints, peaks: Ints) -> Ints:
    found = [waveform.highest(dvdt, min(a, p), p) for a, p in zip(starts, peaks, strict=True)]
    return np.minimum(np.array(found, np.int64), dvdt.size - 1)


def _mean_upstroke(v: Floats, dvdt: Floats, upstrokes: Ints) -> float:
    """The mean over IPFX's own events, or over the given spikes where it sees none."""
    begin, top = landmarks.ipfx_events(v, dvdt, landmarks.ipfx_starts(dvdt, START_SLOPE))
    counted = (v[top] >= MIN_PEAK) & (v[top] - v[begin] >= MIN_HEIGHT)
    own = _steepest(dvdt, begin[counted], top[counted])
    used = own if own.size else upstrokes
    return float(dvdt[used].mean()) if used.size else float("nan")


def _last_clipped(v: Floats, thresholds: Ints, peaks: Ints) -> NDArray[np.bool_]:
    clipped = np.zeros(peaks.size, bool)
    if peaks.size:
        clipped[-1] = not (v[peaks[-1] :] <= v[thresholds[-1]] + RETURN).any()
    return clipped


def _read(v: Floats, dvdt: Floats, places: dict[str, Ints]) -> Columns:
    """Time, voltage and, of slopes, the slope at each kind of point."""
    columns: Columns = {}
    for name, at in places.items():
        there = at >= 0
        columns[f"{name}_time"] = np.where(there, at, np.nan)
        columns[f"{name}_v"] = np.where(there, v[at] * 1e-3, np.nan)
        if name.endswith("stroke"):
            columns[name] = np.where(there, dvdt[at], np.nan)
    columns["onset_time"] = columns.pop("threshold_time")
    columns["amplitude"] = columns["peak_v"] - columns["threshold_v"]
    columns["upstroke_downstroke_ratio"] = columns["upstroke"] / -columns["downstroke"]
    return columns


def _shape(v: Floats, t: Floats, places: Ints, clipped: NDArray[np.bool_]) -> Columns:
    """Width, kind of interval, and clipping."""
    ends = np.where(clipped, -1, places[:, 5])
    edges = landmarks.ipfx_widths(v, places[:, 0], places[:, 1], ends)
    width = np.where((edges >= 0).all(axis=1), t[edges[:, 1]] - t[edges[:, 0]], np.nan)
    return {"width": width, "isi_type": _isi_types(v, places), "clipped": clipped}


def _isi_types(v: Floats, places: Ints) -> NDArray[np.str_]:
    kinds = np.where(places[:, 7] >= 0, "detour", np.where(places[:, 5] >= 0, "direct", ""))
    # Of the last spike IPFX keeps the kind of interval although it drops its slow trough.
    if kinds.size and places[-1, 5] >= 0:
        end = places[-1, 5]
        kinds[-1] = "detour" if v[end] - v[end:-1].min(initial=v[end]) >= 0.5 else "direct"
    return kinds


def _notes(columns: Columns, known: NDArray[np.bool_], late: NDArray[np.bool_]) -> NDArray[np.str_]:
    found = {
        "clipped": columns["clipped"],
        "IPFX does not see this spike": ~known,
        "peak over 5 ms after the onset": late,
        "half height not reached on both sides": np.isnan(columns["width"]) & ~columns["clipped"],
    }
    rows = zip(*found.values(), strict=True)
    return np.array(["; ".join(w for w, yes in zip(found, row, strict=True) if yes) for row in rows], np.str_)
