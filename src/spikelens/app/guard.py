"""Who may ask: this machine's user, through pages that this server gave.

The address that is opened holds a random token; it is exchanged for a cookie that
scripts cannot read and other sites cannot send. Names that do not mean this machine are
refused (DNS rebinding), and so are writes from pages of another origin.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY = 1 << 20
"""Largest request, bytes."""
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'"
)
_NOT_KEPT = (b"cache-control", b"no-store")
_FRAMES = "http://localhost:* http://127.0.0.1:*"


@dataclass(frozen=True)
class Guard:
    """An ASGI application around another.

    Parameters
    ----------
    app : ASGI application
    token : str
        What the opened address must hold.
    hosts : tuple of str
        Values of the Host header that mean this server, such as ``"127.0.0.1:8700"``.
    in_frames : bool
        Whether a notebook of this machine may show the page inside its own.
    """

    app: ASGIApp
    token: str
    hosts: tuple[str, ...]
    in_frames: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = self._refusal(scope, headers) or self._exchange(scope)
        if answer is None and not self._is_known(headers):
            answer = _refused(scope, 401, "open the address that `spikelens view` printed; it holds the key")
        await (answer or self.app)(scope, receive, self._dressed(send))

    @property
    def cookie(self) -> str:
        """The cookie's name; cookies are shared by all ports of a machine."""
        return f"spikelens-{self.hosts[0].rpartition(':')[2]}"

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        if headers.get("host", "").lower() not in self.hosts:
            return _refused(scope, 403, "this server does not go by that name")
        is_page = scope["method"] == "GET" and not scope["path"].startswith("/api/")
        if not is_page and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return _refused(scope, 403, "requests from other sites are refused")
        if scope["method"] in ("GET", "HEAD"):
            return None
        if headers.get("origin", "") not in {f"http://{host}" for host in self.hosts}:
            return _refused(scope, 403, "writes need this server's own page")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY:
            return _refused(scope, 413, f"requests hold at most {BODY} bytes")
        return None

    def _exchange(self, scope: Scope) -> Response | None:
        """The token in the opened address for a cookie, and an address without it."""
        if scope["path"] != "/" or scope["method"] != "GET":
            return None
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token")
        if not given:
            return None
        if not _equal(given[0], self.token):
            return _refused(scope, 401, "this address is of a server that has ended; use the newest one")
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return answer

    def _is_known(self, headers: Headers) -> bool:
        return _equal(cookie_parser(headers.get("cookie", "")).get(self.cookie, ""), self.token)

    @cached_property
    def _dress(self) -> list[tuple[bytes, bytes]]:
        """What every answer says to the browser."""
        frames = f"'self' {_FRAMES}" if self.in_frames else "'none'"
        told = {
            "content-security-policy": f"{_POLICY}; frame-ancestors {frames}",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-resource-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
        }
        return [(name.encode(), value.encode()) for name, value in told.items()]

    def _dressed(self, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", []))
                kept = [] if any(name == b"cache-control" for name, _ in given) else [_NOT_KEPT]
                message = {**message, "headers": [*given, *self._dress, *kept]}
            await send(message)

        return dressed


def _refused(scope: Scope, status: int, why: str) -> Response:
    if not scope["path"].startswith("/api/"):
        return PlainTextResponse(f"Spikelens: {why}\n", status)
    return Response(json.dumps({"error": why}), status, media_type="application/json")


def _equal(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())
