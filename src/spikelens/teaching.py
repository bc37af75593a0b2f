"""Teach the default detector with labels of one recording."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from spikelens.choosing import Chosen
from spikelens.detecting import Search
from spikelens.detectors import Columns
from spikelens.detectors._taught import Taught, save_taught, taught_by
from spikelens.detectors.adaptive import Adaptive
from spikelens.errors import BadParameter, RequestError, UnknownName, UnreadableFile
from spikelens.labelfiles import OPEN, read_table, times_of
from spikelens.labelfiles import read_labels as read_items
from spikelens.missing import missing_runs, missing_walls
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.stretches import Stretches

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-3
"""A label of a time belongs to the candidate that stands nearest, within this, s."""
REDATED = 2e-4
"""A second look dates spikes by what is usual in all that it accepts, which labels change by so little, s."""
FINGERPRINT = "recording_fingerprint"
"""Column of a table of labels that says of which recording they are."""
SPREAD = 3
"""Of so many questions one is spread over all probabilities."""
_CHUNK = 10.0
YES = ("spike", "1", "true", "yes")
NO = ("noise", "0", "false", "no", "none", "artefact", "synaptic", "too_small")
"""Words for a spike, and for none."""


@dataclass(frozen=True)
class Said:
    """What a person said of places in a recording; columns of equal length.

    Parameters
    ----------
    start, stop : int64 array, (n_labels,)
        The samples each label covers.
    is_spike : bool array, (n_labels,)
    of_times : bool
        A label is of the candidate nearest to its middle; else of the likeliest it covers,
        as for windows.
    """

    start: Ints
    stop: Ints
    is_spike: Bools
    of_times: bool = True

    @classmethod
    def at(cls, recording: Recording, time: Floats, is_spike: Bools) -> Self:
        """Labels of times, s on the recording's clock."""
        reach = max(1, round(TOLERANCE * recording.sampling_rate))
        middle = recording.sample_at(time)
        # A time at which nothing was recorded is of no sample.
        there = recording.is_recorded(time)
        stop = np.where(there, middle + reach + 1, middle - reach)
        return cls(middle - reach, stop, np.asarray(is_spike, np.bool_))

    def __len__(self) -> int:
        return self.is_spike.size


@dataclass(frozen=True)
class Lesson:
    """What labels taught, and which candidates they were of."""

    taught: Taught
    sample_index: Ints
    """Of each candidate that was labelled, sorted."""
    is_spike: Bools
    n_off: int
    """Labels that lie on no candidate, and taught nothing."""

    def n_followed(self, spikes: Spikes) -> int:
        """How many of the labelled candidates came out as labelled."""
        reach = 0 if self.taught.clock == 1 else round(REDATED * spikes.sampling_rate)
        found = np.sort(spikes.sample_index)
        first = np.searchsorted(found, self.sample_index - reach)
        last = np.searchsorted(found, self.sample_index + reach, side="right")
        return int(((last > first) == self.is_spike).sum())


def read_said(path: str | Path, recording: Recording) -> Said:
    """Read labels of a recording from a CSV: of times, or of windows and spikes.

    Of times: the columns ``time`` (s on the recording's clock) and ``label``. Of items: the
    columns that `spikelens label` writes. A label is one of `YES` or `NO`; rows with one of
    `OPEN` are left out.

    Raises
    ------
    UnreadableFile
        It cannot be read, or lacks a column.
    UnknownName
        A label that is none of those words.
    RequestError, OutsideRecording
        The labels are of another recording, as far as the file lets that be known.
    """
    path = Path(path)
    table = read_table(path)
    if "first_sample" in table:
        items = read_items(path)
        items.check_recording(recording)
        known, is_spike = _understood(items.names)
        start = items.first_sample[known]
        return Said(start, start + items.n_samples[known], is_spike, of_times=False)
    if "time" not in table or "label" not in table:
        raise UnreadableFile(
            f"cannot read labels from {path}: it needs the columns time,label, and has"
            f" {', '.join(map(str, table.columns))}"
        )
    _check_recording(table, recording)
    known, is_spike = _understood(table["label"].to_numpy(str))
    return Said.at(recording, times_of(path, table)[known], is_spike)


def mark_of(recording: Recording) -> str:
    """What tells a recording from others in a table; a spreadsheet does not take it for a number."""
    return f"sha256:{recording.fingerprint[:16]}" if recording.fingerprint else ""


def _check_recording(table: pd.DataFrame, recording: Recording) -> None:
    marks = set(table[FINGERPRINT]) - {""} if FINGERPRINT in table else set()
    if recording.fingerprint and marks - {mark_of(recording)}:
        raise RequestError(f"these labels were made on another recording than {recording.name}")


def _understood(words: Sequence[str] | NDArray[np.str_]) -> tuple[Bools, Bools]:
    """Which words say something, and which of those say spike."""
    plain = np.array([str(word).strip().lower().replace(" ", "_") for word in words], dtype=str)
    unknown = ~np.isin(plain, YES + NO + OPEN)
    if unknown.any():
        raise UnknownName.among("label", np.asarray(words)[unknown][0], ["spike", *NO, *OPEN[1:-1]])
    known = ~np.isin(plain, OPEN)
    return known, np.isin(plain[known], YES)


