"""How fast the viewer's server is: the pyramid, a tile, an edit.

    python benchmarks/viewer.py [samples ...]

builds the pyramid of mapped int16 recordings of so many samples (1e8 and 1e9 by default;
2 bytes each, in a temporary folder), asks for tiles of every level, and edits a table of
1e5 spikes. Each size runs in a process of its own, whose memory is its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikelens.app.detection import Detected
from spikelens.app.library import Library
from spikelens.app.notebook import Viewer
from spikelens.app.pyramid import Pyramid
from spikelens.app.server import Served
from spikelens.choosing import choose
from spikelens.recording import Channel, Recording, Sweeps
from spikelens.session import State
from spikelens.sources import MappedSource

RATE = 20_000
APART = 720
"""A spike every so many samples."""
PIECE = 555 * APART
"""The recording repeats after so many samples, about 20 s."""
N_SPIKES = 100_000
N_REQUESTS = 200


@dataclass(frozen=True)
class Row:
    """One figure: what it is of, and the value with its unit."""

    name: str
    value: float
    unit: str


@contextmanager
def recording_of(n_samples: int) -> Iterator[Recording]:
    """A mapped int16 recording on disk: a noisy cell with a spike every 36 ms."""
    with tempfile.TemporaryDirectory(prefix="spikelens-benchmark-") as folder:
        path = Path(folder) / "cell.i2"
        write_trace(path, n_samples)
        yield mapped(path, n_samples)


def mapped(path: Path, n_samples: int) -> Recording:
    """The recording in a file that `write_trace` wrote."""
    source = MappedSource(path, "<i2", n_samples, 1)
    channel = Channel("Vm", "voltage", 1e-3 / 32.768)
    facts = {"mode": "current-clamp", "path": path, "name": path.stem, "fingerprint": f"{n_samples:064x}"}
    return Recording(source, float(RATE), (channel,), Sweeps.of_lengths([n_samples]), **facts)


def write_trace(path: Path, n_samples: int) -> None:
    t = np.arange(PIECE)
    volts = np.random.default_rng(0).normal(-0.070, 2e-4, PIECE)
    volts += 0.09 * np.exp(-0.5 * ((t % APART - APART // 2) / 6.0) ** 2)
    piece = np.rint(volts * 32_768).astype("<i2")
    with path.open("wb") as out:
        for start in range(0, n_samples, PIECE):
            piece[: n_samples - start].tofile(out)


def resident() -> float:
    """Memory of this process, MB; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def watching_memory() -> Iterator[list[float]]:
    """The most memory that is resident while the block runs, in the list's one entry."""
    most, ended = [resident()], threading.Event()

    def watch() -> None:
        while not ended.wait(0.005):
            most[0] = max(most[0], resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def measure_pyramid(path: Path, n_samples: int) -> list[Row]:
    """Build it once, the kernels compiled before and the file in the system's cache."""
    Pyramid(mapped(path, min(n_samples, PIECE))).build()
    recording = mapped(path, n_samples)
    with watching_memory() as most, tempfile.TemporaryDirectory() as cache:
        begun, used = time.perf_counter(), time.process_time()
        Pyramid(recording, cache=Path(cache)).build()
        built, used = time.perf_counter() - begun, time.process_time() - used
        begun = time.perf_counter()
        Pyramid(recording, cache=Path(cache)).build()
        found = time.perf_counter() - begun
    size = f"{n_samples:.0e} samples"
    return [
        Row(f"pyramid of {size}", built, "s"),
        Row(f"processor time of it, {size}", used, "s"),
        Row(f"the same, found in the cache, {size}", found * 1e3, "ms"),
        Row(f"memory resident meanwhile, {size}", most[0], "MB"),
    ]


@contextmanager
def served(recording: Recording, folder: Path) -> Iterator[tuple[Viewer, str]]:
    """A viewer of a recording whose spikes are not sought, and the recording's address in it."""
    library = Library([recording], sessions=folder, cache=folder / "cache")
    library.jobs.start = lambda words, work, ended: _no_job(words)  # type: ignore[method-assign]
    viewer = Viewer(Served(library))
    try:
        yield viewer, f"/api/recordings/{library.items()[0].id}"
    finally:
        viewer.close()


def _no_job(words: str) -> object:
    from spikelens.app.jobs import Job

    job = Job(words, state="done")
    job.ended.set()
    return job


@contextmanager
def client_of(viewer: Viewer) -> Iterator[Any]:
    """An HTTP client that has shown the key."""
    import httpx

    home = viewer.address.partition("/?")[0]
    with httpx.Client(base_url=home, headers={"origin": home}, timeout=120) as client:
        client.get(viewer.address)
        yield client


def measure_tiles(path: Path, n_samples: int, folder: Path) -> list[Row]:
    """Requests of tiles at random places, level by level, one after the other."""
    recording = mapped(path, n_samples)
    rows, rng = [], np.random.default_rng(1)
    with served(recording, folder) as (viewer, url), client_of(viewer) as client:
        begun = time.perf_counter()
        facts = client.get(url).json()
        rows.append(
            Row(f"facts after opening, {n_samples:.0e} samples", (time.perf_counter() - begun) * 1e3, "ms")
        )
        while not facts["pyramid"]["done"]:
            time.sleep(0.05)
            facts = client.get(url).json()
        levels = facts["pyramid"]["top_level"] + 1
        times = []
        for k in range(N_REQUESTS):
            level = k % levels
            number = int(rng.integers(0, -(-n_samples // (2048 << level))))
            begun = time.perf_counter()
            answer = client.get(f"{url}/tiles", params={"level": level, "tile": number})
            times.append(time.perf_counter() - begun)
            assert answer.status_code == 200
    ms = 1e3 * np.array(times)
    rows.append(Row(f"tile, median over all levels, {n_samples:.0e} samples", float(np.median(ms)), "ms"))
    rows.append(Row(f"tile, 95 %, {n_samples:.0e} samples", float(np.percentile(ms, 95)), "ms"))
    return rows


def table_of(recording: Recording, n_spikes: int) -> Detected:
    """A measured table of so many spikes, at the places where they were put."""
    from spikelens import api
    from spikelens.app.placing import place
    from spikelens.spikes import Provenance
    from spikelens.version import VERSION

    made = Provenance("given", {}, VERSION, recording.fingerprint, recording.mode, 1)
    samples = APART // 2 + APART * np.arange(n_spikes, dtype=np.int64)
    chosen = choose(recording)
    spikes = place(chosen.recording, api.observed(chosen.recording), samples, made)
    return Detected(chosen, api.measure(chosen, spikes))


def measure_edits(path: Path, n_samples: int, folder: Path, n_spikes: int) -> list[Row]:
    """Reject one spike after another, each on disk before the answer, and read the table."""
    from spikelens.app.review import Review

    recording = mapped(path, n_samples)
    with served(recording, folder) as (viewer, url), client_of(viewer) as client:
        client.get(url)
        desk = viewer._served.library.items()[0].opened.desk  # type: ignore[union-attr]
        desk.review = Review(table_of(recording, n_spikes), State())
        times = []
        for k in range(60):
            edit = {"do": "reject", "id": APART // 2 + APART * ((k * 997) % n_spikes)}
            begun = time.perf_counter()
            answer = client.post(f"{url}/edits", json={"revision": k, "edits": [edit]})
            times.append(time.perf_counter() - begun)
            assert answer.status_code == 200, answer.text
        ms = 1e3 * np.array(times)
        rows = [
            Row(f"edit among {n_spikes} spikes, median", float(np.median(ms)), "ms"),
            Row(f"edit among {n_spikes} spikes, 95 %", float(np.percentile(ms, 95)), "ms"),
        ]
        for columns in ("id,sample_index,state", "all"):
            query = {} if columns == "all" else {"columns": columns}
            begun = time.perf_counter()
            answer = client.get(f"{url}/spikes", params=query)
            took = 1e3 * (time.perf_counter() - begun)
            rows.append(
                Row(f"table of {n_spikes} spikes, {columns}, {len(answer.content) / 1e6:.1f} MB", took, "ms")
            )
    return rows


def measure(n_samples: int, n_spikes: int = N_SPIKES) -> list[Row]:
    """All figures of one size; edits on what holds the spikes."""
    with recording_of(n_samples) as recording, tempfile.TemporaryDirectory() as kept:
        assert recording.path is not None
        rows = measure_pyramid(recording.path, n_samples)
        rows += measure_tiles(recording.path, n_samples, Path(kept) / "tiles")
        if n_spikes * APART <= n_samples:
            rows += measure_edits(recording.path, n_samples, Path(kept) / "edits", n_spikes)
        return rows


def main() -> None:
    """Print the figures of each size; several sizes run in processes of their own."""
    sizes = [int(float(word)) for word in sys.argv[1:]] or [10**8, 10**9]
    if len(sizes) > 1:
        for size in sizes:
            subprocess.run([sys.executable, __file__, str(size)], check=True)
        return
    for row in measure(sizes[0]):
        print(f"{row.name:60} {row.value:10.4g} {row.unit}", flush=True)


if __name__ == "__main__":
    main()
