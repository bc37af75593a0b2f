"""What changed, told to every open window as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Any

_BEHIND = 256
"""Messages a window may be behind before its oldest are dropped; it asks for the state anyway."""
_BEAT = 15.0
"""Seconds after which a silent connection is tried, so that windows that went away are noticed."""


class News:
    """Messages by recording; may be told from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._heard: dict[str, set[asyncio.Queue[str | None]]] = defaultdict(set)
        self._is_over = False

    def tell(self, recording: str, event: str, data: dict[str, Any]) -> None:
        """Tell all windows on a recording."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread, recording, _message(event, data))

    async def listen(self, recording: str, revision: Callable[[], int]) -> AsyncIterator[str]:
        """Messages for one window, until it goes away; none after the close.

        The first says what the newest `revision` is: what changed between the window's
        loading of the table and its listening was told to the others alone.
        """
        self._loop = asyncio.get_running_loop()
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._heard[recording].add(queue)
        try:
            # Who asks while the server ends is no longer told to stop.
            text = None if self._is_over else _message("revision", {"revision": revision(), "by": ""})
            while text is not None:
                yield text
                try:
                    text = await asyncio.wait_for(queue.get(), _BEAT)
                except TimeoutError:
                    text = ": still here\n\n"
        finally:
            self._heard[recording].discard(queue)

    def close(self) -> None:
        """End all messages, for good; called on the server's own thread."""
        self._is_over = True
        for queue in (q for queues in self._heard.values() for q in queues):
            queue.put_nowait(None)

    def _spread(self, recording: str, text: str) -> None:
        for queue in self._heard[recording]:
            if queue.qsize() >= _BEHIND:
                queue.get_nowait()
            queue.put_nowait(text)


def _message(event: str, data: dict[str, Any]) -> str:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"
