"""Kinds from a person's own labels: a classifier of windows around the spikes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikelens import api, learning
from spikelens.errors import BadParameter, RequestError, UnreadableFile
from spikelens.kinds.naming import Kinds
from spikelens.labelfiles import OPEN, read_table, times_of
from spikelens.labels import Labels
from spikelens.models import Model
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.windows import Windows

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-3
"""A label belongs to the spike that is nearest, within this, s."""
BEFORE, AFTER = 2e-3, 4e-3
"""A window lasts from so long before to so long after the peak, s."""
COLUMNS = ("kind", "label")
"""Where the words may stand; the first that holds any is taken."""
AROUND = "around"
"""The fact of a model's card that says how its windows lie about a spike, s."""


@dataclass(frozen=True)
class Said:
    """The words a person gave to spikes."""

    rows: Ints
    """Of the labelled spikes, sorted."""
    words: NDArray[np.str_]
    n_off: int = 0
    """Labels that lie on no spike."""


@dataclass(frozen=True)
class Taught:
    """What labels taught, and how well it names spikes it had not seen."""

    model: Model = field(repr=False)
    said: Said

    @property
    def accuracy(self) -> float:
        """Share of the labelled spikes that are named as labelled by a model that had not seen them."""
        named = np.array(self.model.classes_)[self.model.held_out_.argmax(axis=1)]
        words = self.said.words[: named.size]
        return float((named == words).mean())


def read_words(path: str | Path, spikes: Spikes) -> Said:
    """Read words for spikes from a CSV with columns ``time`` (s) and ``kind`` or ``label``.

    Any words will do, numbers as the viewer's keys give them too; rows with one of
    `OPEN` are left out.

    Raises
    ------
    UnreadableFile
        It cannot be read, lacks a column, or holds a time that is no number.
    BadParameter
        One spike has two words, or no label lies on a spike.
    """
    path = Path(path)
    table = read_table(path, "kinds")
    column = next((name for name in COLUMNS if name in table and (table[name] != "").any()), None)
    if "time" not in table or column is None:
        raise UnreadableFile(
            f"cannot read kinds from {path}: it needs the columns time and kind or label, and has"
            f" {', '.join(map(str, table.columns))}"
        )
    words = np.array([str(word).strip() for word in table[column]], np.str_)
    known = np.array([word.lower() not in OPEN for word in words], bool)
    rows = _nearest(spikes, times_of(path, table)[known])
    return _once(spikes, rows, words[known], path)


def _nearest(spikes: Spikes, times: NDArray[np.float64]) -> Ints:
    """The spike nearest to each time; -1 where none is near."""
    if not len(spikes):
        return np.full(times.size, -1)
    order = np.argsort(spikes.time, kind="stable")
    sorted_times = spikes.time[order]
    place = np.clip(np.searchsorted(sorted_times, times), 1, max(len(spikes) - 1, 1))
    sides = np.clip(np.stack([place - 1, place]), 0, len(spikes) - 1)
    apart = np.abs(sorted_times[sides] - times)
    nearest = sides[apart.argmin(axis=0), np.arange(times.size)]
    return np.where(apart.min(axis=0) <= TOLERANCE, order[nearest], -1)


def _once(spikes: Spikes, rows: Ints, words: NDArray[np.str_], path: Path) -> Said:
    """Each labelled spike once, in order."""
    on = rows >= 0
    if not on.any():
        raise BadParameter(f"none of the {rows.size} labels in {path} lies on a spike")
    each, first, place = np.unique(rows[on], return_index=True, return_inverse=True)
    said = words[on]
    torn = np.flatnonzero(said != said[first][place])
    if torn.size:
        when = float(spikes.time[rows[on][torn[0]]])
        raise BadParameter(f"the spike at {when:.6g} s has two kinds in {path}; nothing was learned")
    return Said(each, said[first], int((~on).sum()))


def teach_kinds(
    recording: Recording, spikes: Spikes, said: Said, classifier: str = "waveform", **parameters: object
) -> Taught:
    """Fit a classifier to the windows around labelled spikes.

    Parameters
    ----------
    recording : Recording
    spikes : Spikes
    said : Said
        Of `read_words`.
    classifier : str
        A name of the classifiers' room.
    **parameters
        Of the classifier, by name.

    Raises
    ------
    BadParameter
        Fewer than two kinds, or fewer than two spikes of one.
    """
    one = api.channel_of(recording, spikes)
    fits = _have_room(spikes)[said.rows]
    kept = Said(said.rows[fits], said.words[fits], said.n_off)
    windows = _windows(one, spikes.take(kept.rows))
    classes, codes = np.unique(kept.words, return_inverse=True)
    labels = Labels.of(windows, codes, "hand", classes=classes.tolist())
    model = learning.train(windows, labels, classifier, **parameters)
    return Taught(dataclasses.replace(model, facts={**model.facts, AROUND: [BEFORE, AFTER]}), kept)


def apply_kinds(recording: Recording, kinds: Kinds, model: Model, said: Said | None = None) -> Kinds:
    """Name spikes by a model of windows around spikes; what a person said stays.

    Parameters
    ----------
    recording : Recording
    kinds : Kinds
        Of the rules; contexts and bursts stay.
    model : Model
        Of `teach_kinds`.
    said : Said, optional

    Returns
    -------
    Kinds
        With ``kind`` from the model and ``kind_probability``; a spike too near an edge has
        no kind.

    Raises
    ------
    RequestError
        The model is of windows of a grid, or of another sampling rate or unit.
    """
    if model.facts.get(AROUND) != [BEFORE, AFTER]:
        raise RequestError(
            "this model was not taught kinds of spikes: make one with `spikelens kinds --labels`"
        )
    spikes = kinds.spikes
    one = api.channel_of(recording, spikes)
    fits = np.flatnonzero(_have_room(spikes))
    kind = np.full(len(spikes), "", f"U{max(map(len, model.classes_))}")
    probability = np.full(len(spikes), np.nan, np.float32)
    if fits.size:
        told = model.predict(_windows(one, spikes.take(fits)))
        kind[fits], probability[fits] = told.names, told.probability
    if said is not None:
        kind[said.rows], probability[said.rows] = said.words, 1.0
    rules = {
        "kind": f"As {model.name} names it, taught by hand.",
        "kind_probability": "Estimated by that model; 1 where a person named it.",
    }
    named = spikes.with_columns({"kind": kind, "kind_probability": probability}, rules=rules)
    return dataclasses.replace(kinds, spikes=named, author=model.name)


def _have_room(spikes: Spikes) -> Bools:
    """Which spikes are far enough from walls for a window."""
    left, right = (round(t * spikes.sampling_rate) for t in (BEFORE, AFTER))
    held = spikes.stretches.at(spikes.sample_index)
    start = spikes.sample_index - left
    inside = (held >= 0) & (start >= spikes.stretches.start[held])
    return np.asarray(inside & (start + left + right <= spikes.stretches.stop[held]), np.bool_)


def _windows(recording: Recording, spikes: Spikes) -> Windows:
    return Windows.around(recording, spikes, before=BEFORE, after=AFTER)
