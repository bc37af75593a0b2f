"""The tables of a membrane potential, and what their columns mean."""

from __future__ import annotations

import numpy as np

from spikelens.features import Feature
from spikelens.membrane.measuring import Condition, Membrane
from spikelens.membrane.passing import Tally
from spikelens.membrane.states import RULE, State
from spikelens.stretches import Stretches
from spikelens.summary import Row

_POTENTIAL = (
    Feature("exposure", "s", "Observed time."),
    Feature("n_spikes", "", "Spikes in it."),
    Feature("bridged", "", "Share of the time that was bridged."),
    Feature("mean_v", "V", "Mean of the spike-less trace."),
    Feature("sd_v", "V", "Standard deviation of its samples."),
    Feature("skewness", "", "Third standardised moment of its samples."),
    Feature("p05_v", "V", "5 % of its samples lie below; from a histogram with bins of 0.25 mV."),
    Feature("median_v", "V", "Half of its samples lie below; from the same histogram."),
    Feature("p95_v", "V", "95 % of its samples lie below; from the same histogram."),
)
_STATES = (
    Feature("is_bimodal", "", RULE),
    Feature("separation", "", "Ashman's D of two normal distributions."),
    Feature("down_v", "V", "Mean of the lower normal distribution."),
    Feature("up_v", "V", "Mean of the upper normal distribution."),
    Feature("up_fraction", "", "Share of the time in up states; NaN if not bimodal."),
    Feature("up_rate", "1/s", "Up states that begin, per observed second."),
    Feature("up_duration", "s", "Median of up states that begin and end by themselves."),
    Feature("down_duration", "s", "Median of down states that begin and end by themselves."),
)
COLUMNS = {
    "sweeps": (Feature("sweep", "", "Counted from 0."), *_POTENTIAL),
    "conditions": (
        Feature("condition", "", "Name of the condition; 'all' is everything observed."),
        *_POTENTIAL,
        *_STATES,
    ),
    "states": (
        Feature("condition", "", "Name of the condition."),
        Feature("state", "", "up or down; cutoffs at a third and two thirds between both levels."),
        Feature("sweep", "", "Counted from 0."),
        Feature("start", "s", "On the recording's clock, to 5 ms."),
        Feature("duration", "s", "To 5 ms."),
        Feature("mean_v", "V", "Mean of the spike-less trace."),
        Feature("sd_v", "V", "Standard deviation of its means over 5 ms."),
        Feature("n_spikes", "", "Spikes in it."),
        Feature("is_complete", "", "Whether it begins and ends by itself, not at a wall."),
    ),
    "averages": (
        Feature("command", "A", "Range of the command that the sweeps share; empty if it is not known."),
        Feature("time", "s", "From the start of the sweep."),
        Feature("mean_v", "V", "Mean over sweeps of the spike-less trace."),
        Feature("sd_v", "V", "Standard deviation over sweeps."),
        Feature("n", "", "Sweeps observed there."),
    ),
    "triggered": (
        Feature("channel", "", "What was averaged around spikes; the membrane potential without spikes."),
        Feature("lag", "s", "From the spike's peak."),
        Feature("mean", "V or A", "Average around spikes."),
        Feature("control", "V or A", "Mean of averages around trains shifted in time within each stretch."),
        Feature("low", "V or A", "2.5 % of those averages lie below, lag by lag."),
        Feature("high", "V or A", "2.5 % of those averages lie above, lag by lag."),
    ),
    "coherence": (
        Feature("frequency", "Hz", "Of Welch's estimate with half overlapping Hann windows."),
        Feature("coherence", "", "Magnitude-squared, of the spike-less trace and the second channel."),
        Feature("phase", "rad", "Of the second channel after the first; positive where the second leads."),
        Feature("level", "", "95 % of chance lies below, frequency by frequency (Halliday et al. 1995)."),
    ),
}
"""By table, what its columns mean."""


def sweep_rows(membrane: Membrane) -> list[Row]:
    """A row per sweep of which something was observed."""
    whole = membrane.whole
    rows: list[Row] = []
    for sweep, tally in whole.passed.tallies.items():
        mine = whole.stretches.sweep == sweep
        where = Stretches(
            *(c[mine] for c in (whole.stretches.sweep, whole.stretches.start, whole.stretches.stop))
        )
        rows.append({"sweep": sweep, **_potential(membrane, where, tally)})
    return rows


