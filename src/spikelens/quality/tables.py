"""The tables of a recording's quality, and what their columns mean."""

from __future__ import annotations

import dataclasses

from spikelens.features import Feature
from spikelens.quality.access import RULE as ACCESS
from spikelens.quality.edges import RULE
from spikelens.quality.measuring import Quality
from spikelens.summary import Row

COLUMNS = {
    "quality": (
        Feature("sweep", "", "Counted from 0."),
        Feature("start", "s", "Of the section, on the recording's clock."),
        Feature("stop", "s", "Of the section."),
        Feature("exposure", "s", "Observed time."),
        Feature(
            "resting_potential",
            "V",
            "Median of the spike-less trace where the command is at its first value.",
        ),
        Feature("resting_sd", "V or A", "Standard deviation of the trace there."),
        Feature("drift", "V", "Resting potential less that of the first section."),
        Feature(
            "noise_level",
            "V or A",
            "Standard deviation around the mean of 5 ms, at rest, without outliers beyond 3 MAD.",
        ),
        Feature(
            "hum", "V or A", "Amplitude at the mains' frequency above the background beside it, at rest."
        ),
        Feature("n_spikes", "", "Spikes in the section."),
        Feature("spike_height", "V", "Median height of the section's spikes."),
        Feature("bridge", "Ohm", RULE),
        Feature(
            "bridge_error",
            "Ohm",
            "Its standard error, from the spread of such jumps at rest, without current.",
        ),
        Feature("n_edges", "", "Edges of the command that tell it."),
        Feature("holding_current", "A", "Median where the command is at its first value."),
        Feature(
            "railed", "", "Share of samples that stand at the lowest or highest value for 0.5 ms or more."
        ),
        Feature("access_resistance", "Ohm", f"Of a voltage clamp. {ACCESS}"),
        Feature(
            "access_resistance_peak",
            "Ohm",
            "The volt over the largest current as it was recorded, as a seal test shows it: a filter and the"
            " sampling make it too large.",
        ),
        Feature("membrane_resistance", "Ohm", "The volt over the steady current, less the access."),
        Feature("membrane_capacitance", "F", "Of one compartment with these two resistances."),
        Feature("n_pulses", "", "Edges of test pulses that tell them."),
        Feature("access_note", "", "Why they are not told."),
    ),
    "proposed": (
        Feature("start", "s", "Of the stretch, on the recording's clock."),
        Feature("stop", "s", "Of the stretch."),
        Feature("label", "", "Why it is proposed for exclusion."),
        Feature("measure", "", "Column of quality.csv that says so."),
        Feature("value", "SI", "The worst of the stretch."),
        Feature("limit", "SI", "From where on it is proposed."),
        Feature("words", "", "What is wrong."),
    ),
}
"""By table, what its columns mean."""


def quality_rows(quality: Quality) -> list[Row]:
    """A row per section."""
    names = [feature.name for feature in COLUMNS["quality"] if feature.name in quality.columns]
    columns = (quality.columns[name].tolist() for name in names)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def proposed_rows(quality: Quality) -> list[Row]:
    """A row per stretch proposed for exclusion; none is there if nothing is wrong."""
    rows = [dataclasses.asdict(proposal) for proposal in quality.proposals]
    return [{("label" if k == "reason" else k): v for k, v in row.items()} for row in rows]
