"""The recordings a server may show: those named when it was started, and no other file."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spikelens import api
from spikelens.app.desk import Desk
from spikelens.app.given import Brought, given_for
from spikelens.app.jobs import Job, Jobs
from spikelens.app.news import News
from spikelens.app.opened import Opened
from spikelens.app.pyramid import warm_up
from spikelens.app.told import Told
from spikelens.errors import RequestError, SpikelensError, UnknownName, UnreadableFile
from spikelens.files import printable
from spikelens.recording import Recording
from spikelens.sessionfiles import Identity, SessionFiles
from spikelens.spikes import Spikes

FOLDER_SUFFIX = ".spikelens"
_PATIENCE = 5.0
"""The first detection waits at most so long for the overview, s."""
_NOTHING = Told()


@dataclass
class Item:
    """One recording of the list."""

    id: str
    name: str
    path: Path | None
    given: Recording | None = None
    """A recording that was open already, from a notebook."""
    opened: Opened | None = None
    state: str = "closed"
    error: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def document(self) -> dict[str, Any]:
        """As the list shows it; the path is its last two parts."""
        shown = "" if self.path is None else "/".join(self.path.parts[-2:])
        names = ("id", "name", "state", "error")
        return {name: getattr(self, name) for name in names} | {"path_shown": shown}


class Library:
    """All recordings of a server, opened when they are first asked for.

    Parameters
    ----------
    recordings : sequence of Path or Recording
    sessions : Path, optional
        Keeps all sessions; beside each recording by default.
    author : str
        Written beside each edit.
    told : Told
        What files do not say.
    cache : Path, optional
        Keeps pyramids.
    """

    def __init__(
        self,
        recordings: Sequence[Path | Recording],
        *,
        sessions: Path | None = None,
        author: str = "",
        told: Told = _NOTHING,
        cache: Path | None = None,
    ) -> None:
        self.jobs, self.news = Jobs(), News()
        self._sessions, self._author = sessions, author
        self._told, self._hints, self._cache = told, told.checked_hints(), cache
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="pyramid")
        self._items = {item.id: item for item in map(_item, recordings)}
        # Loading compiled code takes as long as opening a recording; the browser is not there yet.
        self._builder.submit(warm_up)

    def items(self) -> list[Item]:
        """All recordings, in the order in which they were named."""
        return list(self._items.values())

    def item(self, name: str) -> Item:
        """One recording by its id.

        Raises
        ------
        UnknownName
            There is none; ids are no paths.
        """
        if name not in self._items:
            raise UnknownName("no such recording is open here; choose one from the list")
        return self._items[name]

    def open(self, name: str) -> Opened:
        """The recording of an id, opened if it is not yet; its spikes are being sought.

        Raises
        ------
        SpikelensError
            Why it cannot be opened; the list says so, too.
        """
        item = self.item(name)
        with item.lock:
            if item.opened is None:
                item.state, item.error = "opening", None
                try:
                    item.opened = self._open(item)
                except (SpikelensError, OSError) as why:
                    item.state, item.error = "failed", str(why)
                    raise
            item.state = "ready"
            return item.opened

    def spikes(self, place: int) -> Spikes:
        """The spikes of one recording as corrected, once they are found.

        Raises
        ------
        SpikelensError
            They cannot be found; says why.
        """
        opened = self.open(self.items()[place].id)
        if opened.job is not None:
            opened.job.ended.wait()
        _, review = opened.desk.seen()
        if review is None:
            raise RequestError(opened.desk.error or "finding spikes was called off")
        return opened.desk.signed(review.spikes())

    def close(self) -> None:
        """Call all jobs off; what was acknowledged is on disk."""
        self.jobs.close()
        self._builder.shutdown(wait=False, cancel_futures=True)

    def _open(self, item: Item) -> Opened:
        recording = item.given
        if recording is None:
            assert item.path is not None
            if item.path.resolve() != item.path:
                raise UnreadableFile(
                    f"{item.name} has become a link since the viewer was started; start it anew"
                )
            recording = api.read(item.path, **self._hints)
        recording = self._told.of(recording)
        if not recording.n_samples:
            raise UnreadableFile(f"{recording.name} holds no samples: check that it was saved")
        identity = Identity(recording.name, recording.fingerprint or _fingerprint(recording))
        files = SessionFiles(self._folder(item, identity), identity)

        def tell(event: str, data: dict[str, Any]) -> None:
            self.news.tell(item.id, event, data)

        brought = Brought(given_for(recording, self._told.spikes), self._told.probe_of(recording))
        desk = Desk(recording, files, author=self._author, brought=brought, tell=tell)
        opened = Opened(recording, desk, self._builder, cache=self._cache, tell=tell)

        def work(job: Job) -> Any:
            # What is looked at first comes first.
            opened.overview().ended.wait(_PATIENCE)
            return desk.detect(desk.settings, job, keep=False)

        opened.job = self.start(item.id, "finding spikes", work)
        return opened

    def start(self, name: str, words: str, work: Callable[[Job], Any]) -> Job:
        """Start a job on a recording; its windows hear of its end."""
        return self.jobs.start(words, work, ended=lambda job: self.news.tell(name, "job", job.document()))

    def _folder(self, item: Item, identity: Identity) -> Path:
        if self._sessions is not None:
            # Many recordings share a stem; what they hold tells them apart.
            return self._sessions / f"{_stem(item)}-{identity.fingerprint[:8]}{FOLDER_SUFFIX}"
        beside = Path.cwd() if item.path is None else item.path.parent
        return beside / f"{_stem(item)}{FOLDER_SUFFIX}"


def _stem(item: Item) -> str:
    return safe_name(item.name if item.path is None else item.path.stem)


def safe_name(name: str) -> str:
    """A name that any system takes for a file.

    >>> safe_name("cell 3: left/deep")
    'cell 3_ left_deep'
    """
    return "".join(c if c.isalnum() or c in "-_. " else "_" for c in name).strip(" .") or "recording"


def _item(given: Path | Recording) -> Item:
    if isinstance(given, Recording):
        path = given.path
        told = given.fingerprint or _fingerprint(given)
        return Item(_id(f"{path}:{told}"), given.name, path, given)
    path = given.resolve()
    return Item(_id(str(path)), printable(path.name), path)


def _id(told: str) -> str:
    return hashlib.sha256(printable(told).encode()).hexdigest()[:16]


def _fingerprint(recording: Recording) -> str:
    """Of a recording in memory: its facts, and 64 blocks of its samples."""
    told = f"{recording.n_samples}:{recording.sampling_rate}:{[c.name for c in recording.channels]}"
    digest = hashlib.sha256(told.encode())
    for k in range(64):
        at = recording.n_samples * k // 64
        digest.update(recording.read(at, min(at + 4096, recording.n_samples)).tobytes())
    return digest.hexdigest()
