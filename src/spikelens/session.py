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
    """Everything said so far: a mark per spike, and the stretches left out."""

    marks: Mapping[int, Mark] = field(default_factory=dict)
    excluded: tuple[Excluded, ...] = ()

    def after(self, edits: Iterable[Edit]) -> State:
        """The state once `edits` are made, in their order.

        Raises
        ------
        BadParameter, UnknownName
            An edit that is none; nothing is changed then.
        """
        draft = _Draft(dict(self.marks), self.excluded)
        for edit in edits:
            _known(edit)(draft, edit)
        return State(draft.marks, draft.excluded)

    def inverse(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """The edits that bring this state back once `edits` are made."""
        back: list[dict[str, Any]] = []
        for spike in touched(edits):
            mark = self.marks.get(spike)
            back.append(
                {"do": "restore", "id": spike, "mark": None if mark is None else dataclasses.asdict(mark)}
            )
        if any(edit["do"] in _OF_STRETCHES for edit in edits):
            kept = [dataclasses.asdict(e) for e in self.excluded]
            back.append({"do": "restore_excluded", "excluded": kept})
        return back

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

    def set(self, spike: int, mark: Mark) -> None:
        """Replace one spike's mark; an empty one is dropped."""
        self.marks[spike] = mark
        if mark == Mark():
            del self.marks[spike]

    def say(self, edit: Edit, **said: Any) -> None:
        """Add to what is said of the spike that an edit is about."""
        spike = _whole(edit, "id")
        self.set(spike, dataclasses.replace(self.marks.get(spike, Mark()), **said))


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


def touched(edits: Iterable[Edit]) -> list[int]:
    """The spikes that edits are about, by id, each once."""
    return list(dict.fromkeys(int(edit["id"]) for edit in edits if "id" in edit))


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


_EDITS: dict[str, Callable[[_Draft, Edit], None]] = {
    "accept": _accept,
    "reject": _reject,
    "add": _add,
    "move": _move,
    "kind": _kind,
    "label": _label,
    "exclude": _exclude,
    "include": _include,
}
"""What people can do."""
_ALL = {**_EDITS, "restore": _restore, "restore_excluded": _restore_excluded}
_OF_STRETCHES = ("exclude", "include", "restore_excluded")


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


def _words(edit: Edit, name: str) -> str:
    value = edit.get(name) or ""
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise BadParameter(f"{name} must be one line of at most {_LONGEST} characters")
    return value
