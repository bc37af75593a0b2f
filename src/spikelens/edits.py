"""What a person may say of a recording's spikes, one edit at a time, and what each does.

An edit is a record as pages send it and as logs keep it: ``do`` says what, and the rest of
its fields about what. Those called ``restore`` bring back what was before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spikelens.errors import BadParameter, UnknownName
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


@dataclass
class Draft:
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


def named(edits: Iterable[Edit]) -> list[int]:
    """The spikes that edits name, by id, each once; those of whole kinds and units they do not name."""
    ids = (spike for edit in edits for spike in ([edit["id"]] if "id" in edit else spikes_put(edit)))
    return list(dict.fromkeys(ids))


def is_wide(edits: Iterable[Edit]) -> bool:
    """Whether edits are about kinds or units as wholes, so that many rows may differ."""
    return any(edit["do"] in (*OF_KINDS, *OF_UNITS) for edit in edits)


def spikes_put(edit: Edit) -> list[int]:
    """The spikes that an edit puts into a unit, or back."""
    return [*edit.get("ids", ()), *(spike for spike, _ in edit.get("moved", ()))]


def _accept(draft: Draft, edit: Edit) -> None:
    draft.say(edit, state="accepted")


def _reject(draft: Draft, edit: Edit) -> None:
    draft.say(edit, state="rejected")


def _add(draft: Draft, edit: Edit) -> None:
    draft.say(edit, state="added")


def _move(draft: Draft, edit: Edit) -> None:
    draft.say(edit, sample_index=_whole(edit, "to"))


def _kind(draft: Draft, edit: Edit) -> None:
    kind = None if edit.get("kind") is None else _whole(edit, "kind")
    if kind is not None and kind > MOST_KINDS:
        raise BadParameter(f"kind must be 0 to {MOST_KINDS}, not {kind}")
    draft.say(edit, kind=kind)


def _label(draft: Draft, edit: Edit) -> None:
    draft.say(edit, label=_words(edit, "label") or None)


def _restore(draft: Draft, edit: Edit) -> None:
    draft.set(_whole(edit, "id"), Mark(**(edit["mark"] or {})))


def _exclude(draft: Draft, edit: Edit) -> None:
    stretch = Excluded(*_stretch(edit), _words(edit, "reason"))
    draft.excluded = tuple(sorted({*draft.excluded, stretch}, key=lambda e: (e.start, e.stop)))


def _include(draft: Draft, edit: Edit) -> None:
    """Take a stretch in again; one that lies across it keeps what sticks out on either side."""
    start, stop = _stretch(edit)
    kept = []
    for e in draft.excluded:
        sides = ((e.start, min(e.stop, start)), (max(e.start, stop), e.stop))
        kept += [Excluded(low, high, e.reason) for low, high in sides if low < high]
    draft.excluded = tuple(kept)


def _restore_excluded(draft: Draft, edit: Edit) -> None:
    draft.excluded = tuple(Excluded(**e) for e in edit["excluded"])


def _name_kind(draft: Draft, edit: Edit) -> None:
    kind = _whole(edit, "kind")
    draft.kind_names = renamed(draft.kind_names, kind, _words(edit, "name"), "kind")


def _merge_kinds(draft: Draft, edit: Edit) -> None:
    into = _whole(edit, "into")
    gone = set(_wholes(edit, "kinds")) - {into}
    if not gone or into > MOST_KINDS:
        raise BadParameter(f"merging needs a kind from 0 to {MOST_KINDS}, and another to be part of it")
    for spike, mark in draft.marks.items():
        if mark.kind in gone:
            draft.marks[spike] = dataclasses.replace(mark, kind=into)
    draft.kind_names = {kind: name for kind, name in draft.kind_names.items() if kind not in gone}


def _restore_kind_names(draft: Draft, edit: Edit) -> None:
    draft.kind_names = dict(edit["names"])


def _unit(draft: Draft, edit: Edit) -> None:
    spikes, unit = _wholes(edit, "ids"), _whole(edit, "unit")
    draft.regroup(edit, lambda units: units.with_spikes(spikes, unit))


def _name_unit(draft: Draft, edit: Edit) -> None:
    unit, name = _whole(edit, "unit"), _words(edit, "name")
    draft.regroup(edit, lambda units: units.named(unit, name))


def _merge_units(draft: Draft, edit: Edit) -> None:
    gone, into = _wholes(edit, "units"), _whole(edit, "into")
    draft.regroup(edit, lambda units: units.merged_into(gone, into))


def _restore_units(draft: Draft, edit: Edit) -> None:
    draft.regroup(edit, lambda units: units.restored(edit["names"], edit["merged"], edit["moved"]))


_EDITS: dict[str, Callable[[Draft, Edit], None]] = {
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
OF_STRETCHES = ("exclude", "include", "restore_excluded")
OF_KINDS = ("name_kind", "merge_kinds", "restore_kind_names")
OF_UNITS = ("unit", "name_unit", "merge_units", "restore_units")


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


def make_edit(draft: Draft, edit: Edit) -> None:
    """Make one edit to a draft.

    Raises
    ------
    BadParameter, UnknownName
        An edit that is none; nothing is changed then.
    """
    if edit.get("do") not in _ALL:
        raise UnknownName.among("edit", edit.get("do"), _ALL)
    _ALL[edit["do"]](draft, edit)


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
