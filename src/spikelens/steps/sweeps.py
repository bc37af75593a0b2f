"""One sweep's step: its voltages, its spikes, and what follows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.protocols.protocol import Step
from spikelens.steps.passive import SMOOTHED, charging, running_mean, sag_efel, sag_ipfx
from spikelens.steps.settings import StepRule

Floats = NDArray[np.float64]
Row = dict[str, Any]
NAN = float("nan")

BEFORE_SPIKE, AFTER_SPIKE = 2e-3, 20e-3
"""What lies so long before and after a peak is the spike's and its afterpotential's, s."""
JUST_BEFORE = 5e-3
"""A response starts from the mean of so long before the onset, s."""
ENOUGH = 0.1
"""Share of a window that must be left between spikes for a mean of it."""
FEWEST = 5e-3
"""No shorter stretch has a mean, s."""
TALL = 5.0
"""A deflection is fitted if it is so many standard deviations of the baseline."""
TRAIN = ("first_isi", "mean_isi", "isi_cv", "adaptation_index")
"""Measures of the features' room that are taken of the spikes within the step."""
SUBTHRESHOLD = ("sag_ipfx", "sag_ratio1", "sag_ratio2", "time_constant", "time_constant_r2")


@dataclass(frozen=True)
class Trial:
    """One sweep with its step."""

    step: Step
    volts: Floats
    """The sweep's trace, V; NaN where samples are missing or blanked."""
    times: Floats
    """Spikes, s from the start of the sweep."""
    peaks: NDArray[np.int64]
    """Their peak samples, from the start of the sweep."""
    sampling_rate: float
    exposure: float
    """Observed time within the step, s."""

    @property
    def onset(self) -> float:
        """When the step begins, s from the start of the sweep."""
        return self.step.onset / self.sampling_rate

    @property
    def offset(self) -> float:
        """When it ends, s from the start of the sweep."""
        return self.step.offset / self.sampling_rate

    def within(self, start: float, stop: float) -> Floats:
        """Times of spikes from `start` up to `stop`, s from the start of the sweep."""
        return self.times[(self.times >= start) & (self.times < stop)]

    @cached_property
    def inside(self) -> Floats:
        """Times of spikes within the step."""
        return self.within(self.onset, self.offset)

    @cached_property
    def between_spikes(self) -> NDArray[np.bool_]:
        """The samples that belong to no spike and are there."""
        kept = np.isfinite(self.volts)
        low, high = (round(x * self.sampling_rate) for x in (BEFORE_SPIKE, AFTER_SPIKE))
        for peak in self.peaks.tolist():
            kept[max(peak - low, 0) : peak + high] = False
        return kept

    def rest_of(self, start: int, stop: int) -> Floats:
        """The samples of a window between spikes; none if too few are left."""
        values = self.volts[start:stop][self.between_spikes[start:stop]]
        enough = max(ENOUGH * (stop - start), FEWEST * self.sampling_rate)
        return values if values.size >= enough else values[:0]

    def baseline_window(self, length: float) -> tuple[int, int]:
        """The samples before the onset, `length` s of them unless the command changed meanwhile."""
        return max(self.step.onset - round(length * self.sampling_rate), self.step.free_from), self.step.onset

    def steady_window(self, length: float) -> tuple[int, int]:
        """The samples at the end of the step: `length` s of them, or its last half if that is shorter."""
        half = (self.step.offset - self.step.onset) // 2
        return self.step.offset - min(round(length * self.sampling_rate), half), self.step.offset

    @property
    def response(self) -> Floats:
        """The trace within the step."""
        return self.volts[self.step.onset : self.step.offset]

    @property
    def deflection(self) -> Floats | None:
        """How far the trace within the step goes the current's way from where it was just before.

        None if there was a spike just before, or if samples are missing.
        """
        first = max(self.step.onset - round(JUST_BEFORE * self.sampling_rate), self.step.free_from)
        clean = self.between_spikes[first : self.step.offset]
        if first == self.step.onset or not clean.all():
            return None
        start = float(self.volts[first : self.step.onset].mean())
        return np.asarray(np.sign(self.step.current) * (self.response - start), np.float64)


def sweep_row(trial: Trial, rule: StepRule) -> Row:
    """All measures of one sweep; NaN, with a word in ``notes``, where one cannot be had."""
    step = trial.step
    notes = [step.note] if step.note else []
    row: Row = {
        "sweep": step.sweep,
        "onset": trial.onset,
        "offset": trial.offset,
        "holding_current": step.holding,
        "current": step.current,
        "current_measured": step.measured,
    }
    row |= _levels(trial, rule, notes)
    row |= _train(trial)
    row |= _block(trial, rule)
    row |= _passive(trial, row, notes)
    row |= _around(trial, rule, notes)
    return {**row, "notes": "; ".join(notes)}


