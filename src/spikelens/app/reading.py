"""Routes that look: the list, facts, tiles, spikes, waveforms, jobs, news."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from spikelens.app import tiles
from spikelens.app.asking import library_of, listed, opened_of, real, whole
from spikelens.app.cutting import cut, scatter
from spikelens.app.methods import all_methods
from spikelens.app.opened import Opened
from spikelens.app.packing import packed
from spikelens.app.review import Columns, Review
from spikelens.app.unitlist import unit_rows
from spikelens.version import VERSION

_TIMES = ("time", "time_in_sweep")
_MOST_BINS, _MOST_WAVEFORMS = 20_000, 200_000
_TILE_QUERY = ("channel", "level", "tile", "last", "filter", "v")
_MOST_TILES = 32


async def recordings(request: Request) -> Response:
    """The list."""
    rows = [item.document() for item in library_of(request).items()]
    return JSONResponse({"recordings": rows, "version": VERSION})


async def facts(request: Request) -> Response:
    """One recording's facts; opens it."""
    item = library_of(request).item(request.path_params["id"])
    opened = await opened_of(request)

    def answer() -> dict[str, Any]:
        opened.check_still_there()
        return {"id": item.id, "name": item.name, **opened.facts()}

    return JSONResponse(await run_in_threadpool(answer))


async def tile(request: Request) -> Response:
    """One tile, or those from it to `last`, one after the other, as bytes."""
    opened, query = await opened_of(request), request.query_params
    level = whole(query.get("level"), "level", default=0, high=62)
    first = whole(query.get("tile"), "tile", default=0)
    last = whole(query.get("last"), "last", default=first, low=first, high=first + _MOST_TILES - 1)
    others = {name: value for name, value in query.items() if name not in _TILE_QUERY}

    def answer() -> Response:
        opened.check_still_there()
        pyramid = opened.pyramid(query.get("channel", "0"), query.get("filter", ""), others)
        mark = f'"{opened.recording.fingerprint[:16]}"'
        if opened.recording.fingerprint and request.headers.get("if-none-match") == mark:
            return Response(status_code=304, headers={"ETag": mark})
        data = tiles.some(pyramid, level, range(first, last + 1))
        if not data:
            words = "the overview has not come that far yet"
            return JSONResponse({"error": words, "ready_samples": pyramid.ready_samples}, 404)
        return Response(data, media_type="application/octet-stream", headers=_caching(opened, query.get("v")))

    return await run_in_threadpool(answer)


async def spikes(request: Request) -> Response:
    """The table as it stands; `columns` chooses some by name, `as` says "bytes" instead of JSON."""
    opened = await opened_of(request)
    wanted = request.query_params.get("columns")
    as_bytes = request.query_params.get("as") == "bytes"

    def answer() -> Response:
        revision, review = opened.desk.seen()
        if review is None:
            job = None if opened.job is None else opened.job.id
            empty: dict[str, Any] = {"columns": {}, "units": {}, "method": None, "parameters": {}}
            return JSONResponse({"revision": revision, **empty, "job": job, "error": opened.desk.error})
        table = review.table(names=None if wanted is None else wanted.split(","))
        if as_bytes:
            data = packed({"revision": revision, **_provenance(review)}, table)
            return Response(data, media_type="application/octet-stream")
        columns = {name: column_of(name, table) for name in table}
        return JSONResponse({"revision": revision, "columns": columns, **_provenance(review)})

    return await run_in_threadpool(answer)


