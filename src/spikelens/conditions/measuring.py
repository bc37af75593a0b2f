"""What each condition's time holds: the train, its intervals and its spikes' features."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spikelens.comparisons import Centre, Comparison, adjusted, compared
from spikelens.conditions.epochs import Epoch, by_label
from spikelens.conditions.pairing import Asked, curves_of
from spikelens.features import Feature
from spikelens.profiles import NOTHING, Beside, Profile, profile_of
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
    beside: Beside = NOTHING,
) -> Profile:
    """The numbers of some epochs put together, with a ``note`` of too few spikes; see `noted`."""
    mine = within(recording, spikes, epochs)
    told = profile_of(recording, mine, measures, beside)
    n_intervals = int((np.diff(mine.stretches.at(mine.sample_index)) == 0).sum())
    row = dict(told.row)
    if n_intervals < ENOUGH:
        row |= {name: float("nan") for name in _INTERVALS if name in row}
    row["note"] = _note(mine, n_intervals)
    return told._replace(row=row, columns=(*told.columns, _NOTE))


_NOTE = Feature("note", "", f"What could not be said; intervals are described from {ENOUGH} on.")


def noted(told: Profile, shared: Sequence[str] = ()) -> str:
    """What could not be said of a profile, without the reasons that it shares with all others."""
    own = [reason for reason in told.reasons if reason not in shared]
    return "; ".join(filter(None, (str(told.row["note"]), *own)))


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
    left out. Where no stretch is as long, as sweeps may be, the longest is a bin.
    """
    rates: list[float] = []
    longest = max(map(len, spikes.stretches), default=0) / spikes.sampling_rate
    bin_duration = min(bin_duration, longest)
    for stretch in spikes.stretches:
        seconds = len(stretch) / spikes.sampling_rate
        if seconds < bin_duration / 2:
            continue
        edges = np.linspace(stretch.start, stretch.stop, max(1, round(seconds / bin_duration)) + 1)
        counts = np.diff(np.searchsorted(spikes.sample_index, edges))
        rates += (counts * spikes.sampling_rate / np.diff(edges)).tolist()
    return np.array(rates)


def comparison_rows(
    recording: Recording,
    spikes: Spikes,
    epochs: Sequence[Epoch],
    *,
    reference: str,
    bin_duration: float,
    beside: Beside = NOTHING,
) -> list[Row]:
    """Each condition beside the reference: rates by bins, features by spikes, answers pair by pair.

    These say what differs within this cell. Neighbouring bins and spikes resemble each
    other, so their p are too small; between cells, compare cells.
    """
    parts = {label: within(recording, spikes, mine) for label, mine in by_label(epochs).items()}
    samples = {label: _samples(part, bin_duration) for label, part in parts.items()}
    names = [n for n in samples[reference] if any(s[n].size for s in samples.values())]
    units = {"average_rate": "Hz", **spikes.units}
    others = [label for label in parts if label != reference]
    found = [
        (
            {"measure": name, "unit": units.get(name, ""), "a": reference, "b": label, **_UNPAIRED[name]},
            compared(samples[reference][name], samples[label][name], centre=CENTRES.get(name, "median")),
        )
        for label in others
        for name in names
    ]
    curves = {label: curves_of(recording, part, beside) for label, part in parts.items()}
    found += [row for label in others for row in _pairs(curves, reference, label)]
    final = adjusted([told for _, told in found])
    return [row | dataclasses.asdict(told) for (row, _), told in zip(found, final, strict=True)]


_UNPAIRED = {name: {"paired": False, "over": "spikes"} for name in COMPARED} | {
    "average_rate": {"paired": False, "over": "bins"}
}


def _pairs(curves: Mapping[str, list[Asked]], a: str, b: str) -> list[tuple[Row, Comparison]]:
    """What the cell answered to the same step, or stimulus, under both conditions."""
    there = {asked.measure: asked for asked in curves[b]}
    found: list[tuple[Row, Comparison]] = []
    for asked in curves[a]:
        other = there.get(asked.measure)
        shared = [x for x in asked.values if other and x in other.values]
        if other is None or not shared:
            continue
        row: Row = {"measure": asked.measure, "unit": asked.unit, "a": a, "b": b}
        first, second = ([told.values[x] for x in shared] for told in (asked, other))
        row |= {"paired": True, "over": asked.over}
        found.append((row, compared(first, second, paired=True)))
    return found


def _samples(spikes: Spikes, bin_duration: float) -> dict[str, Floats]:
    """What is compared: a rate per bin, and a value per fit spike."""
    values = {name: fit_values(spikes, name) for name in _features(spikes)}
    return {"average_rate": binned_rates(spikes, bin_duration)} | {
        name: column for name, column in values.items() if column is not None
    }
