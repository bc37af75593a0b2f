"""A browser and a server for each test of the page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.browser import Page, Server, browser
from tests.data import recording_file


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Any]:
    """Starts servers on copies of recordings, and ends them."""
    started: list[Server] = []

    def start(*names: str) -> Server:
        copies = []
        for name in names:
            source = recording_file(name)
            (tmp_path / "files").mkdir(exist_ok=True)
            copies.append(Path(shutil.copyfile(source, tmp_path / "files" / source.name)))
        server = Server(copies, tmp_path / "sessions")
        (tmp_path / "sessions").mkdir(exist_ok=True)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def page(chrome: Any) -> Iterator[Page]:
    context = chrome.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    opened = Page(context.new_page())
    yield opened
    context.close()
    assert opened.errors == []
