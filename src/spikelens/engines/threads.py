"""Threads of this process: kernels let go of the interpreter, so that they use every core."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from spikelens.engines import Engine, Item, Result

GLANCE = 0.2
"""How often running tasks are looked at where there is a timeout, s."""


@dataclass(frozen=True, kw_only=True)
class Threads(Engine):
    """Every core of this machine, in one process."""

    def run(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        if not items:
            return
        pool = _Pool(task, items)
        # Daemons, so that a hung task does not keep the process alive.
        for _ in range(self.hands(len(items))):
            Thread(target=pool.work, daemon=True).start()
        try:
            for _ in items:
                yield self._next(pool, items)
        finally:
            pool.stopped.set()

    def _next(self, pool: _Pool, items: Sequence[Any]) -> Any:
        while True:
            try:
                result, why = pool.done.get(timeout=None if self.timeout is None else GLANCE)
            except Empty:
                assert self.timeout is not None
                late = [
                    k for k, begun in pool.begun.copy().items() if time.monotonic() - begun > self.timeout
                ]
                if late:
                    raise self.overdue(items[late[0]]) from None
                continue
            if why is not None:
                raise why
            return result


class _Pool:
    """What the threads share: items to do, and results done."""

    def __init__(self, task: Callable[[Any], Any], items: Sequence[Any]) -> None:
        self.task, self.items = task, items
        self.todo: SimpleQueue[int] = SimpleQueue()
        self.done: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self.begun: dict[int, float] = {}
        self.stopped = Event()
        for k in range(len(items)):
            self.todo.put(k)

    def work(self) -> None:
        """Do one item after another until there are none, or the run is over."""
        while not self.stopped.is_set():
            try:
                k = self.todo.get_nowait()
            except Empty:
                return
            self.begun[k] = time.monotonic()
            try:
                outcome: tuple[Any, BaseException | None] = (self.task(self.items[k]), None)
            except BaseException as why:  # Whatever it is, it is raised where the results are awaited.
                outcome = (None, why)
            del self.begun[k]
            self.done.put(outcome)
