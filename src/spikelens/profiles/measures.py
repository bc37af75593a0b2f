"""The measures of a profile, each by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.errors import UnsupportedInput
from spikelens.features import Feature
from spikelens.profiles.profile import Beside, Profile
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.summary import COUNTS, Row, fit_values

Measure = Callable[[Recording, Spikes, Beside], Profile]


def _train(recording: Recording, spikes: Spikes, beside: Beside) -> Profile:
    """Counts and intervals of all the time observed; a latency would be that of one sweep."""
    rule = rooms.load("features", "train")
    exposure = spikes.stretches.n_samples() / spikes.sampling_rate
    told = rule().measure(spikes.time, spikes.stretches.at(spikes.sample_index), exposure, np.nan)
    whole: Row = {n: int(v) if n in COUNTS and np.isfinite(v) else v for n, v in told.items()}
    columns = (Feature("exposure", "s", "Observed time."), *(f for f in rule.features if f.name != "latency"))
    whole["exposure"] = exposure
    return Profile({f.name: whole[f.name] for f in columns}, columns)


def _features(recording: Recording, spikes: Spikes, beside: Beside) -> Profile:
    """The median of each feature over the spikes that are fit for it."""
    row: Row = {}
    columns = []
    for name in ("height", *spikes.rules):
        values = fit_values(spikes, name)
        if values is None or name.endswith("_time"):
            continue
        row[name] = float(np.median(values)) if values.size else float("nan")
        rule = spikes.rules.get(name, "Peak minus the local base before it.")
        columns.append(Feature(name, spikes.units.get(name, ""), f"Median over fit spikes. {rule}"))
    return Profile(row, tuple(columns))


def _steps(recording: Recording, spikes: Spikes, beside: Beside) -> Profile:
    """The cell's answer to current steps."""
    from spikelens.steps.columns import CELL
    from spikelens.steps.measuring import measure_steps
    from spikelens.steps.words import methods

    steps = measure_steps(
        recording, spikes, protocol=beside.protocol, junction_potential=beside.junction_potential
    )
    # Whether a cell is spontaneous, and its notes, are no numbers to compare.
    columns = tuple(f for f in CELL if type(steps.cell[f.name]) in (int, float))
    return Profile({f.name: steps.cell[f.name] for f in columns}, columns, methods={"steps": methods(steps)})


def _responses(recording: Recording, spikes: Spikes, beside: Beside) -> Profile:
    """What stimuli evoke: of all trials together, and the tuning; nothing if none are named."""
    from spikelens.responses.columns import COLUMNS
    from spikelens.responses.running import respond
    from spikelens.responses.sources import stimuli_from
    from spikelens.responses.tables import condition_rows
    from spikelens.responses.words import methods

    if beside.events is None:
        return Profile({}, ())
    stimuli = stimuli_from(recording, beside.events)
    found = respond(recording, spikes, stimuli, **beside.plan.facts())
    if not found.counts.exposure.any():
        raise UnsupportedInput("no stimulus lies in the time that was observed")
    whole = condition_rows(respond(recording, spikes, stimuli, **(beside.plan.facts() | {"by": ()})))[0]
    told = [f for f in COLUMNS if f.name in _OF_RESPONSES]
    columns = [
        dataclasses.replace(f, name=f"response_{f.name}", meaning=f"Of all trials. {f.meaning}") for f in told
    ]
    row: Row = {f"response_{f.name}": whole[f.name] for f in told}
    for name, value in (found.tuning.measures if found.tuning else {}).items():
        row[f"tuning_{name}"] = value
        columns.append(Feature(f"tuning_{name}", "", f"{name} of the tuning, by {', '.join(found.plan.by)}."))
    return Profile(row, tuple(columns), methods={"responses": methods(found)})


_OF_RESPONSES = ("whole_trials", "rate", "spontaneous_rate", "evoked_rate", "spikes_per_trial",
                 "share_none", "share_one", "share_more", "latency", "jitter", "minimum_latency",
                 "fano_factor")  # fmt: skip
"""Of the columns of responses, the numbers that are told of a cell."""


def _membrane(recording: Recording, spikes: Spikes, beside: Beside) -> Profile:
    """The potential between spikes."""
    from spikelens.membrane.measuring import measure_membrane
    from spikelens.membrane.tables import COLUMNS, condition_rows
    from spikelens.membrane.words import methods

    membrane = measure_membrane(recording, spikes)
    whole = condition_rows(membrane)[0]
    columns = tuple(f for f in COLUMNS["conditions"] if f.name not in _ELSEWHERE and f.name in whole)
    row = {f.name: whole[f.name] for f in columns}
    for name in _ABSOLUTE:
        row[name] = float(str(row[name])) - (beside.junction_potential or 0.0)
    return Profile(row, columns, methods={"membrane": methods(membrane)})


_ELSEWHERE = ("condition", "exposure", "n_spikes", "is_bimodal")
"""Of a membrane's columns, those that the train tells, and what is no number."""
_ABSOLUTE = ("mean_v", "p05_v", "median_v", "p95_v", "down_v", "up_v")


def _quality(recording: Recording, spikes: Spikes, beside: Beside) -> Profile:
    """How good the recording is: medians over its sections."""
    from spikelens.quality.measuring import measure_quality
    from spikelens.quality.tables import COLUMNS
    from spikelens.quality.words import methods

    quality = measure_quality(recording, spikes)
    sections = quality.columns
    columns = tuple(f for f in COLUMNS["quality"] if f.name in _OF_SECTIONS and f.name in sections)
    units = {"V or A": recording.channels[0].unit, "Ohm": "ohm"}
    told = [
        dataclasses.replace(f, unit=units.get(f.unit, f.unit), meaning=f"Median over sections. {f.meaning}")
        for f in columns
    ]
    row: Row = {f.name: _known_median(sections[f.name]) for f in columns}
    return Profile(row, tuple(told), methods={"quality": methods(quality)})


_OF_SECTIONS = ("resting_sd", "noise_level", "hum", "bridge", "holding_current")


def _known_median(values: NDArray[Any]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _kinds(recording: Recording, spikes: Spikes, beside: Beside) -> Profile:
    """How many spikes are of which kind and in bursts, and the firing pattern with its numbers."""
    from spikelens.kinds.naming import name_kinds
    from spikelens.kinds.profile import COLUMNS, kinds_row
    from spikelens.kinds.steps import measure_patterns

    named = name_kinds(spikes)
    patterns = measure_patterns(recording, named.spikes, protocol=beside.protocol)
    row = kinds_row(named, patterns)
    return Profile(row, tuple(f for f in COLUMNS if f.name in row))


MEASURES: Mapping[str, Measure] = {
    "train": _train,
    "features": _features,
    "steps": _steps,
    "kinds": _kinds,
    "responses": _responses,
    "membrane": _membrane,
    "quality": _quality,
}
"""By name; the order is that of the columns."""