def teach(
    chosen: Chosen,
    said: Said,
    *,
    detector: Adaptive | None = None,
    stretches: Stretches | None = None,
    polarity: int | None = None,
) -> Lesson:
    """Refine the default detector by labels of this recording.

    Parameters
    ----------
    chosen : Chosen
        The channel that was labelled.
    said : Said
    detector : Adaptive, optional
        What is refined; one without a ``model`` of its own.
    stretches : Stretches, optional
        Where candidates are sought; wherever there are samples by default.
    polarity : int, optional
        Which way spikes point; that of `chosen` by default.

    Returns
    -------
    Lesson
        ``Adaptive().refined(lesson.taught, name)`` applies it.

    Raises
    ------
    BadParameter
        Fewer than 10 labels lie on candidates, or fewer than 2 of one class; or two labels
        of one candidate contradict each other. Nothing is learned then.
    """
    detector = Adaptive() if detector is None else detector
    if detector.model is not None:
        raise BadParameter("what labels taught once is not refined by others; put all labels into one file")
    table, contexts, clock = _candidates(chosen, detector, stretches, polarity or chosen.polarity)
    at = _matched(said, table)
    rows, is_spike = _agreed(chosen.recording, table["sample_index"], at[at >= 0], said.is_spike[at >= 0])
    n_off = int((at < 0).sum())
    try:
        taught = taught_by(contexts[rows], table["_odds"][rows], is_spike)
    except BadParameter as why:
        off = f" ({n_off} of {len(said)} labels lie on no candidate)" if n_off else ""
        raise BadParameter(f"{why}{off}") from None
    taught = dataclasses.replace(taught, clock=clock)
    return Lesson(taught, table["sample_index"][rows], is_spike, n_off)


def save_lesson(path: str | Path, lesson: Lesson, recording: Recording) -> None:
    """Write what labels taught as a ``.spikemodel``, which ``find --model`` applies."""
    facts: dict[str, Any] = {"from": recording.name, "fingerprint": recording.fingerprint}
    save_taught(Path(path), lesson.taught, facts)


def to_ask(spikes: Spikes, n: int = 20) -> list[tuple[Spikes, int]]:
    """The spikes and rejected candidates whose labels would teach most, the most uncertain first.

    Where a detector is mistaken about a whole cell, all that it is unsure of may be of one
    class; so every third question is one of an even spread from likely to unlikely.

    Parameters
    ----------
    spikes : Spikes
        Of a detector that gives probabilities.
    n : int
        How many at most.

    Returns
    -------
    list of (table, row)
        The table is `spikes` or its candidates.
    """
    tables = [spikes] if spikes.candidates is None else [spikes, spikes.candidates]
    rows = [(table, row) for table in tables for row in range(len(table))]
    probability = np.concatenate([table.probability for table in tables]).astype(np.float64)
    given = np.flatnonzero(np.isfinite(probability))
    by_rank = given[np.argsort(probability[given], kind="stable")]
    places = np.linspace(0, by_rank.size - 1, min(n // SPREAD, by_rank.size) + 2)[1:-1]
    spread = by_rank[np.unique(places.astype(int))]
    by_doubt = given[np.argsort(np.abs(probability[given] - 0.5), kind="stable")]
    unsure = by_doubt[~np.isin(by_doubt, spread)][: n - spread.size]
    after = np.minimum(np.arange(1, spread.size + 1) * (SPREAD - 1), unsure.size)
    return [rows[k] for k in np.insert(unsure, after, spread)]


def _candidates(
    chosen: Chosen, detector: Adaptive, stretches: Stretches | None, polarity: int
) -> tuple[Columns, NDArray[np.float32], float]:
    """The joined and picked table in order, each candidate's context, and the clock both are by."""
    recording = chosen.recording
    if stretches is None:
        stretches = Stretches.between_walls(recording, missing_walls(recording, missing_runs(recording)))
    search = Search(recording, None, detector, stretches, round(_CHUNK * recording.sampling_rate))
    # The look that stands is taken once more, for what it worked with.
    stands = search.one_way(polarity).detector
    assert isinstance(stands, Adaptive)
    answer = dataclasses.replace(search, detector=stands).first_look(polarity)
    if answer.table is None:
        raise BadParameter(f"{recording.name} has no candidate that could be labelled; nothing was applied")
    parts = stands.contexts(answer.table, answer.survey, recording.sampling_rate)
    rows = np.concatenate([rows for _, rows in parts])
    # A second look may move one candidate past another.
    order = np.argsort(answer.table["sample_index"], kind="stable")
    return {name: column[order] for name, column in answer.table.items()}, rows[order], stands.clock


def _matched(said: Said, table: Columns) -> Ints:
    """The row of the candidate that each label is of; -1 where there is none."""
    at, odds = table["sample_index"], table["_odds"]
    low, high = np.searchsorted(at, said.start), np.searchsorted(at, said.stop)
    rows = np.full(len(said), -1, np.int64)
    for k in np.flatnonzero(high > low):
        inside = slice(low[k], high[k])
        middle = (said.start[k] + said.stop[k] - 1) / 2
        fitness = -np.abs(at[inside] - middle) if said.of_times else odds[inside]
        rows[k] = low[k] + int(np.argmax(fitness))
    return rows


def _agreed(recording: Recording, sample_index: Ints, rows: Ints, is_spike: Bools) -> tuple[Ints, Bools]:
    """Each labelled candidate once, with its label."""
    each, place = np.unique(rows, return_inverse=True)
    yes, no = (
        np.bincount(place[is_spike], minlength=each.size),
        np.bincount(place[~is_spike], minlength=each.size),
    )
    torn = np.flatnonzero((yes > 0) & (no > 0))
    if torn.size:
        when = float(recording.time_of(int(sample_index[each[torn[0]]])))
        raise BadParameter(
            f"{torn.size} candidates, the first at {when:.6g} s, are labelled both as a spike and as none;"
            " nothing was applied"
        )
    return each, yes > 0
