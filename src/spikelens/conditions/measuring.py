"""What each condition's time holds: the train, its intervals and its spikes' features."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spikelens.comparisons import Centre, adjusted, compared
from spikelens.conditions.epochs import Epoch, by_label
from spikelens.features import Feature
from spikelens.profiles import Profile, profile_of
from spikelens.recording import Events, Recording
from spikelens.spikes import Spikes
from spikelens.stretches import event_walls
from spikelens.summary import Row, fit_values

Floats = NDArray[np.float64]

ENOUGH = 4
"""Intervals are described from so many on."""
_INTERVALS = ("isi_cv", "cv2", "lv", "adaptation_index", "pauses")
COMPARED = ("height", "threshold_v", "amplitude", "upstroke", "downstroke", "width", "fast_trough_v")
"""Features that are compared between conditions, as far as there are any."""

CENTRES: Mapping[str, Centre] = {"average_rate": "mean"}


def within(recording: Recording, spikes: Spikes, epochs: Sequence[Epoch]) -> Spikes:
    """The spikes of some epochs, with the observed time that their rates and intervals refer to."""
    spans = event_walls(recording, Events.at([e.start for e in epochs], [e.stop for e in epochs]))
    inside = spikes.stretches.within(spans)
    kept = spikes.take(inside.at(spikes.sample_index) >= 0)
    return dataclasses.replace(kept, stretches=inside)


def profile_within(
    recording: Recording,
    spikes: Spikes,
    epochs: Sequence[Epoch],
    *,
    measures: Sequence[str] | None = None,
    junction_potential: float | None = None,
) -> Profile:
    """The numbers of some epochs put together, with a ``note`` of what could not be said."""
    mine = within(recording, spikes, epochs)
    told = profile_of(recording, mine, measures, junction_potential=junction_potential)
    n_intervals = int((np.diff(mine.stretches.at(mine.sample_index)) == 0).sum())
    row = dict(told.row)
    if n_intervals < ENOUGH:
        row |= {name: float("nan") for name in _INTERVALS if name in row}
    row["note"] = "; ".join(filter(None, (_note(mine, n_intervals), *told.reasons)))
    return Profile(row, (*told.columns, _NOTE))


_NOTE = Feature("note", "", f"What could not be said; intervals are described from {ENOUGH} on.")


def _note(spikes: Spikes, n_intervals: int) -> str:
    if not spikes.stretches.n_samples():
        return "nothing was observed"
    if not len(spikes):
        return "no spikes"
    return f"{n_intervals} intervals are too few to describe" if n_intervals < ENOUGH else ""


def _features(spikes: Spikes) -> list[str]:
    return [name for name in COMPARED if name in spikes]


def binned_rates(spikes: Spikes, bin_duration: float) -> Floats:
    """Rates (Hz) in bins of about `bin_duration` (s), each within one stretch.

    A stretch is cut into as many equal bins as fit; what is shorter than half a bin is
    left out.
    """
    rates: list[float] = []
    for stretch in spikes.stretches:
        seconds = len(stretch) / spikes.sampling_rate
        if seconds < bin_duration / 2:
            continue
        edges = np.linspace(stretch.start, stretch.stop, max(1, round(seconds / bin_duration)) + 1)
        counts = np.diff(np.searchsorted(spikes.sample_index, edges))
        rates += (counts * spikes.sampling_rate / np.diff(edges)).tolist()
    return np.array(rates)


def comparison_rows(
    recording: Recording, spikes: Spikes, epochs: Sequence[Epoch], *, reference: str, bin_duration: float
) -> list[Row]:
    """Each condition beside the reference: rates by bins, features by spikes.

    These say what differs within this cell. Neighbouring bins and spikes resemble each
    other, so their p are too small; between cells, compare cells.
    """
    labelled = by_label(epochs)
    samples = {
        label: _samples(within(recording, spikes, mine), bin_duration) for label, mine in labelled.items()
    }
    compared_names = [n for n in samples[reference] if any(s[n].size for s in samples.values())]
    pairs = [(label, name) for label in labelled if label != reference for name in compared_names]
    found = adjusted(
        [
            compared(samples[reference][name], samples[label][name], centre=CENTRES.get(name, "median"))
            for label, name in pairs
        ]
    )
    units = {"average_rate": "Hz", **spikes.units}
    return [
        {"measure": name, "unit": units.get(name, ""), "a": reference, "b": label, **dataclasses.asdict(told)}
        for (label, name), told in zip(pairs, found, strict=True)
    ]


def _samples(spikes: Spikes, bin_duration: float) -> dict[str, Floats]:
    """What is compared: a rate per bin, and a value per fit spike."""
    values = {name: fit_values(spikes, name) for name in _features(spikes)}
    return {"average_rate": binned_rates(spikes, bin_duration)} | {
        name: column for name, column in values.items() if column is not None
    }
