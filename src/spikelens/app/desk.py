"""One recording on the table: its session, its detection and the table as corrected.

Everything that changes goes through here, one change at a time: first to disk, then to
memory, then to the other windows.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spikelens.app.detection import GIVEN, Detected, Settings, detected
from spikelens.app.given import Brought
from spikelens.app.jobs import Job
from spikelens.app.placing import snapped
from spikelens.app.regrouping import GROUP_FIELDS, regrouped
from spikelens.app.review import Columns, Review
from spikelens.edits import Edit, check_asked, is_wide, named
from spikelens.errors import BadParameter, OutsideRecording, RequestError, SpikelensError, UnknownName
from spikelens.recording import Recording
from spikelens.session import Action, Log
from spikelens.sessionfiles import Overtaken, SessionFiles, folded
from spikelens.spikes import Spikes

_NOTHING = Brought()


class Stale(RequestError):
    """Another window was first; `revision` is the newest."""

    def __init__(self, revision: int) -> None:
        super().__init__("another window has changed the table; it has been brought up to date, try again")
        self.revision = revision


@dataclass(frozen=True)
class Changed:
    """What an action changed."""

    revision: int
    rows: Columns
    gone: list[int]
    about: list[int]
    """The spikes that the action was about, by id; others changed as their neighbours."""
    wide: Columns
    """Columns of the whole table that an action on kinds or units changed."""


class Desk:
    """Edits and detections of one recording, kept in its session.

    Parameters
    ----------
    recording : Recording
        With all channels.
    files : SessionFiles
    author : str
        Written beside each edit.
    brought : Brought
        What came with the recording.
    tell : callable
        Called with an event's name and data after each change.
    """

    def __init__(
        self,
        recording: Recording,
        files: SessionFiles,
        *,
        author: str = "",
        brought: Brought = _NOTHING,
        tell: Callable[[str, dict[str, Any]], None] = lambda event, data: None,
    ) -> None:
        self.recording, self.brought = recording, brought
        self.review: Review | None = None
        self.error = ""
        """Why nothing was detected."""
        self._refused: SpikelensError | None = None
        self._files, self._author, self._tell = files, author, tell
        self._lock = threading.RLock()
        self._actions = self._loaded()
        self.settings = brought.first(self._kept_settings(), is_new=self._files.detection is None)
        self._log = Log(revision=self._newest())

    @property
    def revision(self) -> int:
        """Counts every change; grows only."""
        return self._log.revision

    def summary(self) -> dict[str, Any]:
        """The session as pages see it."""
        reported = [*self._files.reported, *([str(self._refused)] if self._refused else [])]
        return {
            "revision": self.revision,
            "can_undo": bool(self._log.done),
            "can_redo": bool(self._log.undone),
            "reported": reported,
            "refused": self._refused is not None,
            "folder": self.folder.name,
        }

    def detect(self, settings: Settings, job: Job, *, keep: bool = True) -> dict[str, Any]:
        """Detect anew and lay the marks on the answer; `keep` it in the session."""
        try:
            found = self._found(self.located(settings), job)
        except SpikelensError as why:
            if self.review is None:
                self.error = str(why)
            raise
        with self._lock:
            job.advance(1, 1)  # Called off meanwhile, it must not take a newer table's place.
            self._adopt(found, settings)
            if keep:
                self._remember(settings)
            revision, spikes = self.revision, len(found.spikes)
        self._tell("revision", {"revision": revision, "by": ""})
        return {"revision": revision, "n": spikes}

    def edit(self, revision: object, edits: object, *, by: str = "") -> Changed:
        """Make edits that a page asks for; on disk before it returns.

        `by` tells windows which of them it was.

        Raises
        ------
        Stale
            The page's `revision` is not the newest.
        WriteFailed
            The disk refused; nothing is changed.
        """
        with self._lock:
            review = self._at(revision)
            resolved = [self._resolved(review, edit) for edit in check_asked(edits)]
            return self._commit(self._log.action(resolved, author=self._author, time=_now()), by)

    def undo(self, revision: object, *, by: str = "") -> Changed:
        """Take the last action back."""
        with self._lock:
            self._at(revision)
            return self._commit(self._log.undoing(author=self._author, time=_now()), by)

    def redo(self, revision: object, *, by: str = "") -> Changed:
        """Make the last undone action again."""
        with self._lock:
            self._at(revision)
            return self._commit(self._log.redoing(author=self._author, time=_now()), by)

    @property
    def folder(self) -> Path:
        """Where the session lies."""
        return self._files.folder

    def check_writable(self) -> None:
        """Raise why this session may not be written, if it may not."""
        if self._refused is not None:
            raise self._refused

    def located(self, settings: Settings) -> Settings:
        """The settings with a model's name made its path; models lie in the session's folder alone.

        Raises
        ------
        UnknownName
            There is no such model there, or no table that was found before.
        """
        if settings.method == GIVEN and self.brought.spikes is None:
            raise UnknownName("no table of spikes was given; start the viewer with --spikes")
        name = settings.parameters.get("model")
        if name is None:
            return settings
        known = sorted(path.name for path in self.folder.glob("*.spikemodel"))
        if name not in known:
            raise UnknownName.among("model of this session", name, known)
        located = {**settings.parameters, "model": str(self.folder / str(name))}
        return dataclasses.replace(settings, parameters=located)

    def seen(self) -> tuple[int, Review | None]:
        """The revision and the table that belongs to it."""
        with self._lock:
            return self.revision, self.review

    def signed(self, spikes: Spikes) -> Spikes:
        """A table of this desk, with every action on its channel in its provenance."""
        with self._lock:
            mine = [a for a in self._actions if a.channel == self._log.channel]
        edits = tuple(dataclasses.asdict(action) for action in mine)
        return dataclasses.replace(spikes, provenance=dataclasses.replace(spikes.provenance, edits=edits))

    def _found(self, settings: Settings, job: Job) -> Detected:
        given = self.brought.spikes
        if settings.method == GIVEN and given is not None:
            return given.detected(self.recording, settings)
        return detected(self.recording, settings, probe=self.brought.probe, progress=job.advance)

    def _at(self, revision: object) -> Review:
        self.check_writable()
        if self.review is None:
            raise RequestError(self.error or "spikes are still being found; try again when they are there")
        if revision != self.revision:
            raise Stale(self.revision)
        return self.review

    def _commit(self, action: Action, by: str) -> Changed:
        assert self.review is not None
        log = self._log.with_action(action)
        review, ids = self.review.after(log.state, self._log.state.touched(action.edits))
        try:
            self._files.append(action)
        except Overtaken:
            self._reload(self.review.detected)
            raise Stale(self.revision) from None
        self._actions.append(action)
        self._log, self.review = log, review
        self._tell("revision", {"revision": self.revision, "by": by})
        about = named(action.edits)
        if is_wide((*action.edits, *action.inverse)):
            names = ("id", "kind", *(["unit_id"] if review.sorting else []))
            return Changed(self.revision, {}, [], about, review.table(names=names))
        rows = review.table(ids)
        here = set(rows["id"].tolist())
        return Changed(self.revision, rows, [spike for spike in ids if spike not in here], about, {})

    def _reload(self, found: Detected) -> None:
        """Take in what another server wrote to this session."""
        self._actions = self._files.load()
        log, _ = folded(self._actions, self._log.channel)
        self._log = dataclasses.replace(log, revision=self._newest())
        self.review = Review(found, log.state)

    def _resolved(self, review: Review, edit: Mapping[str, Any]) -> Edit:
        """An edit with samples snapped to peaks, about a row there is."""
        what = edit["do"]
        if what == "add":
            return self._added(review, edit)
        if what in ("exclude", "include"):
            return _within(edit, self.recording.n_samples)
        if what in GROUP_FIELDS:
            return regrouped(review, edit)
        if not isinstance(edit.get("id"), int) or review.sample_of(edit["id"]) is None:
            raise UnknownName(f"no spike {edit.get('id')!r}; it may have been taken away in another window")
        kept = {"do": what, "id": edit["id"]}
        if what == "move":
            return kept | {"to": self._place_of_move(review, edit)}
        return kept | {name: edit[name] for name in ("kind", "label") if name in edit}

    def _added(self, review: Review, edit: Mapping[str, Any]) -> Edit:
        at = self._snapped(review, edit.get("sample_index"))
        there = review.at_sample(at)
        return {"do": "add", "id": at} if there is None else {"do": "accept", "id": there}

    def _place_of_move(self, review: Review, edit: Mapping[str, Any]) -> int:
        to = edit.get("to")
        at = self._inside(to) if edit.get("exact") is True else self._snapped(review, to)
        there = review.at_sample(at)
        if there not in (None, edit["id"]) and at in review.peaks():
            raise BadParameter(f"another spike stands at sample {at}; reject one of the two instead")
        return at

    def _inside(self, sample: object) -> int:
        if isinstance(sample, bool) or not isinstance(sample, int):
            raise BadParameter(f"a place must be a whole sample number, not {sample!r}")
        if not 0 <= sample < self.recording.n_samples:
            raise OutsideRecording(f"sample {sample} is not within 0 to {self.recording.n_samples}")
        return sample

    def _snapped(self, review: Review, place: object) -> int:
        sample = self._inside(place)
        one, made = review.detected.chosen.recording, review.detected.spikes.provenance
        return snapped(one, review.detected.spikes.stretches, sample, made.polarity)

    def _adopt(self, found: Detected, settings: Settings) -> None:
        revision = self.revision + (self.review is not None)
        log, senseless = folded(self._actions, found.chosen.recording.channels[0].index or 0)
        if senseless:
            self._files.reported.append(f"{senseless} edits of the session make no sense and are left out")
        self._log = dataclasses.replace(log, revision=revision)
        self.review = Review(found, log.state)
        self.settings, self.error = settings, ""

    def _remember(self, settings: Settings) -> None:
        if self._refused is not None:
            return
        self._files.detection = {**settings.document(), "revision": self.revision}
        try:
            self._files.write_header()
        except SpikelensError as why:
            # What was found is shown all the same; the page says that it will not be kept.
            self._files.reported.append(str(why))

    def _loaded(self) -> list[Action]:
        try:
            return self._files.load()
        except SpikelensError as why:
            self._refused = why
            return []

    def _kept_settings(self) -> Settings:
        kept = dict(self._files.detection or {})
        try:
            asked = Settings.asked(kept, self.recording)
            return self.located(asked) if asked.method == GIVEN else asked
        except SpikelensError as why:
            self._files.reported.append(f"the session's detection cannot be made again: {why}")
            return Settings()

    def _newest(self) -> int:
        kept = (self._files.detection or {}).get("revision", 0)
        return max([int(kept), *(action.revision for action in self._actions)])


def _within(edit: Mapping[str, Any], n_samples: int) -> Edit:
    bounds = {name: edit.get(name) for name in ("start", "stop")}
    for name, value in bounds.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadParameter(f"{edit['do']} needs {name}, a whole sample number, not {value!r}")
        bounds[name] = min(max(value, 0), n_samples)
    return {"do": edit["do"], **bounds, "reason": edit.get("reason", "")}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