def empty_row(sweep: int, why: str) -> Row:
    """The row of a sweep without a step."""
    return {"sweep": sweep, "notes": why}


def _levels(trial: Trial, rule: StepRule, notes: list[str]) -> Row:
    """Baseline, steady state and trough, V, and the deflection with the resistance it tells."""
    base = trial.rest_of(*trial.baseline_window(rule.baseline))
    steady = trial.rest_of(*trial.steady_window(rule.steady))
    baseline = float(base.mean()) if base.size else NAN
    level = float(steady.mean()) if steady.size else NAN
    if not base.size:
        notes.append("no baseline between spikes before the step")
    if not steady.size:
        notes.append("no steady state between spikes")
    smooth = running_mean(trial.response, round(SMOOTHED * trial.sampling_rate))
    silent = trial.inside.size == 0 and trial.step.current != 0
    return {
        "baseline_v": baseline,
        "baseline_sd": float(base.std()) if base.size else NAN,
        "steady_state_v": level,
        "minimum_v": float(smooth.min()) if trial.step.current < 0 else NAN,
        "deflection_v": level - baseline,
        "resistance": (level - baseline) / trial.step.amperes if silent else NAN,
    }


def _train(trial: Trial) -> Row:
    """The spikes within the step."""
    inside = trial.inside
    train = rooms.load("features", "train")()
    found = train.measure(inside, np.zeros(inside.size, np.int64), trial.exposure, trial.onset)
    row: Row = {"spikes": inside.size, "average_rate": found["average_rate"], "latency": found["latency"]}
    return row | {name: found[name] for name in TRAIN}


def _block(trial: Trial, rule: StepRule) -> Row:
    """Whether the cell falls silent while it is held above the level of spikes, and when."""
    last = float(trial.inside[-1]) if trial.inside.size else trial.onset
    start = round((last + AFTER_SPIKE / 4) * trial.sampling_rate)
    silence = trial.offset - last
    rest = trial.volts[start : trial.step.offset]
    rest = rest[np.isfinite(rest)]
    usual = float(np.diff(trial.inside).max()) if trial.inside.size > 1 else 0.0
    long = silence >= max(rule.block_duration, 2 * usual)
    blocked = bool(long and rest.size and trial.step.current > 0 and np.median(rest) > rule.block_v)
    return {"is_blocked": blocked, "block_time": last - trial.onset if blocked else NAN}


def _passive(trial: Trial, row: Row, notes: list[str]) -> Row:
    """Sag and time constant of a negative step without spikes."""
    if trial.step.current >= 0:
        return dict.fromkeys(SUBTHRESHOLD, NAN)
    if trial.inside.size or not np.isfinite(trial.response).all():
        notes.append("no sag or time constant: spikes or missing samples within the step")
        return dict.fromkeys(SUBTHRESHOLD, NAN)
    rate, step = trial.sampling_rate, trial.step
    ratios = sag_efel(trial.volts, step.onset, step.offset)
    sags = {"sag_ipfx": sag_ipfx(trial.volts, step.onset, step.offset, rate)}
    sags |= {"sag_ratio1": ratios[0], "sag_ratio2": ratios[1]}
    is_tall = row["baseline_v"] - row["minimum_v"] > TALL * row["baseline_sd"]
    response = trial.deflection if is_tall else None
    fit = None if response is None else charging(response, rate)
    if fit is None:
        notes.append(f"no time constant: {'too small a response' if not is_tall else 'no exponential fits'}")
        return {**sags, "time_constant": NAN, "time_constant_r2": NAN}
    return {**sags, "time_constant": fit.tau, "time_constant_r2": fit.r2}


def _around(trial: Trial, rule: StepRule, notes: list[str]) -> Row:
    """Spikes before the step and, of a negative one, after it."""
    rate, step = trial.sampling_rate, trial.step
    before = trial.within(step.free_from / rate, trial.onset).size
    if step.current >= 0:
        return {"rebound_spikes": NAN, "spikes_before": before}
    until = min(trial.offset + rule.rebound, step.free_to / rate)
    if until <= trial.offset:
        notes.append("no rebound to see: the sweep ends with the step")
        return {"rebound_spikes": NAN, "spikes_before": before}
    return {"rebound_spikes": trial.within(trial.offset, until).size, "spikes_before": before}


def shifted(row: Row, junction_potential: float) -> Row:
    """A row with its absolute voltages less the liquid junction potential (V)."""
    absolute = ("baseline_v", "steady_state_v", "minimum_v")
    return row | {n: row[n] - junction_potential for n in absolute if n in row}
