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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spikelens.errors import BadParameter, RequestError, UnknownName
from spikelens.regrouping import Units, renamed

Edit = Mapping[str, Any]
MOST_KINDS = 99
_LONGEST = 200
"""Characters of a label or a reason."""


@dataclass(frozen=True)
class Mark:
    """What a person said of one spike; None where nothing was said."""

    state: str | None = None
    """``"accepted"``, ``"rejected"`` or ``"added"``."""
    sample_index: int | None = None
    """Where the peak was moved to."""
    kind: int | None = None
    label: str | None = None

    @property
    def is_spike(self) -> bool | None:
        """Whether the hand calls it a spike; a label counts before a state; None if neither says."""
        if self.label is not None:
            return meaning(self.label)
        return None if self.state is None else self.state != "rejected"


_MEANINGS = {"spike": True, "noise": False, "artefact": False, "synaptic": False, "none": False}
"""Labels that say whether something is a spike; others name classes."""


def meaning(label: str) -> bool | None:
    """Whether a label calls something a spike; None if it says neither."""
    return _MEANINGS.get(label)


@dataclass(frozen=True)
class Excluded:
    """Samples `start` to `stop` that a person does not trust, and why."""

    start: int
    stop: int
    reason: str = ""


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
        draft = _Draft(dict(self.marks), self.excluded, dict(self.kind_names), dict(self.units))
        for edit in edits:
            _known(edit)(draft, edit)
        return State(draft.marks, draft.excluded, draft.kind_names, draft.units)

    def inverse(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """The edits that bring this state back once `edits` are made."""
        back: list[dict[str, Any]] = []
        for spike in self.touched(edits):
            mark = self.marks.get(spike)
            back.append(
                {"do": "restore", "id": spike, "mark": None if mark is None else dataclasses.asdict(mark)}
            )
        if any(edit["do"] in _OF_STRETCHES for edit in edits):
            kept = [dataclasses.asdict(e) for e in self.excluded]
            back.append({"do": "restore_excluded", "excluded": kept})
        if any(edit["do"] in _OF_KINDS for edit in edits):
            back.append(
                {"do": "restore_kind_names", "names": [list(pair) for pair in self.kind_names.items()]}
            )
        for sorting in dict.fromkeys(edit["sorting"] for edit in edits if edit["do"] in _OF_UNITS):
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
        put = [spike for edit in edits for spike in _spikes_put(edit)]
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


@dataclass
class _Draft:
    """A state while edits are made to it; many at once copy nothing."""

    marks: dict[int, Mark]
    excluded: tuple[Excluded, ...]
    kind_names: dict[int, str]
    units: dict[str, Units]

    def set(self, spike: int, mark: Mark) -> None:
        """Replace one spike's mark; an empty one is dropped."""
        self.marks[spike] = mark
        if mark == Mark():
            del self.marks[spike]

    def say(self, edit: Edit, **said: Any) -> None:
        """Add to what is said of the spike that an edit is about."""
        spike = _whole(edit, "id")
        self.set(spike, dataclasses.replace(self.marks.get(spike, Mark()), **said))

    def regroup(self, edit: Edit, change: Callable[[Units], Units]) -> None:
        """Change what is said of a sorting's units; nothing said is no entry."""
        sorting = _words(edit, "sorting")
        after = change(self.units.pop(sorting, Units()))
        if after != Units():
            self.units[sorting] = after


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


def named(edits: Iterable[Edit]) -> list[int]:
    """The spikes that edits name, by id, each once; those of whole kinds and units they do not name."""
    ids = (spike for edit in edits for spike in ([edit["id"]] if "id" in edit else _spikes_put(edit)))
    return list(dict.fromkeys(ids))


def is_wide(edits: Iterable[Edit]) -> bool:
    """Whether edits are about kinds or units as wholes, so that many rows may differ."""
    return any(edit["do"] in (*_OF_KINDS, *_OF_UNITS) for edit in edits)


def _spikes_put(edit: Edit) -> list[int]:
    """The spikes that an edit puts into a unit, or back."""
    return [*edit.get("ids", ()), *(spike for spike, _ in edit.get("moved", ()))]


def _accept(draft: _Draft, edit: Edit) -> None:
    draft.say(edit, state="accepted")


def _reject(draft: _Draft, edit: Edit) -> None:
    draft.say(edit, state="rejected")


def _add(draft: _Draft, edit: Edit) -> None:
    draft.say(edit, state="added")


def _move(draft: _Draft, edit: Edit) -> None:
    draft.say(edit, sample_index=_whole(edit, "to"))


def _kind(draft: _Draft, edit: Edit) -> None:
    kind = None if edit.get("kind") is None else _whole(edit, "kind")
    if kind is not None and kind > MOST_KINDS:
        raise BadParameter(f"kind must be 0 to {MOST_KINDS}, not {kind}")
    draft.say(edit, kind=kind)


def _label(draft: _Draft, edit: Edit) -> None:
    draft.say(edit, label=_words(edit, "label") or None)


def _restore(draft: _Draft, edit: Edit) -> None:
    draft.set(_whole(edit, "id"), Mark(**(edit["mark"] or {})))


def _exclude(draft: _Draft, edit: Edit) -> None:
    stretch = Excluded(*_stretch(edit), _words(edit, "reason"))
    draft.excluded = tuple(sorted({*draft.excluded, stretch}, key=lambda e: (e.start, e.stop)))


def _include(draft: _Draft, edit: Edit) -> None:
    """Take a stretch in again; one that lies across it keeps what sticks out on either side."""
    start, stop = _stretch(edit)
    kept = []
    for e in draft.excluded:
        sides = ((e.start, min(e.stop, start)), (max(e.start, stop), e.stop))
        kept += [Excluded(low, high, e.reason) for low, high in sides if low < high]
    draft.excluded = tuple(kept)


def _restore_excluded(draft: _Draft, edit: Edit) -> None:
    draft.excluded = tuple(Excluded(**e) for e in edit["excluded"])


def _name_kind(draft: _Draft, edit: Edit) -> None:
    kind = _whole(edit, "kind")
    draft.kind_names = renamed(draft.kind_names, kind, _words(edit, "name"), "kind")


def _merge_kinds(draft: _Draft, edit: Edit) -> None:
    into = _whole(edit, "into")
    gone = set(_wholes(edit, "kinds")) - {into}
    if not gone or into > MOST_KINDS:
        raise BadParameter(f"merging needs a kind from 0 to {MOST_KINDS}, and another to be part of it")
    for spike, mark in draft.marks.items():
        if mark.kind in gone:
            draft.marks[spike] = dataclasses.replace(mark, kind=into)
    draft.kind_names = {kind: name for kind, name in draft.kind_names.items() if kind not in gone}


def _restore_kind_names(draft: _Draft, edit: Edit) -> None:
    draft.kind_names = dict(edit["names"])


def _unit(draft: _Draft, edit: Edit) -> None:
    spikes, unit = _wholes(edit, "ids"), _whole(edit, "unit")
    draft.regroup(edit, lambda units: units.with_spikes(spikes, unit))


def _name_unit(draft: _Draft, edit: Edit) -> None:
    unit, name = _whole(edit, "unit"), _words(edit, "name")
    draft.regroup(edit, lambda units: units.named(unit, name))


def _merge_units(draft: _Draft, edit: Edit) -> None:
    gone, into = _wholes(edit, "units"), _whole(edit, "into")
    draft.regroup(edit, lambda units: units.merged_into(gone, into))


def _restore_units(draft: _Draft, edit: Edit) -> None:
    draft.regroup(edit, lambda units: units.restored(edit["names"], edit["merged"], edit["moved"]))


_EDITS: dict[str, Callable[[_Draft, Edit], None]] = {
    "accept": _accept,
    "reject": _reject,
    "add": _add,
    "move": _move,
    "kind": _kind,
    "label": _label,
    "exclude": _exclude,
    "include": _include,
    "name_kind": _name_kind,
    "merge_kinds": _merge_kinds,
    "unit": _unit,
    "name_unit": _name_unit,
    "merge_units": _merge_units,
}
"""What people can do."""
_ALL = {
    **_EDITS,
    "restore": _restore,
    "restore_excluded": _restore_excluded,
    "restore_kind_names": _restore_kind_names,
    "restore_units": _restore_units,
}
_OF_STRETCHES = ("exclude", "include", "restore_excluded")
_OF_KINDS = ("name_kind", "merge_kinds", "restore_kind_names")
_OF_UNITS = ("unit", "name_unit", "merge_units", "restore_units")


def check_asked(edits: object) -> list[dict[str, Any]]:
    """Edits as a page asks for them; only those that people can do.

    Raises
    ------
    BadParameter, UnknownName
        They are no list of edits, or there is no such edit.
    """
    if not isinstance(edits, list) or not all(isinstance(edit, dict) for edit in edits):
        raise BadParameter("edits must be a list of objects, each with what to do")
    for edit in edits:
        if edit.get("do") not in _EDITS:
            raise UnknownName.among("edit", edit.get("do"), _EDITS)
    return edits


def _known(edit: Edit) -> Callable[[_Draft, Edit], None]:
    if edit.get("do") not in _ALL:
        raise UnknownName.among("edit", edit.get("do"), _ALL)
    return _ALL[edit["do"]]


def _stretch(edit: Edit) -> tuple[int, int]:
    start, stop = _whole(edit, "start"), _whole(edit, "stop")
    if start >= stop:
        raise BadParameter(f"a stretch from sample {start} to {stop} holds nothing")
    return start, stop


def _whole(edit: Edit, name: str) -> int:
    value = edit.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadParameter(f"{edit['do']} needs {name}, a whole number from 0, not {value!r}")
    return value


def _wholes(edit: Edit, name: str) -> list[int]:
    values = edit.get(name)
    if not isinstance(values, list) or not values:
        raise BadParameter(f"{edit['do']} needs {name}, a list of whole numbers, not {values!r}")
    return [_whole({"do": edit["do"], name: value}, name) for value in values]


def _words(edit: Edit, name: str) -> str:
    value = edit.get(name) or ""
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise BadParameter(f"{name} must be one line of at most {_LONGEST} characters")
    return value
