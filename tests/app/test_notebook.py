"""A notebook's own kernel runs our cells, and a browser shows what they display."""

from __future__ import annotations

import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.app.browser import chromium
from tests.data import recording_file

CELLS = (
    "import spikelens\nrecording = spikelens.read({path!r})\nrecording",
    "spikes = spikelens.find(recording)\nspikes",
    "from spikelens.choosing import choose\nfrom spikelens.windows import Windows\n"
    "Windows.around(choose(recording).recording, spikes)",
    "viewer = spikelens.view(recording, sessions={sessions!r})\nviewer",
    "len(viewer.spikes())",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What each cell displays, while its kernel still runs."""
    nbclient = pytest.importorskip("nbclient", reason="nbclient is absent")
    pytest.importorskip("ipykernel", reason="ipykernel is absent")
    import nbformat

    folder = tmp_path_factory.mktemp("notebook")
    named = {"path": str(recording_file("pyabf/171116sh_0016.abf")), "sessions": str(folder / "sessions")}
    cells = [nbformat.v4.new_code_cell(text.format(**named)) for text in CELLS]
    book = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(book, timeout=300, kernel_name="python3", resources={})
    with client.setup_kernel(cwd=str(folder)):
        for index, cell in enumerate(cells):
            client.execute_cell(cell, index)
        yield [cell.outputs[-1] for cell in cells]


def shown(output: Any) -> str:
    return str(output["data"]["text/html"])


def test_every_type_shows_itself(outputs):
    assert "20,000 Hz" in shown(outputs[0]) and "<svg" in shown(outputs[0])
    assert "10 spikes" in shown(outputs[1]) and "threshold_v" in shown(outputs[1])
    assert "windows laid over each other" in shown(outputs[2])
    assert "iframe" in shown(outputs[3]) and "http://localhost:" in shown(outputs[3])
    assert outputs[4]["data"]["text/plain"] == "10"


def test_a_browser_shows_the_viewer_in_the_notebook(outputs, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is absent")
    page_text = "<!doctype html><meta charset=utf-8>" + "".join(map(shown, outputs[:4]))
    (tmp_path / "book.html").write_text(page_text, encoding="utf-8")
    server = _serving(tmp_path)
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 1500})
        page.goto(f"http://localhost:{server.server_port}/book.html")
        frame = page.frame_locator('iframe[title="Spikelens viewer"]')
        frame.locator("canvas").first.wait_for(timeout=60_000)
        assert page.locator("svg").count() >= 3
        page.screenshot(path=tmp_path / "book.png", full_page=True)
        assert (tmp_path / "book.png").stat().st_size > 20_000
        browser.close()
    server.shutdown()


def _serving(folder: Path) -> ThreadingHTTPServer:
    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
