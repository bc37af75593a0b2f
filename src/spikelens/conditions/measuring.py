"""What each condition's time holds: the train, its intervals and its spikes' features."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spikelens import rooms
from spikelens.comparisons import Centre, adjusted, compared
from spikelens.conditions.epochs import Epoch, by_label
from spikelens.features import Feature
from spikelens.recording import Events, Recording
from spikelens.spikes import Spikes
from spikelens.stretches import event_walls
from spikelens.summary import COUNTS, Row, fit_values

Floats = NDArray[np.float64]

ENOUGH = 4
"""Intervals are described from so many on."""
_INTERVALS = ("isi_cv", "cv2", "lv", "adaptation_index", "pauses")
_TRAIN = ("spikes", "average_rate", "mean_isi", "median_isi", *_INTERVALS, "bursts")
COMPARED = ("height", "threshold_v", "amplitude", "upstroke", "downstroke", "width", "fast_trough_v")
"""Features that are compared between conditions, as far as there are any."""

CENTRES: Mapping[str, Centre] = {"average_rate": "mean"}


def within(recording: Recording, spikes: Spikes, epochs: Sequence[Epoch]) -> Spikes:
    """The spikes of some epochs, with the observed time that their rates and intervals refer to."""
    spans = event_walls(recording, Events.at([e.start for e in epochs], [e.stop for e in epochs]))
    inside = spikes.stretches.within(spans)
    kept = spikes.take(inside.at(spikes.sample_index) >= 0)
    return dataclasses.replace(kept, stretches=inside)


def condition_rows(recording: Recording, spikes: Spikes, epochs: Sequence[Epoch]) -> list[Row]:
    """One row per condition: its epochs put together.

    Returns
    -------
    list of dict
        ``condition``, ``epochs``, ``start`` (s), ``exposure`` (s), the train's figures, the
        median of each feature, and a ``note`` of what could not be said.
    """
    return [
        {"condition": label, "epochs": len(mine), "start": mine[0].start, **_figures(recording, spikes, mine)}
        for label, mine in by_label(epochs).items()
    ]


def epoch_rows(recording: Recording, spikes: Spikes, epochs: Sequence[Epoch]) -> list[Row]:
    """One row per epoch, in order of time; the same figures as `condition_rows`."""
    return [
        {"condition": e.label, "start": e.start, "stop": e.stop, **_figures(recording, spikes, [e])}
        for e in epochs
    ]


def _figures(recording: Recording, spikes: Spikes, epochs: Sequence[Epoch]) -> Row:
    mine = within(recording, spikes, epochs)
    exposure = mine.stretches.n_samples() / mine.sampling_rate
    rule = rooms.load("features", "train")()
    at = mine.stretches.at(mine.sample_index)
    told = rule.measure(mine.time, at, exposure, np.nan)
    n_intervals = int((np.diff(at) == 0).sum())
    kept = {name: told[name] for name in _TRAIN}
    if n_intervals < ENOUGH:
        kept |= dict.fromkeys(_INTERVALS, float("nan"))
    medians = {f"median_{name}": _median(mine, name) for name in _features(spikes)}
    return {"exposure": exposure, **_counted(kept), **medians, "note": _note(mine, exposure, n_intervals)}


def _counted(figures: Mapping[str, float]) -> Row:
    """The figures, with counts as whole numbers unless they are unknown."""
    return {n: int(v) if n in COUNTS and np.isfinite(v) else v for n, v in figures.items()}


def _note(spikes: Spikes, exposure: float, n_intervals: int) -> str:
    if not exposure:
        return "nothing was observed"
    if not len(spikes):
        return "no spikes"
    return f"{n_intervals} intervals are too few to describe" if n_intervals < ENOUGH else ""


def _features(spikes: Spikes) -> list[str]:
    return [name for name in COMPARED if name in spikes]


def _median(spikes: Spikes, name: str) -> float:
    values = fit_values(spikes, name)
    return float(np.median(values)) if values is not None and values.size else float("nan")


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


def columns(spikes: Spikes) -> list[Feature]:
    """What the columns of the tables per condition and per epoch mean."""
    train = {f.name: f for f in rooms.load("features", "train").features}
    medians = [
        Feature(
            f"median_{n}",
            spikes.units.get(n, ""),
            f"Median over the condition's fit spikes. {_rule(spikes, n)}",
        )
        for n in _features(spikes)
    ]
    return [
        Feature("condition", "", "The epoch's label."),
        Feature("epochs", "", "Epochs with this label, put together."),
        Feature("start", "s", "When the first begins, on the recording's clock."),
        Feature("exposure", "s", "Observed time."),
        *(train[name] for name in _TRAIN),
        *medians,
        Feature("note", "", f"What could not be said; intervals are described from {ENOUGH} on."),
    ]


def _rule(spikes: Spikes, name: str) -> str:
    return spikes.rules.get(name, "Peak minus the local base before it." if name == "height" else "")