async def rate(request: Request) -> Response:
    """Spikes per equal part of the file."""
    opened = await opened_of(request)
    bins = whole(request.query_params.get("bins"), "bins", default=1000, low=1, high=_MOST_BINS)

    def answer() -> dict[str, Any]:
        _, review = opened.desk.seen()
        at = np.empty(0, np.int64) if review is None else review.peaks()
        n = opened.recording.n_samples
        counts = np.bincount(np.minimum(at * bins // n, bins - 1), minlength=bins)
        return {"bins": bins, "counts": counts.tolist()}

    return JSONResponse(await run_in_threadpool(answer))


async def waveforms(request: Request) -> Response:
    """The trace around spikes, as bytes."""
    opened, query = await opened_of(request), request.query_params
    before = real(query.get("before"), "before", default=0.002, low=1e-5, high=0.5)
    after = real(query.get("after"), "after", default=0.004, low=1e-5, high=0.5)
    most = whole(query.get("most"), "most", default=2000, low=1, high=_MOST_WAVEFORMS)
    wanted = query.get("ids", "all")
    ids = None if wanted == "all" else [whole(i, "ids") for i in wanted.split(",") if i]

    def answer() -> Response:
        opened.check_still_there()
        _, review = opened.desk.seen()
        data = cut(review, ids, before=before, after=after, most=most)
        return Response(data, media_type="application/octet-stream")

    return await run_in_threadpool(answer)


async def components(request: Request) -> Response:
    """Every spike's place along the two main directions of the waveforms, as bytes."""
    opened = await opened_of(request)

    def answer() -> Response:
        opened.check_still_there()
        _, review = opened.desk.seen()
        return Response(scatter(review), media_type="application/octet-stream")

    return await run_in_threadpool(answer)


async def units(request: Request) -> Response:
    """A row per unit, with its quality."""
    opened = await opened_of(request)

    def answer() -> dict[str, Any]:
        opened.check_still_there()
        revision, review = opened.desk.seen()
        return {"revision": revision, "units": unit_rows(review)}

    return JSONResponse(await run_in_threadpool(answer))


async def methods(request: Request) -> Response:
    """What can be chosen, from the methods' own declarations."""
    return JSONResponse(await run_in_threadpool(all_methods))


async def job(request: Request) -> Response:
    """How far a job is."""
    return JSONResponse(library_of(request).jobs.get(request.path_params["job"]).document())


async def stream(request: Request) -> Response:
    """Server-sent events, so that all windows agree."""
    opened = await opened_of(request)
    told = library_of(request).news.listen(request.path_params["id"], lambda: opened.desk.revision)
    return StreamingResponse(told, media_type="text/event-stream")


def column_of(name: str, table: Columns) -> list[Any]:
    """A column of the table as pages get it; times with 7 decimals, as in files."""
    column = table[name]
    if name in ("kind", "unit_id", "runner_up"):
        return [None if number < 0 else number for number in column.tolist()]
    return listed(column, decimals=7 if name in _TIMES or name.endswith("_time") else None)


def names_of(review: Review | None) -> dict[str, dict[str, str]]:
    """The names that people gave kinds and units, by number."""
    if review is None:
        return {"kinds": {}, "units": {}}
    told = {"kinds": review.state.kind_names, "units": review.units.names}
    return {what: {str(number): name for number, name in names.items()} for what, names in told.items()}


def _provenance(review: Review) -> dict[str, Any]:
    made, spikes = review.detected.spikes.provenance, review.detected.spikes
    parameters = dict(made.parameters)
    if parameters.get("model"):
        # A page has no business with paths.
        parameters["model"] = str(parameters["model"]).replace("\\", "/").rpartition("/")[2]
    return {
        "units": dict(spikes.units),
        "method": made.method,
        "parameters": parameters,
        "filter": made.filter,
        "mode": made.mode,
        "polarity": made.polarity,
        "feature_rule": made.feature_rule,
        "excluded": [asdict(stretch) for stretch in review.state.excluded],
        "names": names_of(review),
        "exposure": review.observed().n_samples() / spikes.sampling_rate,
    }


def _caching(opened: Opened, version: str | None) -> dict[str, str]:
    """Tiles asked for with the file's fingerprint never change; others are asked for again."""
    known = opened.recording.fingerprint
    if not known:
        return {}
    kept = (
        "private, max-age=86400, immutable" if version and known.startswith(version) else "private, no-cache"
    )
    return {"ETag": f'"{known[:16]}"', "Cache-Control": kept}


_OF = "/api/recordings/{id}"
ROUTES = [
    Route("/api/recordings", recordings),
    Route("/api/methods", methods),
    Route("/api/jobs/{job}", job),
    Route(_OF, facts),
    Route(f"{_OF}/tiles", tile),
    Route(f"{_OF}/spikes", spikes),
    Route(f"{_OF}/rate", rate),
    Route(f"{_OF}/waveforms", waveforms),
    Route(f"{_OF}/components", components),
    Route(f"{_OF}/units", units),
    Route(f"{_OF}/stream", stream),
]
