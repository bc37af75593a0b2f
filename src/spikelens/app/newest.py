"""Questions that come faster than answers, as while a line is dragged: only the newest is worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from spikelens.errors import RequestError

Answer = TypeVar("Answer")


class Superseded(RequestError):
    """The same window has asked anew meanwhile."""


class Newest:
    """One question at a time; of those that wait, each window's newest."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._asked: dict[str, object] = {}

    def answer(self, window: str, work: Callable[[], Answer]) -> Answer:
        """What `work` returns, once it is its turn.

        Raises
        ------
        Superseded
            The `window` asked again before.
        """
        mine = self._asked[window] = object()
        with self._turn:
            if self._asked.get(window) is not mine:
                raise Superseded("a newer question has taken this one's place")
            return work()
