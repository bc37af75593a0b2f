"""How fast the viewer's page is, in headless Chromium: a view, a pan, an edit.

    PYTHONPATH=. python benchmarks/page.py [samples ...]

opens mapped int16 recordings of so many samples (1e8 and 1e9 by default). A view counts from
the moment the page is told to show other samples, at a random place and zoom, until they are
drawn at full detail; an edit counts from the server's answer until table and plots are drawn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from tests.app.browser import Page, browser
from viewer import N_SPIKES, Row, recording_of, served, table_of

from spikelens.app.review import Review
from spikelens.recording import Recording
from spikelens.session import State

N_VIEWS = 150
PAN_SECONDS = 4.0

_VIEWS = """async (n) => {
  const {store} = window.spikelens, found = [];
  let random = 12345;
  const next = () => (random = (random * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let k = 0; k < n; k += 1) {
    const length = 64 * Math.pow(store.n / 64, next());
    const start = next() * (store.n - length);
    let asked = false;
    const ms = await new Promise((done) => {
      store.measured = (what, ms) => what === "view" && done(ms);
      store.range = {start, stop: start + length};
      store.touch("view");
      queueMicrotask(() => (asked = store.tiles.isWaiting));
    });
    found.push([ms, asked]);
    await new Promise((done) => setTimeout(done, 10 + 17 * next()));
  }
  store.measured = null;
  return found;
}"""

_PAN = """async (seconds) => {
  const {store} = window.spikelens, times = [];
  const length = 10 * store.rate;
  store.range = {start: 0, stop: length};
  store.touch("view");
  await new Promise((done) => setTimeout(done, 500));
  return await new Promise((done) => {
    const step = (now) => {
      times.push(now);
      if (now - times[0] > 1000 * seconds) return done(times);
      store.range = {start: store.range.start + length / 240, stop: store.range.stop + length / 240};
      store.touch("view");
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
}"""

_EDITS = """() => {
  window.edits = [];
  window.spikelens.store.measured = (what, ms) => what === "edit" && window.edits.push(ms);
}"""


def processor_seconds() -> float:
    """Processor time of this process and of all it started: the server, and the whole browser.

    Unlike the time on the clock it hardly depends on what else the machine does. Nought where
    the system does not say.
    """
    found: dict[int, tuple[int, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = path.read_text().rpartition(")")[2].split()
            found[int(path.parent.name)] = int(words[1]), int(words[11]) + int(words[12])
    mine, waiting = 0, [os.getpid()]
    while waiting:
        parent = waiting.pop()
        mine += found.get(parent, (0, 0))[1]
        waiting += [child for child, (of, _) in found.items() if of == parent]
    return mine / os.sysconf("SC_CLK_TCK") if found else 0.0


def measure_views(page: Page, name: str) -> list[Row]:
    """Views of random places at zooms from 64 samples to the whole file."""
    used = [processor_seconds()]
    ms, asked = np.array(page.tab.evaluate(_VIEWS, N_VIEWS)).T
    used.append(processor_seconds())
    times = np.array(page.tab.evaluate(_PAN, PAN_SECONDS))
    used.append(processor_seconds())
    per_view, per_frame = (1e3 * np.diff(used) / (ms.size, times.size)).tolist()
    return [
        Row(f"processor time of a view, browser and server, {name}", per_view, "ms"),
        Row(f"processor time of a frame of the pan, {name}", per_frame, "ms"),
        Row(f"view drawn, median, {name}", float(np.median(ms)), "ms"),
        Row(f"view drawn, 95 %, {name}", float(np.percentile(ms, 95)), "ms"),
        Row(f"views that asked the server, {name}", 100 * float(asked.mean()), "%"),
        Row(f"those drawn, median, {name}", float(np.median(ms[asked > 0])), "ms"),
        Row(f"pan of 10 s, {name}", (times.size - 1) / float(times[-1] - times[0]) * 1e3, "frames/s"),
        Row(f"longest frame of the pan, {name}", float(np.diff(times).max()), "ms"),
    ]


def measure_edits(page: Page, n_spikes: int) -> list[Row]:
    """Reject spikes, each drawn in the trace, the table and every plot."""
    page.wait(lambda: page.js("store.waves !== null && store.waves.ids.length > 0"), "waveforms")
    page.tab.evaluate(_EDITS)
    page.tab.focus("#trace")
    page.press("Home")
    for _ in range(30):
        page.press("n")
        page.edit("x")
        page.frames()
    ms = np.array(page.tab.evaluate("window.edits"))
    return [
        Row(f"{n_spikes} spikes drawn after an edit, median", float(np.median(ms)), "ms"),
        Row(f"{n_spikes} spikes drawn after an edit, 95 %", float(np.percentile(ms, 95)), "ms"),
    ]


def measure(recording: Recording, folder: Path, chrome: Any) -> list[Row]:
    """All figures of one recording."""
    rows = []
    with served(recording, folder) as (viewer, url):
        item = viewer._served.library.items()[0]
        page = Page(chrome.new_page(viewport={"width": 1280, "height": 800}))
        page.tab.goto(viewer.address)
        page.wait(lambda: page.js("store.facts !== null"), "the facts")
        begun = time.monotonic()
        while not page.tab.evaluate(f"fetch('{url}').then((a) => a.json()).then((f) => f.pyramid.done)"):
            assert time.monotonic() < begun + 120, "the pyramid takes too long"
            time.sleep(0.1)
        name = f"{recording.n_samples:.0e} samples"
        rows += measure_views(page, name)
        if N_SPIKES * 720 <= recording.n_samples <= 2e8:
            assert item.opened is not None
            item.opened.desk.review = Review(table_of(recording, N_SPIKES), State())
            begun = time.monotonic()
            page.tab.reload()
            page.wait(lambda: page.n_spikes() > 0, "spikes")
            page.settled()
            rows.append(Row(f"page usable after opening, {name}", time.monotonic() - begun, "s"))
            rows += measure_edits(page, N_SPIKES)
        assert page.errors == []
    return rows


def main() -> None:
    """Print the figures of each size; several sizes run in processes of their own."""
    sizes = [int(float(word)) for word in sys.argv[1:]] or [10**8, 10**9]
    if len(sizes) > 1:
        for size in sizes:
            subprocess.run([sys.executable, __file__, str(size)], check=True)
        return
    with recording_of(sizes[0]) as recording, tempfile.TemporaryDirectory() as kept, browser() as chrome:
        for row in measure(recording, Path(kept), chrome):
            print(f"{row.name:60} {row.value:10.4g} {row.unit}", flush=True)


if __name__ == "__main__":
    main()
