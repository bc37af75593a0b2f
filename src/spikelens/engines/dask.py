"""Processes of this machine or of a cluster, through dask.distributed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from spikelens.engines import Engine, Item, Result
from spikelens.errors import MissingFact, RequestError, SpikelensError
from spikelens.params import param

ATTEMPTS = 3
"""A task whose worker dies is given to another, so many times."""
CONNECT_TIMEOUT = 30.0
"""How long a scheduler may take to answer, s."""


@dataclass(frozen=True, kw_only=True)
class Dask(Engine):
    """Processes: a cluster of its own on this machine, or the one whose scheduler is named.

    A worker that dies costs the task it was at. Needs the extra ``spikelens[dask]``; on
    a cluster every worker must see the recording and the output under the same paths.
    """

    across_processes: ClassVar[bool] = True

    scheduler: str | None = param(
        None, help="Address of a Dask scheduler, such as tcp://node7:8786; by default one is started here."
    )

    def run(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        if not items:
            return
        with _client(self, len(items)) as client:
            ended: SimpleQueue[Any] = SimpleQueue()
            # Tasks are run for what they write, so none is taken for another that looks alike.
            futures = [client.submit(task, item, pure=False, priority=-k) for k, item in enumerate(items)]
            for future in futures:
                future.add_done_callback(ended.put)
            waiting = dict(zip((f.key for f in futures), items, strict=True))
            for _ in items:
                future = self._next(ended, waiting)
                yield _result(future, waiting.pop(future.key))

    def _next(self, ended: SimpleQueue[Any], waiting: dict[str, Any]) -> Any:
        try:
            return ended.get(timeout=self.timeout)
        except Empty:
            # All workers are busy, and none has ended a task for so long.
            raise self.overdue(next(iter(waiting.values()))) from None


def _result(future: Any, item: object) -> Any:
    from distributed.scheduler import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        raise SpikelensError(
            f"{ATTEMPTS + 1} workers died at {item}; give them more memory, or shorter chunks"
        ) from None


@contextmanager
def _client(engine: Dask, n_items: int) -> Iterator[Any]:
    try:
        import distributed
        from dask import config
    except ImportError:
        raise MissingFact(
            "the engine dask needs dask.distributed; install it: pip install spikelens[dask]"
        ) from None
    config.set({"distributed.scheduler.allowed-failures": ATTEMPTS})
    if engine.scheduler is None:
        import logging

        with (
            distributed.LocalCluster(
                n_workers=engine.hands(n_items),
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(engine.scheduler, timeout=CONNECT_TIMEOUT)
    except (OSError, ValueError) as why:
        raise RequestError(f"no Dask scheduler answers at {engine.scheduler}: {why}") from None
    with client:
        yield client
