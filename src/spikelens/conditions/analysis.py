"""The verb: what each condition of a recording holds, and how it differs from the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from spikelens.cards import rows_card
from spikelens.conditions.curves import FiCurve, measure_fi_curves
from spikelens.conditions.epochs import Epoch, by_label
from spikelens.conditions.measuring import (
    comparison_rows,
    noted,
    profile_within,
)
from spikelens.errors import UnknownName, UnsupportedInput
from spikelens.features import Feature
from spikelens.profiles import MEASURES, NOTHING, Beside, Profile, checked_measures
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.summary import Row

BIN = 10.0
"""Rates are compared over bins of about so long, s."""


@dataclass(frozen=True)
class Conditions:
    """What each condition of a recording holds, and how it differs from the reference."""

    epochs: list[Epoch]
    reference: str
    rows: list[Row]
    """Per condition, its epochs put together."""
    epoch_rows: list[Row]
    """Per epoch, in order of time."""
    columns: tuple[Feature, ...]
    """What the measures in both are."""
    comparisons: list[Row]
    """Per measure and condition, beside the reference."""
    bin_duration: float
    methods: Mapping[str, str]
    """By measure, how it was done in the first condition that it fits."""
    reasons: tuple[str, ...] = ()
    """Why a measure fits none of the conditions, where it is the same for all."""
    fi_curves: Mapping[str, FiCurve] = field(default_factory=dict)
    """By condition, as far as it has current steps."""

    def _repr_html_(self) -> str:
        return rows_card("Conditions", self.rows) + rows_card("Comparisons", self.comparisons)


def measure_conditions(
    recording: Recording,
    spikes: Spikes,
    epochs: Sequence[Epoch],
    *,
    reference: str | None = None,
    bin_duration: float = BIN,
    measures: Sequence[str] | None = None,
    beside: Beside = NOTHING,
) -> Conditions:
    """Measure and compare the conditions of one recording.

    Parameters
    ----------
    recording : Recording
        Of the channel the spikes were found in.
    spikes : Spikes
        Measured; rates refer to their stretches.
    epochs : sequence of Epoch
        See `epochs_of`.
    reference : str, optional
        What the others are compared with; by default the first.
    bin_duration : float, s, > 0
        Rates are compared over bins of about so long.
    measures, beside
        See `spikelens.profiles.profile_of`; the train is always measured.
        Stimuli and steps are also compared pair by pair.

    Returns
    -------
    Conditions

    Raises
    ------
    UnknownName
        No epoch is called `reference`, or a measure is none; lists those there are.
    """
    labelled = by_label(epochs)
    first = next(iter(labelled)) if reference is None else reference
    if first not in labelled:
        raise UnknownName.among("condition", first, labelled)
    # Whatever else is asked: a condition is known by its rate.
    names = tuple(MEASURES) if measures is None else checked_measures(["train", *measures])
    profile = partial(profile_within, recording, spikes, measures=names, beside=beside)
    profiles = {label: profile(mine) for label, mine in labelled.items()}
    shared = [r for r in profiles[first].reasons if all(r in told.reasons for told in profiles.values())]
    rows: list[Row] = [
        {"condition": label, "epochs": len(labelled[label]), "start": labelled[label][0].start, **told.row}
        | {"note": noted(told, shared)}
        for label, told in profiles.items()
    ]
    return Conditions(
        list(epochs),
        first,
        rows,
        [_epoch_row(e, profile([e]), shared) for e in epochs],
        tuple({f.name: f for told in profiles.values() for f in told.columns}.values()),
        comparison_rows(recording, spikes, epochs, reference=first, bin_duration=bin_duration, beside=beside),
        bin_duration,
        {name: text for told in reversed(profiles.values()) for name, text in told.methods.items()},
        tuple(shared),
        _fi_curves(recording, spikes, epochs, beside) if "steps" in names else {},
    )


def _fi_curves(
    recording: Recording, spikes: Spikes, epochs: Sequence[Epoch], beside: Beside
) -> Mapping[str, FiCurve]:
    try:
        return measure_fi_curves(recording, spikes, epochs, beside=beside)
    except UnsupportedInput:
        # Why there are no steps, the profiles say.
        return {}


def _epoch_row(epoch: Epoch, told: Profile, shared: Sequence[str]) -> Row:
    row: Row = {"condition": epoch.label, "start": epoch.start, "stop": epoch.stop}
    return row | told.row | {"note": noted(told, shared)}
