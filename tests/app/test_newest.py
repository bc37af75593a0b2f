"""Of a window's questions that wait, the newest is answered; other windows keep their turn."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from spikelens.app.newest import Newest, Superseded


def wait_until(is_so):
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_only_the_newest_of_each_window_is_worked_on():
    newest, begun, go = Newest(), threading.Event(), threading.Event()
    worked, queued = [], []

    class Noted(dict):
        """Tells of each question as it is put down."""

        def __setitem__(self, window, ticket):
            super().__setitem__(window, ticket)
            queued.append(window)

    newest._asked = Noted()

    def slow():
        begun.set()
        go.wait(30)
        worked.append("first")
        return "first"

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(newest.answer, "a", slow)
        assert begun.wait(30)
        asked = {}
        for window, words in (("a", "second"), ("b", "other"), ("a", "third")):
            asked[words] = pool.submit(newest.answer, window, lambda w=words: worked.append(w) or w)
            wait_until(lambda: len(queued) == len(asked) + 1)
        go.set()
        assert first.result(30) == "first"
        assert (asked["other"].result(30), asked["third"].result(30)) == ("other", "third")
        with pytest.raises(Superseded, match="newer question"):
            asked["second"].result(30)
    assert worked[0] == "first" and sorted(worked[1:]) == ["other", "third"]


def test_an_error_ends_its_turn():
    newest = Newest()
    with pytest.raises(ZeroDivisionError):
        newest.answer("a", lambda: 1 / 0)
    assert newest.answer("a", lambda: 3) == 3
