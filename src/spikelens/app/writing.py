"""Routes that change something: edits, undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from spikelens.app.asking import document_of, opened_of, window_of
from spikelens.app.desk import Changed, Desk
from spikelens.app.opened import Opened
from spikelens.app.reading import column_of, names_of

Change = Callable[[Desk, dict[str, Any], str], Changed]


async def edits(request: Request) -> Response:
    """Make edits."""
    return await _change(
        request, lambda desk, asked, by: desk.edit(asked.get("revision"), asked.get("edits"), by=by)
    )


async def undo(request: Request) -> Response:
    """Take the last action back."""
    return await _change(request, lambda desk, asked, by: desk.undo(asked.get("revision"), by=by))


async def redo(request: Request) -> Response:
    """Make the last undone action again."""
    return await _change(request, lambda desk, asked, by: desk.redo(asked.get("revision"), by=by))


async def _change(request: Request, change: Change) -> Response:
    opened, asked = await opened_of(request), await document_of(request)
    by = window_of(request)
    return JSONResponse(await run_in_threadpool(lambda: _answer(opened, change(opened.desk, asked, by))))


def _answer(opened: Opened, changed: Changed) -> dict[str, Any]:
    columns = {name: column_of(name, changed.rows) for name in changed.rows}
    ids = columns.get("id", [])
    rows = {str(spike): {n: c[k] for n, c in columns.items()} for k, spike in enumerate(ids)}
    gone: dict[str, Any] = {str(spike): None for spike in changed.gone}
    summary = opened.desk.summary()
    return {
        "revision": changed.revision,
        "changed": rows | gone,
        "columns": {name: column_of(name, changed.wide) for name in changed.wide},
        "names": names_of(opened.desk.seen()[1]),
        "about": changed.about,
        "excluded": opened.excluded(),
        "can_undo": summary["can_undo"],
        "can_redo": summary["can_redo"],
    }


_OF = "/api/recordings/{id}"
ROUTES = [
    Route(f"{_OF}/edits", edits, methods=["POST"]),
    Route(f"{_OF}/undo", undo, methods=["POST"]),
    Route(f"{_OF}/redo", redo, methods=["POST"]),
]
