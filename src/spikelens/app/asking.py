"""What a request asks, checked, and what an answer holds: JSON with null for NaN."""

from __future__ import annotations

import errno
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spikelens.app.desk import Stale
from spikelens.app.guard import BODY
from spikelens.app.library import Library
from spikelens.app.opened import Opened
from spikelens.errors import (
    BadParameter,
    InputError,
    OutputExists,
    OutsideRecording,
    SpikelensError,
    UnknownName,
    WriteFailed,
)

_LONGEST_NAME = 64
_STATUS: dict[type[SpikelensError], int] = {
    UnknownName: 404,
    OutsideRecording: 404,
    OutputExists: 403,
    WriteFailed: 507,
    InputError: 422,
}


def library_of(request: Request) -> Library:
    """The server's recordings."""
    library: Library = request.app.state.library
    return library


async def opened_of(request: Request) -> Opened:
    """The recording that the address names, open; opening takes a while, so another thread does it."""
    library, name = library_of(request), request.path_params["id"]
    opened = library.item(name).opened
    return opened if opened is not None else await run_in_threadpool(library.open, name)


def window_of(request: Request) -> str:
    """Which of its windows a page calls itself; empty if it does not say."""
    return request.headers.get("x-window", "")[:_LONGEST_NAME]


async def document_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request brings.

    Raises
    ------
    BadParameter
        It is none, or too long.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY:
            raise BadParameter(f"requests hold at most {BODY} bytes")
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise BadParameter("the request is no JSON") from None
    if not isinstance(document, dict):
        raise BadParameter("the request must be a JSON object")
    return document


def whole(given: object, name: str, *, default: int | None = None, low: int = 0, high: int = 2**53) -> int:
    """A whole number between bounds, from a query or a document."""
    value = default if given is None else given
    try:
        number = int(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        raise BadParameter(f"{name} must be a whole number from {low} to {high}, not {value!r}")
    return number


def real(given: object, name: str, *, default: float, low: float, high: float) -> float:
    """A number between bounds, from a query or a document."""
    value = default if given is None else given
    try:
        number = float(value) if isinstance(value, (str, int, float)) else math.nan
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise BadParameter(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")
    return number


def listed(column: NDArray[Any], *, decimals: int | None = None) -> list[Any]:
    """A column as JSON takes it, null for NaN; floats with `decimals`, else 7 digits in all."""
    if column.dtype.kind != "f":
        return list(column.tolist())
    values = column.astype(np.float64)
    finite = np.isfinite(values)
    rounded = _seven_digits(values, finite) if decimals is None else np.round(values, decimals)
    if finite.all():
        return list(rounded.tolist())
    return [value if ok else None for value, ok in zip(rounded.tolist(), finite.tolist(), strict=True)]


def _seven_digits(values: NDArray[np.float64], finite: NDArray[np.bool_]) -> NDArray[np.float64]:
    size = np.floor(np.log10(np.abs(values), where=finite & (values != 0), out=np.zeros(values.size)))
    scale = 10.0 ** (6 - size)
    return np.asarray(np.round(values * scale) / scale)


def failure(request: Request, why: Exception) -> Response:
    """Any error as one line of JSON."""
    if isinstance(why, Stale):
        return JSONResponse({"error": str(why), "revision": why.revision}, 409)
    if isinstance(why, SpikelensError):
        status = next((code for kind, code in _STATUS.items() if isinstance(why, kind)), 400)
        return JSONResponse({"error": str(why)}, status)
    if isinstance(why, OSError) and why.errno in (errno.ENOSPC, errno.EDQUOT):
        return JSONResponse({"error": f"the disk is full: {why.strerror}"}, 507)
    return JSONResponse({"error": f"an error in Spikelens: {type(why).__name__}: {why}"}, 500)
