"""The server: routes, the page's files, and the guard around both."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from spikelens.app import finding, reading, writing
from spikelens.app.asking import failure
from spikelens.app.guard import Guard
from spikelens.app.library import Library
from spikelens.errors import BadParameter, SpikelensError

if TYPE_CHECKING:
    import uvicorn

LOOPBACK = "127.0.0.1"
_EVERY = ("0.0.0.0", "::")
"""All addresses of a machine."""


def make_app(library: Library) -> Starlette:
    """The application without its guard; for tests, and for `Served`."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        library.close()

    page = StaticFiles(directory=str(files("spikelens.app").joinpath("static")), html=True)
    handlers: dict[Any, Any] = {SpikelensError: failure, OSError: failure, Exception: failure}
    app = Starlette(
        routes=[*reading.ROUTES, *writing.ROUTES, *finding.ROUTES, Mount("/", page)],
        exception_handlers=handlers,
        lifespan=lifespan,
    )
    app.state.library = library
    return app


class Served:
    """A server that listens already; `run` answers until it is told to stop.

    Parameters
    ----------
    library : Library
    host : str
        The loopback unless told.
    port : int
        0 takes a free one.
    in_frames : bool
        Whether a notebook of this machine may show the page inside its own.

    Raises
    ------
    BadParameter
        The port is taken, or the host is not this machine's.
    """

    def __init__(
        self, library: Library, *, host: str = LOOPBACK, port: int = 0, in_frames: bool = False
    ) -> None:
        self.library = library
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._token = secrets.token_urlsafe(24)
        hosts = tuple(f"{name}:{self.port}" for name in _names(host))
        # Notebooks are at localhost, and cookies go to pages of the same name alone.
        self._host = "localhost" if in_frames else _names(host)[0]
        self.app = Guard(make_app(library), self._token, hosts, in_frames=in_frames)

    @property
    def address(self) -> str:
        """What to open, token and all."""
        return f"http://{self._host}:{self.port}/?token={self._token}"

    def server(self, *, started: Callable[[], object] = lambda: None) -> uvicorn.Server:
        """The uvicorn server; `started` is called once it answers."""
        import uvicorn

        news = self.library.news

        class Starting(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                started()

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                news.close()
                await super().shutdown(sockets)

        # The access log would print the token.
        settings = uvicorn.Config(
            self.app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, server_header=False
        )
        return Starting(settings)

    def run(self, server: uvicorn.Server) -> None:
        """Answer requests until the server is told to exit."""
        server.run(sockets=[self._socket])
        self.library.close()


def _names(host: str) -> list[str]:
    """What a browser may call this machine, the best first; cookies and addresses hold to these."""
    shown = f"[{host}]" if ":" in host else host
    named = [] if host in _EVERY else [shown]
    if host in _EVERY:
        named = [socket.gethostname().lower(), socket.getfqdn().lower()]
        with suppress(OSError):
            named += socket.gethostbyname_ex(socket.gethostname())[2]
    return list(dict.fromkeys([*named, LOOPBACK, "localhost", "[::1]"]))


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Unless the protocol is named, answers wait 40 ms for company (Nagle's algorithm).
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # There it would let two servers share a port.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as why:
        listening.close()
        raise BadParameter(f"cannot listen at {host} port {port}: {why}; choose another --port") from why
    return listening
