"""The table of spikes as a person has corrected it.

Rows are everything the method looked at, accepted or not, and what the hand added. What
the hand touches is described and measured anew, together with its neighbours, as the
whole corrected table would be; so a table edited step by step equals one made at once.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.app.detection import Detected
from spikelens.app.placing import clipped, place
from spikelens.edits import Mark
from spikelens.measuring import measured
from spikelens.regrouping import NO_UNIT, Units, sorting_of
from spikelens.session import State
from spikelens.spikes import REQUIRED, Spikes
from spikelens.stretches import Stretches

Columns = dict[str, NDArray[Any]]
SAME = 5e-4
"""A mark belongs to the row that stands nearest, within this, s."""
SAID = ("id", "state", "author", "kind", "label", "by_method", "excluded")
"""Columns that the hand, or the method, says of a row."""
_CHUNK = 10.0
_BLANK: Mapping[str, object] = {"f": np.nan, "i": 0, "b": False, "U": "", "O": ""}
_NONE = {"unit_id": NO_UNIT, "runner_up": NO_UNIT}
"""Columns of whole numbers whose blank is not 0."""


class Review:
    """One detection with marks laid on it.

    Parameters
    ----------
    detected : Detected
    state : State
        What has been said so far.
    """

    def __init__(self, detected: Detected, state: State) -> None:
        self.detected = detected
        self.state = State()
        self._base = detected.spikes
        self._columns = _all_rows(detected.spikes)
        self._ids = _ids_of(self._columns["sample_index"])
        self.sorting = ""
        """Which sorting into units this is; empty for spikes that were not sorted."""
        if "unit_id" in self._columns:
            self.sorting = sorting_of(self._columns["sample_index"], self._columns["unit_id"])
        self._by_method = self._columns["verdict"] == "spike"
        self._added: dict[int, int] = {}
        """Sample of each row that only the hand knows, by id."""
        self._anew: dict[int, dict[str, Any]] = {}
        """What differs from the method's table, by id."""
        self._claim(state.marks)
        self._rows = {int(spike): row for row, spike in enumerate(self._ids)}
        self._lay(state, state.marks)

    def after(self, state: State, touched: Iterable[int]) -> tuple[Review, list[int]]:
        """The table in another state, and the ids of all rows that changed.

        Only what was said of the `touched` spikes may differ. This table stays as it is,
        for whoever is reading it.
        """
        other = copy.copy(self)
        other._added, other._anew = self._added.copy(), self._anew.copy()
        return other, other._lay(state, touched)

    def _lay(self, state: State, touched: Iterable[int]) -> list[int]:
        ids = list(touched)
        before = [self.sample_of(spike) for spike in ids]
        self.state = state
        for spike in ids:
            self._settle(spike, state.marks.get(spike, Mark()))
        self._place(ids)
        after = [self.sample_of(spike) for spike in ids]
        samples = np.unique(np.array([s for s in (*before, *after) if s is not None], np.int64))
        return list(dict.fromkeys([*ids, *self._measure_around(samples)]))

    def sample_of(self, spike: int) -> int | None:
        """Where a spike's peak stands now; None if there is no such row."""
        if spike in self._added:
            return self._added[spike]
        if spike not in self._rows:
            return None
        mark = self.state.marks.get(spike, Mark())
        return (
            int(self._columns["sample_index"][self._rows[spike]])
            if mark.sample_index is None
            else (mark.sample_index)
        )

    def at_sample(self, sample: int) -> int | None:
        """The spike whose peak stands at a sample."""
        near = [*self._ids[self._columns["sample_index"] == sample].tolist(), *self._added, *self.state.marks]
        return next((spike for spike in near if self.sample_of(spike) == sample), None)

    def table(self, ids: Iterable[int] | None = None, names: Iterable[str] | None = None) -> Columns:
        """Rows, all or those of `ids`, sorted by sample; all columns, or those of `names`.

        Returns
        -------
        dict of arrays
            The spikes' columns, and ``id``, ``state`` (accepted, rejected, added or
            candidate), ``author`` (method or person), ``kind`` (-1 for none), ``label``,
            ``by_method`` (whether the method accepts it) and ``excluded``.
        """
        wanted = None if ids is None else set(ids)
        known = slice(None) if wanted is None else self._known(wanted)
        added = [spike for spike in self._added if wanted is None or spike in wanted]
        spikes = np.concatenate([self._ids[known], np.array(added, np.int64)])
        chosen = set(self._columns) | set(SAID) if names is None else set(names)
        needed = [name for name in self._columns if name in chosen or name in ("sweep", "sample_index")]
        columns = {name: _longer(name, self._columns[name][known], len(added)) for name in needed}
        self._write_anew(columns, spikes)
        if "unit_id" in columns:
            columns["unit_id"] = self.units.applied(spikes, columns["unit_id"])
        if not chosen.isdisjoint(SAID):
            columns |= self._said(spikes, np.append(self._by_method[known], np.zeros(len(added), bool)))
            columns["excluded"] = self._outside(columns["sample_index"])
        shown = [name for name in columns if name in chosen]
        if not added and not any(map(self._is_moved, self.state.marks)):
            return {name: columns[name] for name in shown}
        order = np.lexsort((columns["sample_index"], columns["sweep"]))
        return {name: columns[name][order] for name in shown}

    def spikes(self) -> Spikes:
        """The spikes as corrected; the method's own table while nothing was said."""
        if self.state == State():
            return self._base
        table = self.table()
        rows = np.flatnonzero(_accepted(table) & ~table["excluded"])
        kept = {name: table[name][rows] for name in self._base.columns}
        kept |= {"verdict": np.full(rows.size, "spike"), "author": table["author"][rows]}
        if (table["kind"][rows] >= 0).any():
            kept["kind"] = _named(table["kind"][rows], self.state.kind_names, str)
        if self.units.names:
            kept["unit_name"] = _named(table["unit_id"][rows], self.units.names, lambda unit: "")
        if (table["label"][rows] != "").any():
            kept["label"] = table["label"][rows]
        return dataclasses.replace(self._base, columns=kept, stretches=self.observed(), candidates=None)

    @property
    def units(self) -> Units:
        """What was said of the units of this sorting."""
        return self.state.units.get(self.sorting, Units())

    def next_unit(self) -> int:
        """A number that no unit has, or had."""
        return self.units.next_number(self._columns["unit_id"])

    def peaks(self) -> NDArray[np.int64]:
        """Samples of the spikes as corrected, sorted."""
        table = self.table(names=("sample_index", "state", "excluded"))
        return np.sort(table["sample_index"][_accepted(table) & ~table["excluded"]])

    def observed(self) -> Stretches:
        """What was looked at, without the excluded stretches."""
        base, recording = self._base.stretches, self.detected.chosen.recording
        begins, ends = [0, *base.stop.tolist()], [*base.start.tolist(), recording.n_samples]
        walls = [*zip(begins, ends, strict=True), *((e.start, e.stop) for e in self.state.excluded)]
        return Stretches.between_walls(recording, np.array(walls, np.int64))

    def _claim(self, marks: Mapping[int, Mark]) -> None:
        """Give each mark the row it is about: the same sample, or the nearest free one."""
        reach = round(SAME * self._base.sampling_rate)
        free = ~np.isin(self._ids, np.array(list(marks), np.int64))
        for spike in marks:
            gaps = np.where(free, np.abs(self._ids - spike), reach + 1)
            if gaps.size and gaps.min() <= reach and spike not in self._ids:
                nearest = int(np.argmin(gaps))
                self._ids[nearest], free[nearest] = spike, False

    def _settle(self, spike: int, mark: Mark) -> None:
        """Give the hand's own spike a row, or take it away."""
        self._anew.pop(spike, None)
        if spike in self._rows:
            return
        self._added.pop(spike, None)
        if mark.state in ("accepted", "added"):
            self._added[spike] = spike if mark.sample_index is None else mark.sample_index

    def _place(self, ids: Iterable[int]) -> None:
        """Describe what the hand put where the method has nothing."""
        places = {s: self.sample_of(s) for s in ids if s in self._added or self._is_moved(s)}
        moved = {spike: sample for spike, sample in places.items() if sample is not None}
        samples = np.unique(np.array(list(moved.values()), np.int64))
        if not samples.size:
            return
        recording = self.detected.chosen.recording
        placed = place(recording, self._base.stretches, samples, self._base.provenance)
        for spike, sample in moved.items():
            row = int(np.searchsorted(samples, sample))
            self._anew[spike] = {name: placed[name][row] for name in REQUIRED}

    def _is_moved(self, spike: int) -> bool:
        return spike in self._rows and self.state.marks.get(spike, Mark()).sample_index is not None

    def _measure_around(self, samples: NDArray[np.int64]) -> list[int]:
        """Measure the spikes whose neighbours changed, and say which they are."""
        if not samples.size:
            return []
        rule = self.detected.rule
        if rule is None:
            return []
        margin = rule.margin(self._base.sampling_rate)
        reach = self.detected.chosen.recording.n_samples if margin is None else margin
        near = self._near(samples, 2 * reach)
        table = self.table(near)
        rows = np.flatnonzero(_accepted(table))
        if not rows.size:
            return []
        required = {name: table[name][rows] for name in REQUIRED}
        at = required["sample_index"]
        # What is measured for good stands at least `reach` from these ends.
        stretches = clipped(
            self._base.stretches, int(samples[0]) - 2 * reach, int(samples[-1]) + 2 * reach + 1
        )
        some = dataclasses.replace(self._base, columns=required, candidates=None, stretches=stretches)
        recording = self.detected.chosen.recording
        found = measured(recording, some, rule, round(_CHUNK * recording.sampling_rate))
        mine = np.flatnonzero(_gap(samples, at) <= reach)
        features = [name for name in found.columns if name not in REQUIRED]
        for k in mine:
            spike = int(table["id"][rows[k]])
            self._anew[spike] = {**self._anew.get(spike, {}), **{name: found[name][k] for name in features}}
        return [int(i) for i in table["id"][rows[mine]]]

    def _near(self, samples: NDArray[np.int64], reach: int) -> list[int]:
        known = self._ids[_gap(samples, self._columns["sample_index"]) <= reach].tolist()
        moved = [*self._added, *filter(self._is_moved, self.state.marks)]
        at = np.array([self.sample_of(s) for s in moved], np.int64)
        return [*known, *(s for s, close in zip(moved, _gap(samples, at) <= reach, strict=True) if close)]

    def _known(self, wanted: set[int]) -> NDArray[np.int64]:
        return np.array(sorted(self._rows[spike] for spike in wanted if spike in self._rows), np.int64)

    def _write_anew(self, columns: Columns, spikes: NDArray[np.int64]) -> None:
        if not self._anew:
            return
        for row in np.flatnonzero(np.isin(spikes, np.array(list(self._anew), np.int64))):
            for name, value in self._anew[int(spikes[row])].items():
                if name not in columns:
                    continue
                column = columns[name]
                if column.dtype.kind == "U" and len(str(value)) > column.dtype.itemsize // 4:
                    columns[name] = column = column.astype(f"U{len(str(value))}")
                column[row] = value

    def _said(self, spikes: NDArray[np.int64], by_method: NDArray[np.bool_]) -> Columns:
        n = spikes.size
        said: Columns = {
            "id": spikes,
            "state": np.where(by_method, "accepted", "candidate").astype("U9"),
            "author": np.full(n, "method"),
            "kind": np.full(n, -1, np.int32),
            "label": np.full(n, "", f"U{max([1, *(len(m.label or '') for m in self.state.marks.values())])}"),
            "by_method": by_method,
        }
        marked = np.flatnonzero(np.isin(spikes, np.array(list(self.state.marks), np.int64)))
        for row in marked:
            mark = self.state.marks[int(spikes[row])]
            said["author"][row] = "person"
            said["kind"][row] = -1 if mark.kind is None else mark.kind
            said["label"][row] = mark.label or ""
            if mark.state is not None:
                is_ours = int(spikes[row]) in self._added
                said["state"][row] = "added" if is_ours else mark.state.replace("added", "accepted")
        return said

    def _outside(self, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        out = np.zeros(at.size, bool)
        for stretch in self.state.excluded:
            out |= (at >= stretch.start) & (at < stretch.stop)
        return out


def _accepted(table: Columns) -> NDArray[np.bool_]:
    return np.isin(table["state"], ("accepted", "added"))


def _all_rows(spikes: Spikes) -> Columns:
    """Spikes and candidates in one table, one row per sample, the accepted one first."""
    tables = [spikes] if spikes.candidates is None else [spikes, spikes.candidates]
    columns = {name: np.concatenate([t[name] for t in tables]) for name in spikes.columns}
    if "unit_id" in columns:
        # Two neurons may fire at one sample.
        order = np.lexsort((columns["sample_index"], columns["sweep"]))
        return {name: column[order] for name, column in columns.items()}
    _, first = np.unique(columns["sample_index"], return_index=True)
    return {name: column[first] for name, column in columns.items()}


def _ids_of(samples: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sample of each row (they rise); where two share one, the later row takes the next that is free."""
    return np.maximum.accumulate(samples - np.arange(samples.size)) + np.arange(samples.size)


def _named(numbers: NDArray[Any], names: Mapping[int, str], otherwise: Callable[[int], str]) -> NDArray[Any]:
    """The name of each number; `otherwise` says it of those without one, nothing of those below 0."""
    known, place = np.unique(numbers, return_inverse=True)
    words = ["" if n < 0 else names.get(n, otherwise(n)) for n in known.tolist()]
    return np.array(words, "U")[place]


def _longer(name: str, column: NDArray[Any], n: int) -> NDArray[Any]:
    if not n:
        return column.copy()
    blank = np.full(n, _NONE.get(name, _BLANK.get(column.dtype.kind, 0))).astype(column.dtype)
    return np.concatenate([column, blank])


def _gap(samples: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far each of `at` is from the nearest of `samples` (sorted)."""
    place = np.searchsorted(samples, at)
    left = np.abs(at - samples[np.clip(place - 1, 0, samples.size - 1)])
    return np.asarray(np.minimum(left, np.abs(at - samples[np.clip(place, 0, samples.size - 1)])))
