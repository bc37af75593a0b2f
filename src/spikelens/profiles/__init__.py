"""A recording's profile: the numbers of every measure that fits it, and why others do not.

What is asked of a cell, of a condition within it and of the cells of a study is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from spikelens.errors import SpikelensError, UnknownName
from spikelens.features import Feature
from spikelens.profiles.measures import MEASURES
from spikelens.profiles.profile import NOTHING, Beside, Profile
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.summary import Row

__all__ = ["MEASURES", "NOTHING", "Beside", "Profile", "checked_measures", "profile_of"]


def checked_measures(names: Sequence[str]) -> tuple[str, ...]:
    """The names, in our order.

    Raises
    ------
    UnknownName
        One that is none; the message lists those there are.
    """
    for name in names:
        if name not in MEASURES:
            raise UnknownName.among("measure", name, MEASURES)
    return tuple(name for name in MEASURES if name in names)


def profile_of(
    recording: Recording, spikes: Spikes, measures: Sequence[str] | None = None, beside: Beside = NOTHING
) -> Profile:
    """The numbers of the named measures; those of spikes count observed time only.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
        Of a part of the recording if their stretches are those of that part.
    measures : sequence of str
        Of `MEASURES`; all by default.
    beside : Beside
        Stimuli, a protocol, a junction potential.
    """
    row: Row = {}
    columns: list[Feature] = []
    reasons = []
    methods: dict[str, str] = {}
    for name in MEASURES if measures is None else measures:
        try:
            told = MEASURES[name](recording, spikes, beside)
        except SpikelensError as why:
            reasons.append(f"{name}: {why}")
            continue
        row |= told.row
        columns += told.columns
        methods |= told.methods
    return Profile(row, tuple(columns), tuple(reasons), methods)