def condition_rows(membrane: Membrane) -> list[Row]:
    """A row per condition; the first is everything observed."""
    return [
        {
            "condition": name,
            **_potential(membrane, condition.stretches, condition.passed.whole),
            **_states(condition, membrane.recording.sampling_rate),
        }
        for name, condition in membrane.conditions.items()
    ]


def _potential(membrane: Membrane, where: Stretches, tally: Tally) -> Row:
    n = where.n_samples()
    return {
        "exposure": n / membrane.recording.sampling_rate,
        "n_spikes": int((where.at(membrane.spikes.sample_index) >= 0).sum()) if len(where) else 0,
        "bridged": membrane.bridged_samples(where) / n if n else float("nan"),
        "mean_v": tally.mean,
        "sd_v": tally.sd,
        "skewness": tally.skewness,
        "p05_v": tally.quantile(0.05),
        "median_v": tally.quantile(0.5),
        "p95_v": tally.quantile(0.95),
    }


def _states(condition: Condition, rate: float) -> Row:
    levels, states = condition.bimodality, condition.states
    up = [s for s in states if s.is_up]
    inside = sum(s.stop - s.start for s in states)
    starts = sum(s.start not in condition.stretches.start for s in up)
    seconds = condition.stretches.n_samples() / rate
    nothing = float("nan")
    return {
        "is_bimodal": levels.is_bimodal,
        "separation": levels.separation,
        "down_v": levels.low,
        "up_v": levels.high,
        "up_fraction": sum(s.stop - s.start for s in up) / inside if inside else nothing,
        "up_rate": starts / seconds if states else nothing,
        "up_duration": _duration(up, rate),
        "down_duration": _duration([s for s in states if not s.is_up], rate),
    }


def _duration(states: list[State], rate: float) -> float:
    whole = [(s.stop - s.start) / rate for s in states if s.is_complete]
    return float(np.median(whole)) if whole else float("nan")


def state_rows(membrane: Membrane) -> list[Row]:
    """A row per state of each condition."""
    rate, time_of = membrane.recording.sampling_rate, membrane.recording.time_of
    return [
        {
            "condition": name,
            "state": "up" if s.is_up else "down",
            "sweep": s.sweep,
            "start": float(time_of(s.start)),
            "duration": (s.stop - s.start) / rate,
            "mean_v": s.mean,
            "sd_v": s.sd,
            "n_spikes": s.n_spikes,
            "is_complete": s.is_complete,
        }
        for name, condition in membrane.conditions.items()
        for s in condition.states
    ]


def command_words(span: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    """The range of a command in words."""
    if not span.size:
        return ""
    low, high = (f"{x * 1e12:.4g}" for x in span)
    return f"{low} pA" if low == high else f"{low} to {high} pA"


def average_rows(membrane: Membrane) -> list[Row]:
    """A row per time of each average over sweeps."""
    return [
        {"command": command_words(a.command), "time": t, "mean_v": m, "sd_v": s, "n": int(n)}
        for a in membrane.averages
        for t, m, s, n in zip(a.time.tolist(), a.mean.tolist(), a.sd.tolist(), a.n, strict=True)
    ]


def triggered_rows(membrane: Membrane) -> list[Row]:
    """A row per lag of each spike-triggered average that could be had."""
    averaged = [(membrane.recording.channels[0].name, membrane.triggered)]
    if membrane.second is not None:
        averaged.append((membrane.second.name, membrane.second.triggered))
    names = ("lag", "mean", "control", "low", "high")
    return [
        {"channel": channel, **dict(zip(names, values, strict=True))}
        for channel, found in averaged
        if found.n_used
        for values in zip(*(getattr(found, name).tolist() for name in names), strict=True)
    ]


def coherence_rows(membrane: Membrane) -> list[Row]:
    """A row per frequency; none without a second channel."""
    found = membrane.second.coherence if membrane.second else None
    if found is None:
        return []
    columns = (found.frequency.tolist(), found.coherence.tolist(), found.phase.tolist())
    return [
        {"frequency": f, "coherence": c, "phase": p, "level": found.level}
        for f, c, p in zip(*columns, strict=True)
    ]
