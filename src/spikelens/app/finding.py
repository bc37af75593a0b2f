"""Routes that find: detect, try, review the doubtful, teach, export."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from spikelens.app.asking import document_of, library_of, opened_of, whole, window_of
from spikelens.app.detection import Settings
from spikelens.app.doubts import next_ids
from spikelens.app.exporting import export
from spikelens.app.jobs import Job
from spikelens.app.learning import model_name, train
from spikelens.app.opened import Opened
from spikelens.app.review import Review
from spikelens.app.trying import Trial, curve, preview
from spikelens.errors import BadParameter, RequestError

_MOST_VALUES = 100
_MOST_IDS = 1000


async def detect_(request: Request) -> Response:
    """Detect anew, as a job."""
    opened, asked = await opened_of(request), await document_of(request)

    def start() -> Job:
        opened.check_still_there()
        settings = _settings(opened, asked)
        opened.desk.located(settings)
        return _start(request, opened, "finding spikes", lambda job: opened.desk.detect(settings, job))

    return JSONResponse({"job": (await run_in_threadpool(start)).id})


async def preview_(request: Request) -> Response:
    """What would be found."""
    opened, asked = await opened_of(request), await document_of(request)

    def answer() -> dict[str, Any]:
        return opened.trials.answer(
            f"{window_of(request)} preview", lambda: preview(_trial(opened, asked), opened.desk.seen()[1])
        )

    return JSONResponse(await run_in_threadpool(answer))


async def compare(request: Request) -> Response:
    """What would appear and vanish in the whole recording, as a job; nothing is changed."""
    opened, asked = await opened_of(request), await document_of(request)

    def start() -> Job:
        opened.check_still_there()
        whole_of_it = (0, opened.recording.n_samples)
        trial = Trial.of(opened.desk, _settings(opened, asked), *whole_of_it, longest=math.inf)
        return library_of(request).start(
            request.path_params["id"],
            "comparing methods",
            lambda job: preview(trial, opened.desk.seen()[1], progress=job.advance),
        )

    return JSONResponse({"job": (await run_in_threadpool(start)).id})


async def sweep_curve(request: Request) -> Response:
    """Counts over one parameter."""
    opened, asked = await opened_of(request), await document_of(request)
    name, values = asked.get("parameter"), asked.get("values")
    if not isinstance(name, str) or not isinstance(values, list) or not 1 <= len(values) <= _MOST_VALUES:
        raise BadParameter(f"a curve needs a parameter and 1 to {_MOST_VALUES} values of it")

    def answer() -> dict[str, Any]:
        trial, seen = _trial(opened, asked), opened.desk.seen()[1]
        return opened.trials.answer(
            f"{window_of(request)} curve", lambda: dict(curve(trial, seen, name, values))
        )

    return JSONResponse(await run_in_threadpool(answer))


async def train_(request: Request) -> Response:
    """Teach, as a job."""
    opened, asked = await opened_of(request), await document_of(request)
    name = model_name(asked.get("save"))
    job = _start(request, opened, "learning", lambda job: train(opened.desk, name, job))
    return JSONResponse({"job": job.id})


async def next_labels(request: Request) -> Response:
    """What to look at next."""
    opened, query = await opened_of(request), request.query_params
    n = whole(query.get("n"), "n", default=1, low=1, high=_MOST_IDS)
    review = _review(opened)
    return JSONResponse(await run_in_threadpool(lambda: next_ids(review, query.get("by", "uncertain"), n)))


async def export_(request: Request) -> Response:
    """A file to take away."""
    opened, asked = await opened_of(request), await document_of(request)
    review = _review(opened)
    opened.check_still_there()
    folder = tempfile.TemporaryDirectory(prefix="spikelens-")
    try:
        path = await run_in_threadpool(lambda: export(opened.desk, review, Path(folder.name), asked))
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))


async def cancel(request: Request) -> Response:
    """Call a job off."""
    job = library_of(request).jobs.get(request.path_params["job"])
    job.called_off.set()
    return JSONResponse(job.document())


def _settings(opened: Opened, asked: dict[str, Any]) -> Settings:
    """What is asked for; channel, mode and polarity stay as they are unless told."""
    kept = opened.desk.settings.document()
    before = {name: kept[name] for name in ("channel", "mode", "polarity")}
    return Settings.asked({**before, **asked}, opened.recording)


def _trial(opened: Opened, asked: dict[str, Any]) -> Trial:
    opened.check_still_there()
    n_samples = opened.recording.n_samples
    start = whole(asked.get("start"), "start", default=0)
    stop = whole(asked.get("stop"), "stop", default=n_samples)
    return Trial.of(opened.desk, _settings(opened, asked), start, stop)


def _start(request: Request, opened: Opened, words: str, work: Callable[[Job], Any]) -> Job:
    """Start a job that ends in a new table; an earlier one that is not done yet is called off."""
    if opened.job is not None:
        opened.job.called_off.set()
    opened.job = library_of(request).start(request.path_params["id"], words, work)
    return opened.job


def _review(opened: Opened) -> Review:
    _, review = opened.desk.seen()
    if review is None:
        raise RequestError(opened.desk.error or "spikes are still being found; try again when they are there")
    return review


_OF = "/api/recordings/{id}"
ROUTES = [
    Route(f"{_OF}/detect", detect_, methods=["POST"]),
    Route(f"{_OF}/preview", preview_, methods=["POST"]),
    Route(f"{_OF}/compare", compare, methods=["POST"]),
    Route(f"{_OF}/sweep-curve", sweep_curve, methods=["POST"]),
    Route(f"{_OF}/labels/next", next_labels),
    Route(f"{_OF}/train", train_, methods=["POST"]),
    Route(f"{_OF}/export", export_, methods=["POST"]),
    Route("/api/jobs/{job}/cancel", cancel, methods=["POST"]),
]
