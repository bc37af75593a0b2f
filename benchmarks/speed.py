"""How fast the main job is, and how much memory it takes.

    python benchmarks/speed.py [--minutes 20] [--hours 24]

Prints a table in Markdown: what, the figure, and what it should reach. Times are CPU
seconds of warm runs unless they say wall; medians of several runs. With `--hours` only the
memory that so long a recording takes is measured.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from spikelens import api
from spikelens.recording import Recording
from spikelens.simulation import simulate

RATE = 20_000.0
RUNS = 5


def cpu_seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    """The median CPU time of an action, after one that does not count."""
    action()
    taken = []
    for _ in range(runs):
        begun = time.process_time()
        action()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def wall_seconds(command: list[str], runs: int = RUNS, **environment: str) -> float:
    """The median wall time of a command."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def long_file(folder: Path, minutes: float) -> Path:
    """An int16 recording of a medium cell, repeated to the length wanted."""
    cell = simulate(60.0, RATE, difficulty="medium", seed=9_100).recording
    stored = np.tile(cell.stored()[:, 0], int(np.ceil(minutes)))[: round(minutes * 60 * RATE)]
    path = folder / f"cell_{minutes:g}.bin"
    stored.astype("<i2").tofile(path)
    gain = cell.channels[0].gain
    path.with_suffix(".toml").write_text(
        f'dtype = "<i2"\nn_channels = 1\nsampling_rate = {RATE}\ngain = {gain!r}\nunit = "V"\n'
    )
    return path


@contextmanager
def anonymous_peak() -> Iterator[list[float]]:
    """The most anonymous memory (MB) this process held in a block, beyond what it held before."""
    before, peak, done = anonymous_mb(), [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            peak[0] = max(peak[0], anonymous_mb() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def anonymous_mb(process: int | str = "self") -> float:
    """Anonymous resident memory now, MB; only Linux tells. None of a process that has ended."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0) / 1e3


def peak_of(command: list[str]) -> float:
    """The most anonymous memory of a command, MB."""
    peak = 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        while running.poll() is None:
            peak = max(peak, anonymous_mb(running.pid))
            time.sleep(0.01)
    assert running.returncode == 0
    return peak


def long_rows(hours: float, folder: Path) -> Iterator[tuple[str, str, str]]:
    """What the default detector takes for hours of a hard cell, with few and with all columns written.

    A minute is repeated, in which about 160 candidates are listed, many times what is usual.
    """
    minute = simulate(60.0, 10_000.0, difficulty="hard", seed=80_900, family="integrate-and-fire").recording
    trace, path = minute.read()[:, 0], folder / "cell.npy"
    for name, more in (("spikes", []), ("spikes and candidates", ["--candidates"])):
        peaks = []
        # Twice, since the first run compiles.
        for n_minutes in (1, 1, round(60 * hours)):
            stored = np.lib.format.open_memmap(path, "w+", np.float32, (n_minutes * trace.size,))
            stored.reshape(n_minutes, -1)[:] = trace
            stored.flush()
            asked = ["--no-report", "--unit", "V", "--sampling-rate", "10000", "--force", *more]
            find = [sys.executable, "-m", "spikelens", "find", str(path), *asked]
            peaks.append(peak_of([*find, "--out", str(folder / "out")]))
        what = f"anonymous memory of `find`, {hours:g} h against 1 min, {name} written"
        yield what, f"{peaks[2] - peaks[1]:.0f} MB", "< 200 MB"


def rows(minutes: float, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Every figure, as it is measured."""
    spikelens = [sys.executable, "-m", "spikelens"]
    yield "`spikelens --help`, wall", f"{wall_seconds([*spikelens, '--help'], 9):.2f} s", "< 0.15 s"
    yield "bare Python start, wall", f"{wall_seconds([sys.executable, '-c', 'pass'], 9):.2f} s", "-"
    npy = folder / "minute.npy"
    np.save(npy, simulate(60.0, RATE, difficulty="medium", seed=9_101).recording.read()[:, 0])
    asked = ["--method", "prominence", "--no-report", "--unit", "V", "--sampling-rate", str(RATE), "--force"]
    find = [*spikelens, "find", str(npy), *asked, "--out", str(folder / "out")]
    with tempfile.TemporaryDirectory() as cache:
        first = wall_seconds(find, 1, NUMBA_CACHE_DIR=cache)
    yield "60 s `.npy`, `find --no-report`, first run ever, wall", f"{first:.1f} s", "< 8 s"
    wall_seconds(find, 1)
    yield "the same, warm, wall", f"{wall_seconds(find):.2f} s", "< 1.5 s"
    yield from detection_rows(minutes, folder)


def detection_rows(minutes: float, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Detection with all features at several lengths, and the memory of the longest."""
    for share in (0.25, 0.5, 1.0):
        recording = api.read(long_file(folder, minutes * share))
        taken = cpu_seconds(lambda r=recording: api.find(r, "prominence"), 3)
        speed = recording.n_samples / taken / 1e6
        n = len(api.find(recording, "prominence"))
        what = f"detection + all features, {minutes * share:g} min at 20 kHz ({n} spikes)"
        yield what, f"{speed:.0f} Msamples/s", ">= 40"
    for method in ("level", "slope", "prominence", "deviation", "bandpass_mad"):
        taken = cpu_seconds(lambda m=method: api.detect(recording, m), 3)
        yield f"detection alone, {method}", f"{recording.n_samples / taken / 1e6:.0f} Msamples/s", "-"
    hour = api.read(long_file(folder, 60.0))
    yield memory_row(hour)


def memory_row(recording: Recording) -> tuple[str, str, str]:
    with anonymous_peak() as peak:
        api.find(recording, "prominence")
    return "anonymous memory beyond the imports, 1 h mapped", f"{peak[0]:.0f} MB", "< 200 MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--hours", type=float, help="only measure the memory of so long a recording")
    asked = parser.parse_args()
    print("| figure | measured | to reach |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measured = long_rows if asked.hours else rows
        for row in measured(asked.hours or asked.minutes, Path(folder)):
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
