"""A viewer's server inside the test's own process, and a client that may ask it."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from starlette.testclient import TestClient

from spikelens.app.guard import Guard
from spikelens.app.library import Library
from spikelens.app.server import make_app

HOST = "127.0.0.1:8700"
HOME = f"http://{HOST}"
TOKEN = "the-key"


def guarded(library: Library, **settings: Any) -> TestClient:
    """A client that has not shown the token yet."""
    app = Guard(make_app(library), TOKEN, (HOST, "localhost:8700"), **settings)
    return TestClient(app, base_url=HOME, follow_redirects=False, raise_server_exceptions=False)


class Page:
    """What a page does: shows the token once, then asks about one recording."""

    def __init__(self, library: Library, place: int = 0) -> None:
        self.library = library
        self.client = guarded(library)
        self.client.get("/", params={"token": TOKEN})
        self.client.headers["origin"] = HOME
        self.id = library.items()[place].id

    def get(self, what: str = "", **query: Any) -> Any:
        """The JSON answer about the recording."""
        return self.ask(what, **query).json()

    def ask(self, what: str = "", **query: Any) -> Any:
        return self.client.get(f"/api/recordings/{self.id}{what}", params=query)

    def post(self, what: str, /, **document: Any) -> Any:
        return self.client.post(f"/api/recordings/{self.id}{what}", json=document)

    def edit(self, *edits: dict[str, Any], revision: int | None = None) -> Any:
        """Make edits, by default on the newest revision."""
        at = self.get("/spikes", columns="id")["revision"] if revision is None else revision
        return self.post("/edits", revision=at, edits=list(edits))

    def spikes(self) -> dict[str, np.ndarray]:
        """The table once the detection is done, as arrays."""
        self.wait()
        return {name: np.array(column) for name, column in self.get("/spikes")["columns"].items()}

    def wait(self, job: str | None = None) -> dict[str, Any]:
        """A job's end; by default that of the latest detection."""
        name = job or self.get()["job"]
        self.library.jobs.get(name).ended.wait(120)
        return self.client.get(f"/api/jobs/{name}").json()

    def tile(
        self, level: int, number: int, channel: str = "0", **query: Any
    ) -> tuple[dict[str, int], np.ndarray]:
        """A tile's head and its numbers."""
        answer = self.ask("/tiles", channel=channel, level=level, tile=number, **query)
        assert answer.status_code == 200, answer.text
        magic, *rest = struct.unpack("<4sIqIIII", answer.content[:32])
        assert magic == b"SLT1"
        names = ("level", "first_sample", "n_columns", "samples_per_column", "kind", "reserved")
        head = dict(zip(names, rest, strict=True))
        data = np.frombuffer(answer.content, "<f4", offset=32)
        return head, data.reshape(head["n_columns"], -1)
