"""What a person said of a recording's spikes: a fold over a log of actions.

An action is one or more edits made at once, as by a lasso; each carries its inverse, so
that undoing is one more action and the log only grows. Marks are kept per spike, by the
sample at which it was first seen: they hold for whatever a detector finds there.

>>> log = Log()
>>> log = log.with_action(log.action([{"do": "reject", "id": 120}], author="me", time="now"))
>>> log.state.marks[120].state
'rejected'
>>> log.with_action(log.undoing(author="me", time="now")).state.marks
{}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spikelens.edits import (
    OF_KINDS,
    OF_STRETCHES,
    OF_UNITS,
    Draft,
    Edit,
    Excluded,
    Mark,
    make_edit,
    spikes_put,
)
from spikelens.errors import BadParameter, RequestError
from spikelens.regrouping import Units


@dataclass(frozen=True)
class State:
    """Everything said so far: a mark per spike, the stretches left out, and what was said of groups."""

    marks: Mapping[int, Mark] = field(default_factory=dict)
    excluded: tuple[Excluded, ...] = ()
    kind_names: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[str, Units] = field(default_factory=dict)
    """What was said of the units of each sorting."""

    def after(self, edits: Iterable[Edit]) -> State:
        """The state once `edits` are made, in their order.

        Raises
        ------
        BadParameter, UnknownName
            An edit that is none; nothing is changed then.
        """
        draft = Draft(dict(self.marks), self.excluded, dict(self.kind_names), dict(self.units))
        for edit in edits:
            make_edit(draft, edit)
        return State(draft.marks, draft.excluded, draft.kind_names, draft.units)

    def inverse(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """The edits that bring this state back once `edits` are made."""
        back: list[dict[str, Any]] = []
        for spike in self.touched(edits):
            mark = self.marks.get(spike)
            back.append(
                {"do": "restore", "id": spike, "mark": None if mark is None else dataclasses.asdict(mark)}
            )
        if any(edit["do"] in OF_STRETCHES for edit in edits):
            kept = [dataclasses.asdict(e) for e in self.excluded]
            back.append({"do": "restore_excluded", "excluded": kept})
        if any(edit["do"] in OF_KINDS for edit in edits):
            back.append(
                {"do": "restore_kind_names", "names": [list(pair) for pair in self.kind_names.items()]}
            )
        for sorting in dict.fromkeys(edit["sorting"] for edit in edits if edit["do"] in OF_UNITS):
            mine = [edit for edit in edits if edit.get("sorting") == sorting]
            back.append(self._back_to_units(sorting, mine))
        return back

    def touched(self, edits: Iterable[Edit]) -> list[int]:
        """The spikes whose marks `edits` change, by id, each once."""
        edits = list(edits)
        gone = {kind for edit in edits if edit["do"] == "merge_kinds" for kind in edit["kinds"]}
        of_kinds = [spike for spike, mark in self.marks.items() if mark.kind in gone] if gone else []
        return list(dict.fromkeys([*(int(edit["id"]) for edit in edits if "id" in edit), *of_kinds]))

    def _back_to_units(self, sorting: str, edits: Sequence[Edit]) -> dict[str, Any]:
        units = self.units.get(sorting, Units())
        gone = {unit for edit in edits for unit in edit.get("units", ())}
        put = [spike for edit in edits for spike in spikes_put(edit)]
        of_gone = [spike for spike, unit in units.moved.items() if unit in gone]
        document = units.document(dict.fromkeys([*put, *of_gone]))
        return {"do": "restore_units", "sorting": sorting, **document}

    def verdicts(self) -> tuple[list[int], list[int]]:
        """Samples of what the hand calls spikes, and of what it calls none."""
        said: tuple[list[int], list[int]] = ([], [])
        for spike, mark in self.marks.items():
            if mark.is_spike is not None:
                said[0 if mark.is_spike else 1].append(
                    spike if mark.sample_index is None else mark.sample_index
                )
        return said


@dataclass(frozen=True)
class Action:
    """One line of the log."""

    revision: int
    author: str
    time: str
    channel: int
    edits: Sequence[Edit]
    inverse: Sequence[Edit]
    undoes: int | None = None
    """The revision that this one takes back."""
    redoes: int | None = None
    """The undone revision that this one makes again."""


@dataclass(frozen=True)
class Log:
    """All actions on one channel, and what they come to."""

    state: State = field(default_factory=State)
    revision: int = 0
    channel: int = 0
    done: tuple[Action, ...] = ()
    """What can be undone, the last one first to go."""
    undone: tuple[Action, ...] = ()

    def with_action(self, action: Action) -> Log:
        """The log with one more action."""
        done, undone = self.done, self.undone
        if action.undoes is not None:
            done, undone = done[:-1], (*undone, *done[-1:])
        elif action.redoes is not None:
            done, undone = (*done, dataclasses.replace(action, redoes=None)), undone[:-1]
        else:
            done, undone = (*done, action), ()
        after = self.state.after(action.edits)
        return Log(after, action.revision, self.channel, done, undone)

    def action(self, edits: Sequence[Edit], *, author: str, time: str) -> Action:
        """The next action, with its inverse; checks the edits."""
        if not edits:
            raise BadParameter("an action needs at least one edit")
        self.state.after(edits)
        back = self.state.inverse(edits)
        return Action(self.revision + 1, author, time, self.channel, tuple(edits), tuple(back))

    def undoing(self, *, author: str, time: str) -> Action:
        """The action that takes the last one back."""
        if not self.done:
            raise RequestError("there is nothing to undo")
        last = self.done[-1]
        return Action(
            self.revision + 1, author, time, self.channel, last.inverse, last.edits, undoes=last.revision
        )

    def redoing(self, *, author: str, time: str) -> Action:
        """The action that makes the last undone one again."""
        if not self.undone:
            raise RequestError("there is nothing to redo")
        last = self.undone[-1]
        back = tuple(self.state.inverse(last.edits))
        return Action(self.revision + 1, author, time, self.channel, last.edits, back, redoes=last.revision)
