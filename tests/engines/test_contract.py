"""What every engine promises."""

from __future__ import annotations

import importlib.util
import threading
import time

import pytest

from spikelens import rooms
from spikelens.engines import cores
from spikelens.engines.dask import Dask
from spikelens.engines.serial import Serial
from spikelens.engines.threads import Threads
from spikelens.errors import BadParameter, MissingFact, RequestError, SpikelensError, WriteFailed

HAS_DASK = importlib.util.find_spec("distributed") is not None
needs_dask = pytest.mark.skipif(not HAS_DASK, reason="dask.distributed is absent; install spikelens[dask]")
KINDS = [
    Serial(),
    Threads(),
    Threads(workers=1),
    Threads(workers=7),
    pytest.param(Dask(workers=2), marks=needs_dask),
]
every_engine = pytest.mark.parametrize("engine", KINDS, ids=lambda e: f"{e.method_name()}-{e.workers}")


def square(item):
    return item, item * item


def fail_at_three(item):
    if item == 3:
        raise WriteFailed("cannot write x: disk full")
    return item


@every_engine
@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_every_item_is_done_once(engine, n):
    assert sorted(engine.run(square, range(n))) == [(k, k * k) for k in range(n)]


@every_engine
def test_what_a_task_raises_is_raised(engine):
    with pytest.raises(WriteFailed, match="disk full"):
        list(engine.run(fail_at_three, range(10)))


@pytest.mark.parametrize("name", ["serial", "threads", "dask"])
def test_the_room_holds_it_and_checks_its_settings(name):
    engine = rooms.load("engines", name)
    assert engine().workers is None and engine(workers="3").workers == 3
    with pytest.raises(BadParameter, match="workers"):
        engine(workers=0)


def test_there_are_no_more_hands_than_work_or_cores():
    assert Threads().hands(10**6) == cores() >= 1
    assert Threads(workers=5).hands(3) == 3
    assert Threads(workers=5).hands(0) == 1


def test_threads_work_at_once():
    together = threading.Barrier(3, timeout=20)
    assert len(list(Threads(workers=3).run(lambda item: together.wait() >= 0, range(3)))) == 3


def test_after_a_failure_nothing_new_is_begun():
    begun = []

    def task(item):
        begun.append(item)
        if item == 0:
            raise ValueError("no")
        time.sleep(0.02)

    with pytest.raises(ValueError, match="no"):
        list(Threads(workers=2).run(task, range(500)))
    time.sleep(0.1)
    assert len(begun) < 250


def test_a_hung_task_is_given_up_and_named():
    held = threading.Event()

    def task(item):
        if item == "b":
            held.wait(30)
        return item

    done = []
    with pytest.raises(SpikelensError, match=r"^b took longer than 0\.3 s.*run the same again"):
        done.extend(Threads(workers=2, timeout=0.3).run(task, ["a", "b", "c"]))
    held.set()


def test_a_task_within_its_time_is_waited_for():
    slow = Threads(workers=1, timeout=5.0).run(lambda item: time.sleep(0.5) or item, [1, 2])
    assert sorted(slow) == [1, 2]


def sleep_for(seconds):
    time.sleep(seconds)
    return seconds


@needs_dask
def test_dask_gives_up_a_hung_task():
    with pytest.raises(SpikelensError, match=r"60 took longer than 2 s"):
        list(Dask(workers=1, timeout=2.0).run(sleep_for, [60]))


@needs_dask
def test_a_named_scheduler_is_used_and_left_running():
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, processes=False) as cluster:
        for _ in range(2):
            engine = Dask(scheduler=cluster.scheduler_address)
            assert sorted(engine.run(square, range(4)))[-1] == (3, 9)
        with Client(cluster) as client:
            assert len(client.scheduler_info()["workers"]) == 1


@needs_dask
def test_a_scheduler_that_does_not_answer_is_said(monkeypatch):
    monkeypatch.setattr("spikelens.engines.dask.CONNECT_TIMEOUT", 0.5)
    with pytest.raises(RequestError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(Dask(scheduler="tcp://127.0.0.1:9").run(square, [1]))


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingFact, match=r"spikelens\[dask\]"):
        list(Dask().run(square, [1]))
