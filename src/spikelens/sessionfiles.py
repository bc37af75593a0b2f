"""A session on disk: what it is of, and a log to which each action is one line.

``session.json`` is replaced whole; ``edits.jsonl`` only grows, and a line is on disk
before its action counts. So nothing that was acknowledged is lost, whatever is killed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spikelens.errors import OutputExists, RequestError, SpikelensError, UnreadableFile, WriteFailed
from spikelens.files import flush_folder, write_json
from spikelens.session import Action, Log
from spikelens.version import VERSION

HEADER, EDITS = "session.json", "edits.jsonl"
_ELSEWHERE = "keep sessions elsewhere with --sessions"


class Overtaken(RequestError):
    """Another server has written to this session; load it again."""


@dataclass(frozen=True)
class Identity:
    """Which recording a session is of."""

    name: str
    fingerprint: str


@dataclass
class SessionFiles:
    """The folder of one session, and how far it has been read.

    Nothing is written before the first edit or detection, so looking leaves no trace.
    """

    folder: Path
    identity: Identity
    reported: list[str] = field(default_factory=list)
    """What was not as it should be, for people."""
    detection: dict[str, Any] | None = None
    """The last detection asked for: method, parameters, channel, mode, polarity, revision."""
    _size: int = 0
    """Bytes of the log's whole lines."""
    _torn: int = 0
    """Bytes after them of a line that was cut off."""

    def load(self) -> list[Action]:
        """All actions there are; says in `reported` what could not be read.

        Raises
        ------
        OutputExists
            The folder holds another recording's session.
        UnreadableFile
            The header is damaged, or the system refuses.
        """
        self.reported.clear()
        self._load_header()
        try:
            data = self._log.read_bytes() if self._log.exists() else b""
        except OSError as why:
            raise UnreadableFile(f"cannot read {self._log}: {why.strerror or why}") from why
        return self._actions(data)

    def append(self, action: Action) -> None:
        """Write one action and have it on disk.

        Raises
        ------
        WriteFailed
            The disk is full or refuses; the log is as it was before.
        Overtaken
            Another server has written to this session.
        """
        if not (self.folder / HEADER).exists():
            try:
                self.write_header()
            except WriteFailed as why:
                raise WriteFailed(f"{why}; nothing was changed; {_ELSEWHERE}") from why
        line = json.dumps(dataclasses.asdict(action), separators=(",", ":"), allow_nan=False) + "\n"
        try:
            self._append(line.encode())
        except OSError as why:
            raise WriteFailed(
                f"cannot keep the edit in {self._log}: {why.strerror or why}; nothing was changed;"
                f" {_ELSEWHERE}"
            ) from why

    def write_header(self) -> None:
        """Write ``session.json`` anew."""
        document = {
            "kind": "spikelens session",
            "version": VERSION,
            **dataclasses.asdict(self.identity),
            "detection": self.detection,
        }
        write_json(self.folder / HEADER, document)

    @property
    def _log(self) -> Path:
        return self.folder / EDITS

    def _append(self, line: bytes) -> None:
        handle = os.open(self._log, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            _lock(handle)
            if os.fstat(handle).st_size != self._size + self._torn:
                raise Overtaken(f"another server has written to {self.folder.name}")
            os.ftruncate(handle, self._size)
            self._torn = 0
            os.lseek(handle, self._size, os.SEEK_SET)
            try:
                _write_all(handle, line)
                os.fsync(handle)
                if not self._size:
                    flush_folder(self.folder)
            except OSError:
                # Half a line must not stand before the next one.
                os.ftruncate(handle, self._size)
                raise
        finally:
            os.close(handle)
        self._size += len(line)

    def _load_header(self) -> None:
        path = self.folder / HEADER
        try:
            document = json.loads(path.read_text("utf-8"))
            found = Identity(document["name"], document["fingerprint"])
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError, KeyError, TypeError) as why:
            raise UnreadableFile(
                f"cannot read the session {path}: {why}; move it away to begin anew"
            ) from why
        if found.fingerprint != self.identity.fingerprint:
            raise OutputExists(
                f"{self.folder.name} is the session of another recording or of another version of this file"
                f" ({found.name}); move it away, or {_ELSEWHERE}"
            )
        self.detection = document.get("detection")

    def _actions(self, data: bytes) -> list[Action]:
        whole, end, torn = data.rpartition(b"\n")
        self._size, self._torn = len(whole) + len(end), len(torn)
        if torn:
            self.reported.append(
                "the last edit was cut off while it was written, before it was acknowledged; it is left out"
            )
        actions = []
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                actions.append(_action(json.loads(line)))
            except (ValueError, TypeError, SpikelensError):
                self.reported.append(f"line {number} of {EDITS} is damaged and left out")
        return actions


def _lock(handle: int) -> None:
    """Keep other servers off the log until it is closed, where the system can."""
    if sys.platform != "win32":
        import fcntl

        # Some network folders know no locks; what another server wrote is noticed by the size.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)


def _write_all(handle: int, line: bytes) -> None:
    while line:
        line = line[os.write(handle, line) :]


def _action(row: Mapping[str, Any]) -> Action:
    return Action(**row)


def folded(actions: list[Action], channel: int) -> tuple[Log, int]:
    """What the actions on one channel come to, and how many made no sense."""
    log, senseless = Log(channel=channel), 0
    for action in actions:
        if action.channel != channel:
            continue
        try:
            log = log.with_action(action)
        except SpikelensError:
            senseless += 1
    return log, senseless
