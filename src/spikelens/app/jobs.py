"""Work that takes a while: two jobs at once, each with its progress, each can be called off."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from spikelens.errors import RequestError, SpikelensError, UnknownName

AT_ONCE = 2
_WAITING = 8
_KEPT = 200


class Cancelled(SpikelensError):
    """The job was called off."""


@dataclass
class Job:
    """One piece of work, and how far it is."""

    words: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: str = "running"
    progress: float = 0.0
    result: Any = None
    error: str | None = None
    called_off: threading.Event = field(default_factory=threading.Event, repr=False)
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def advance(self, done: int, total: int) -> None:
        """Note how far it is; the worker calls this, and stops here once called off."""
        if self.called_off.is_set():
            raise Cancelled(f"{self.words}: called off")
        self.progress = min(1.0, done / max(total, 1))

    def document(self) -> dict[str, Any]:
        """As pages see it."""
        names = ("state", "progress", "words", "result", "error")
        return {"job": self.id} | {name: getattr(self, name) for name in names}


class Jobs:
    """All jobs of a server."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="job")
        self._all: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(
        self, words: str, work: Callable[[Job], Any], *, ended: Callable[[Job], None] = lambda job: None
    ) -> Job:
        """Start `work`, which returns the job's result; `ended` hears of the end.

        Raises
        ------
        RequestError
            Too many are waiting already.
        """
        job = Job(words)
        with self._lock:
            if sum(j.state == "running" for j in self._all.values()) >= AT_ONCE + _WAITING:
                raise RequestError("too many jobs are waiting; let them end, or call some off")
            self._all[job.id] = job
            self._forget()
        self._pool.submit(_run, job, work, ended)
        return job

    def get(self, name: str) -> Job:
        """One job by its id."""
        if name not in self._all:
            raise UnknownName(f"no job {name!r}; it ended long ago, or another server ran it")
        return self._all[name]

    def close(self) -> None:
        """Call all off, and wait for none."""
        for job in self._all.values():
            job.called_off.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for job in self._all.values():
            job.ended.set()

    def _forget(self) -> None:
        ended = [name for name, job in self._all.items() if job.state != "running"]
        for name in ended[: max(0, len(self._all) - _KEPT)]:
            del self._all[name]


def _run(job: Job, work: Callable[[Job], Any], ended: Callable[[Job], None]) -> None:
    try:
        job.advance(0, 1)
        job.result = work(job)
        job.progress, job.state = 1.0, "done"
    except Cancelled:
        job.state = "cancelled"
    except (SpikelensError, OSError, MemoryError) as why:
        job.state, job.error = "failed", str(why)
    except Exception as why:
        job.state, job.error = "failed", f"an error in Spikelens: {type(why).__name__}: {why}"
        raise
    finally:
        job.ended.set()
        ended(job)
