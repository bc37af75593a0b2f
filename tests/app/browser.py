"""A browser and a server of its own for the tests of the page; what the machine lacks skips them."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
"""Seconds after which something that should have happened has not; no test is judged by its speed."""


def chromium() -> str:
    """The browser: SPIKELENS_CHROMIUM, or one on the path."""
    named = os.environ.get("SPIKELENS_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None or not Path(found).exists():
        pytest.skip("Chromium is absent; install it or name it in SPIKELENS_CHROMIUM")
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium driven by Playwright."""
    path = chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.skip("the Python package playwright is absent")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


class Server:
    """``spikelens view`` as a process that can be killed and started again."""

    def __init__(self, recordings: list[Path], sessions: Path) -> None:
        self.recordings, self.sessions = recordings, sessions
        self.keeps_beside = False
        """Sessions stand beside the recordings instead of in `sessions`."""
        self.flags: list[str] = []
        self.address = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it; returns the address with its token."""
        where = [] if self.keeps_beside else ["--sessions", str(self.sessions)]
        command = [sys.executable, "-m", "spikelens", "view", *map(str, self.recordings)]
        self._process = subprocess.Popen(
            [*command, *where, *self.flags, "--no-browser", "--author", "tester"],
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT / "src"),
                "XDG_CACHE_HOME": str(self.sessions / "cache"),
            },
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.address
        return self.address

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def without_room(self, n_bytes: int) -> Iterator[None]:
        """The system lets the server write files of at most `n_bytes` and refuses what goes beyond."""
        import resource

        if not hasattr(resource, "prlimit"):
            pytest.skip("only Linux limits another process")
        assert self._process is not None
        unlimited = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (n_bytes, unlimited[1]))
        yield
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, unlimited)


@contextmanager
def folder_served(folder: Path) -> Iterator[str]:
    """A folder at an address of localhost, as a notebook's server shows its pages."""
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("localhost", 0), functools.partial(quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Page:
    """The viewer in one tab, with words for what a person does and sees."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        self.errors: list[str] = []
        tab.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, address: str, recording: str = "") -> Page:
        self.tab.goto(address)
        if recording:
            self.wait(lambda: recording in self.tab.inner_text("#recordings"), "the list of recordings")
            self.tab.select_option("#recordings", label=recording)
        self.wait(lambda: self.js("store.table.method !== null") and self.n_spikes() > 0, "spikes")
        self.wait(lambda: self.tab.get_attribute("body", "aria-busy") == "false", "the end of the opening")
        return self

    def js(self, expression: str) -> Any:
        """A value of what the page knows."""
        return self.tab.evaluate(
            f"(() => {{ const {{store, frame}} = window.spikelens; return {expression}; }})()"
        )

    def wait(self, is_so: Callable[[], object], what: str) -> None:
        """Until something is so. The page forbids evaluated scripts, so it is asked from here."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, f"waited in vain for {what}; the page says: {self.status()}"
            self.tab.wait_for_timeout(50)

    def settled(self) -> None:
        """Until all tiles of the picture have come, and it is drawn."""
        self.frames()
        self.wait(lambda: not self.js("store.tiles.isWaiting"), "tiles")
        self.frames()

    def frames(self) -> None:
        """Until what was asked for is drawn."""
        self.tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def edit(self, *keys: str) -> None:
        """Press keys that edit, and wait until the server has acknowledged."""
        for key in keys:
            before = self.revision()
            self.press(key)
            self.wait(lambda before=before: self.revision() > before, f"the edit by {key}")  # type: ignore[misc]

    def revision(self) -> int:
        return int(self.js("store.table.revision"))

    def n_spikes(self) -> int:
        return int(self.js("store.table.spikes().length"))

    def samples(self) -> list[int]:
        return list(self.js("[...store.table.spikes()].map((row) => store.table.samples[row])"))

    def current(self, what: str) -> Any:
        return self.js(f"store.table.cell('{what}', store.currentRow)")

    def status(self) -> str:
        return str(self.tab.inner_text("#status"))

    def says(self, words: str) -> None:
        """Until the status line, or the banner, holds these words."""
        told = lambda: self.status() + self.tab.inner_text("#banner")  # noqa: E731
        self.wait(lambda: words in told(), f"the words {words!r}")

    def complains(self) -> None:
        """Until the status line tells of something that is wrong."""
        self.wait(lambda: "bad" in (self.tab.get_attribute("#status", "class") or ""), "a complaint")

    def place(self, sample: float) -> tuple[float, float]:
        """Where a sample of the file stands on the screen, in the middle of its lane."""
        box = self.tab.locator("#trace").bounding_box()
        x = self.js(f"62 + ({sample} - frame().range.start) * frame().perSample")
        y = self.js("frame().lanes[0].top + frame().lanes[0].height / 2")
        return box["x"] + x, box["y"] + y

    def download(self, format_: str, into: Path, **facts: str) -> Path:
        """Export from the dialog."""
        self.tab.click("#export")
        self.tab.check(f"input[value={format_}]")
        for name, value in facts.items():
            self.tab.fill(f"#fact-{name}", value)
        with self.tab.expect_download() as coming:
            self.tab.click("#dialog button[type=submit]")
        path = into / coming.value.suggested_filename
        coming.value.save_as(path)
        self.wait(lambda: not self.tab.locator("#dialog").is_visible(), "the dialog to close")
        return path
