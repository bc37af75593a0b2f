"""Responses as rows: a row per condition, per trial, per bin, and per measure of the tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikelens.features import Feature
from spikelens.responses.columns import PSTH_COLUMNS
from spikelens.responses.counts import per_group
from spikelens.responses.evidence import Evidence
from spikelens.responses.latency import Latencies
from spikelens.summary import Row

if TYPE_CHECKING:
    from spikelens.responses.running import Responses


def condition_columns(found: Responses) -> list[Feature]:
    """What the columns of the conditions mean."""
    return [Feature(name, "", "Condition, as the stimuli's column has it.") for name in found.plan.by]


def condition_rows(found: Responses) -> list[Row]:
    """A row per condition: its values, then `columns.COLUMNS`."""
    columns = _columns(found)
    return [
        {**condition, **{name: column[k].item() for name, column in columns.items()}}
        for k, condition in enumerate(found.trials.conditions)
    ]


def _columns(found: Responses) -> dict[str, NDArray[Any]]:
    told, whole = found.evidence, found.counts.is_whole
    n_groups = len(found.trials.conditions)
    columns: dict[str, NDArray[Any]] = {
        "trials": found.trials.repeats,
        "whole_trials": np.bincount(found.trials.group[whole], minlength=n_groups),
        "spikes": told.window.spikes,
        "exposure": told.window.exposure,
        **_rates(told),
        "response": told.response,
        "test": told.test,
        "p": told.p,
        "p_corrected": told.p_corrected,
        **_shares(found),
        **_times(found.latencies),
        "fano_factor": told.window.fano,
        "correlation": found.correlation,
    }
    return columns | {"notes": np.array(_notes(found, columns), np.str_)}


def _rates(told: Evidence) -> dict[str, NDArray[Any]]:
    rates = {
        "rate": (told.window.rate, told.window.interval),
        "spontaneous": (told.spontaneous.rate, told.spontaneous.interval),
        "evoked": (told.evoked, told.evoked_interval),
    }
    columns: dict[str, NDArray[Any]] = {}
    for name, (rate, (low, high)) in rates.items():
        columns |= {
            name if name == "rate" else f"{name}_rate": rate,
            f"{name}_low": low,
            f"{name}_high": high,
        }
    return columns


def _shares(found: Responses) -> dict[str, NDArray[Any]]:
    """How often a trial has none, one or more spikes, of trials observed throughout."""
    whole = found.counts.is_whole
    n, group = found.counts.n[whole], found.trials.group[whole]

    def mean(of: NDArray[Any]) -> NDArray[np.float64]:
        columns = of.astype(np.float64)
        return per_group(columns, group, lambda x: float(x.mean()), len(found.trials.conditions))

    return {
        "spikes_per_trial": mean(n),
        "share_none": mean(n == 0),
        "share_one": mean(n == 1),
        "share_more": mean(n > 1),
        "share_by_chance": -np.expm1(-found.evidence.spontaneous.rate * found.plan.window.width),
    }


def _times(late: Latencies) -> dict[str, NDArray[Any]]:
    return {
        "latency": late.median,
        "latency_lower_quartile": late.lower_quartile,
        "latency_upper_quartile": late.upper_quartile,
        "jitter": late.jitter,
        "minimum_latency": late.minimum,
    }


def _notes(found: Responses, columns: dict[str, NDArray[Any]]) -> list[str]:
    return ["; ".join(_notes_of(found, columns, k)) for k in range(len(found.trials.conditions))]


def _notes_of(found: Responses, columns: dict[str, NDArray[Any]], k: int) -> list[str]:
    trials, whole = int(columns["trials"][k]), int(columns["whole_trials"][k])
    notes = []
    if not columns["exposure"][k]:
        notes.append("the window was never observed")
    elif whole < trials:
        notes.append(f"{trials - whole} of {trials} windows not observed throughout")
    if not columns["spikes"][k]:
        notes.append("no spike in the window: no latency")
    if whole < 2:
        notes.append("fewer than 2 whole trials: no variance")
    if found.evidence.untestable[k]:
        notes.append("over-dispersed, and the baseline is shorter than the window: p too small")
    return notes


def trial_rows(found: Responses) -> list[Row]:
    """A row per trial."""
    trials = found.trials
    before = trials.spontaneous(found.plan.baseline, found.plan.window)
    first = np.full(len(trials), np.nan)
    first[found.latencies.trial] = found.latencies.first
    stimuli = trials.stimuli
    starts = found.recording.time_of(found.recording.sweeps.bounds[:-1])
    columns = {
        "trial": np.arange(len(trials)),
        "sweep": stimuli.sweep,
        "onset": stimuli.onset,
        "time": starts[stimuli.sweep] + stimuli.onset,
        **{name: stimuli.conditions[name] for name in found.plan.by if name != "sweep"},
        "spikes": found.counts.n,
        "exposure": found.counts.exposure,
        "baseline_spikes": before.n,
        "baseline_exposure": before.exposure,
        "first_spike": first,
    }
    lists = [column.tolist() for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def psth_rows(found: Responses) -> list[Row]:
    """A row per condition and bin."""
    psth, rows = found.psth, []
    low, high = psth.band
    for k, condition in enumerate(found.trials.conditions):
        columns = (
            psth.edges,
            psth.edges[1:],
            psth.counts[k],
            psth.exposure[k],
            psth.rate[k],
            low[k],
            high[k],
        )
        names = [f.name for f in PSTH_COLUMNS]
        lists = [column.tolist() for column in columns]
        rows += [{**condition, **dict(zip(names, row, strict=True))} for row in zip(*lists, strict=False)]
    return rows


def tuning_rows(found: Responses) -> list[Row]:
    """A row per measure of the tuning; none without tuning."""
    tuning = found.tuning
    if tuning is None:
        return []
    length = "octaves" if tuning.has_octaves else tuning.factor
    units = {
        "half_width": length,
        "bandwidth_above": length,
        "threshold": tuning.level,
        "half_level": tuning.level,
    }
    return [
        {"measure": name, "value": value, "in": units.get(name, tuning.factor)}
        for name, value in tuning.measures.items()
    ]
