"""How fast many channels are filtered, referenced and searched; beside SciPy, NumPy and SpikeInterface.

    python benchmarks/channels.py [--seconds 120] [--peers .venv-peers/bin/python] [--dask]

Prints a table in Markdown: what, the figure, and what it should reach. Figures are
millions of samples x channels per CPU second, the median of several runs and in brackets the
best, each with its array in memory unless it says file; a peer is run on the same data in the same run.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from probe_recording import RATE, write_probe_recording
from speed import anonymous_peak

from spikelens import api
from spikelens.arrow import write_columns
from spikelens.engines.serial import Serial
from spikelens.engines.threads import Threads
from spikelens.exclusive import Exclusive
from spikelens.exporters.parquet import Parquet, read_parquet
from spikelens.filters.butterworth import Butterworth
from spikelens.kernels.contacts import exclusive_peaks
from spikelens.kernels.memory import aligned
from spikelens.kernels.references import less_mean, less_median
from spikelens.kernels.rows import arrange, filter_rows
from spikelens.probesearch import ProbeSearch
from spikelens.runs.one import run_file
from spikelens.runs.probe import probe_search
from spikelens.runs.request import Request
from spikelens.runs.sharing import Sharing
from spikelens.spikes import Provenance, Spikes
from spikelens.stretches import Stretches
from spikelens.version import VERSION

Line = tuple[str, str, str, str]
BAND = {"low": 300.0, "high": 6000.0, "order": 3}
RUNS = 7


def rate_of(action: Callable[[], object], n_values: int, runs: int = RUNS) -> str:
    """Millions of values per CPU second: the median of the runs, and the best, after one not counted."""
    action()
    taken = []
    for _ in range(runs):
        begun = time.process_time()
        action()
        taken.append(time.process_time() - begun)
    middle, best = (n_values / seconds / 1e6 for seconds in (float(np.median(taken)), min(taken)))
    return f"{middle:,.0f} ({best:,.0f})"


def step_lines(search: ProbeSearch) -> Iterator[Line]:
    """Each step alone, on a block of the recording."""
    from scipy import signal

    stored = np.ascontiguousarray(search.recording.stored(0, round(0.54 * RATE)))
    n_channels = stored.shape[1]
    weight, rows = np.ones(n_channels, np.float32), aligned(stored.shape, np.float32)
    rest = np.median(stored, axis=0).astype(np.int16)
    fast = rate_of(lambda: less_median(stored, rest, weight, rows), stored.size)
    slow = rate_of(lambda: np.median(stored, axis=1), stored.size, 2)
    yield "exact median reference, int16", fast, ">= 2,000", f"np.median {slow}"
    fast = rate_of(lambda: less_mean(stored, rest, weight, rows), stored.size)
    yield "mean reference, int16", fast, "-", "-"
    sections = Butterworth(**BAND).sections(RATE)
    cascade = arrange(sections, signal.sosfilt_zi(sections))
    slow = rate_of(lambda: signal.sosfiltfilt(sections, rows, axis=0), stored.size, 2)
    fast = rate_of(lambda: filter_rows(rows, cascade, causal=False), stored.size)
    yield "zero-phase order-3 band-pass, float32", fast, ">= 700", f"SciPy {slow}"
    block = search.shares(1.0)[0].blocks[0]
    filtered = search.preparation.rows(block).copy()
    limits, apart = search._limits(filtered.dtype), round(search.settings.apart * RATE)
    fast = rate_of(
        lambda: exclusive_peaks(filtered, limits, search._near, apart, 0, len(filtered)), filtered.size
    )
    yield "locally exclusive peaks, float32", fast, ">= 1,200", "-"


def whole_lines(path: Path, out: Path, request: Request) -> Iterator[Line]:
    """From the raw file to the table on disk, by each engine of this machine."""
    recording = api.read(path)
    n_values = recording.n_samples * len(recording.channels)
    engines = {"serial": Serial(), "one thread": Threads(workers=1), "two threads": Threads(workers=2)}
    speeds, walls = {name: [] for name in engines}, {name: [] for name in engines}
    digests = set()
    for k, (name, engine) in itertools.product(range(3), engines.items()):
        begun, clock = time.process_time(), time.perf_counter()
        run_file(path, out / f"{name} {k}", request, sharing=Sharing(engine))
        speeds[name].append(n_values / (time.process_time() - begun) / 1e6)
        walls[name].append(time.perf_counter() - clock)
        digests.add(_digest(out / f"{name} {k}"))
    for name, several in speeds.items():
        speed = float(np.median(several))
        real_time = speed * 1e6 / (RATE * len(recording.channels))
        told = f"{speed:,.0f} ({real_time:.0f} x real time)"
        yield f"raw file to table on disk, {name}", told, ">= 230", "-"
    ratio = np.median(np.divide(walls["one thread"], walls["two threads"]))
    yield "the pipeline, two threads against one, wall", f"{ratio:.2f} x", ">= 1.6 x, cores free", "-"
    yield "digests of the engines agree", "yes" if len(digests) == 1 else "NO", "yes", "-"


def memory_line(path: Path, out: Path, request: Request) -> Line:
    """A whole run by one worker; before anything else, so that no memory is used again."""
    with anonymous_peak() as peak:
        run_file(path, out / "memory", request, sharing=Sharing(Threads(workers=1)))
    return (
        "anonymous memory of one worker beyond imports",
        f"{peak[0]:,.0f} MB",
        "<= 400 MB",
        "31 GB seen",
    )


def growth_lines(folder: Path, seconds: float) -> Iterator[Line]:
    """A whole run of probes of several sizes, by one worker: CPU seconds per recorded minute."""
    for n_channels in (2, 4, 16, 64):
        inside = folder / f"of_{n_channels}"
        inside.mkdir()
        write_probe_recording(inside, seconds, n_channels=n_channels)
        request = Request(probe={"probe": str(inside / "probe.json")}, report=False)
        for out in ("warm", "measured"):
            begun = time.process_time()
            run_file(inside / "probe.bin", inside / out, request, sharing=Sharing(Serial()))
        taken = time.process_time() - begun
        speed = seconds * RATE * n_channels / taken / 1e6
        per_minute = taken * 60 / seconds
        yield (
            f"raw file to table, {n_channels} channels",
            f"{speed:,.0f} ({per_minute:.2f} s per minute)",
            "-",
            "-",
        )


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "spikes.parquet").read_bytes()).hexdigest()


def work_for(seconds: float) -> float:
    """A task that keeps a core busy, and says how long it did."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        sum(range(10_000))
    return time.perf_counter() - begun


def dask_lines(seconds: float = 5.0, rounds: int = 4) -> Iterator[Line]:
    """What Dask costs at tasks of some seconds: slot time not spent in tasks, the start left out."""
    from distributed import Client, LocalCluster

    from spikelens.engines.dask import Dask

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        engine = Dask(scheduler=cluster.scheduler_address)
        list(engine.run(work_for, [0.01] * 4))
        begun = time.perf_counter()
        spent = sum(engine.run(work_for, [seconds] * 2 * rounds))
        slots = 2 * (time.perf_counter() - begun)
    yield f"Dask, slot time lost at {seconds:g} s tasks", f"{1 - spent / slots:.1%}", "<= 3 %", "-"


def spikes_of_a_day(n: int) -> Spikes:
    """So many spikes of a day on 384 channels, with every column that a table has."""
    rng, length = np.random.default_rng(0), round(86_400 * RATE)
    at = np.sort(rng.integers(0, length, n))
    channel = rng.integers(0, 384, n).astype(np.int32)
    columns = {
        "time": at / RATE + rng.uniform(-0.5, 0.5, n) / RATE,
        "sample_index": at,
        "sweep": np.zeros(n, np.int32),
        "time_in_sweep": at / RATE,
        "channel": np.array([f"AP{k}" for k in range(384)])[channel],
        "channel_index": channel,
        "height": rng.normal(-1e-4, 1e-5, n),
        "probability": np.full(n, np.nan, np.float32),
        "verdict": np.full(n, "spike", "U9"),
    }
    whole = Stretches(np.array([0]), np.array([0]), np.array([length]))
    made = Provenance("bandpass_mad", {}, VERSION, "", "extracellular", -1)
    return Spikes(columns, {}, {}, RATE, whole, made)


def table_lines(folder: Path, n: int = 10_000_000) -> Iterator[Line]:
    """Ten million spikes: written, a stretch of time and one channel read back."""
    spikes, path = spikes_of_a_day(n), folder / "many.parquet"
    names = ("sample_index", "channel_index", "height")
    few = {name: spikes[name] for name in names}
    what = "1e7 spikes: sample, channel and height written"
    yield _clocked(what, lambda: write_columns(path, few), 600, anew=path)
    what = "1e7 spikes: the whole table of nine columns written"
    yield _clocked(what, lambda: Parquet().write_spikes(path, spikes), 600, anew=path)
    yield _clocked("1e7 spikes: 10 s read", lambda: read_parquet(path, start=4e4, stop=40_010.0), 20)
    one = {"channel_index": 100, "columns": ["time"]}
    yield _clocked("1e7 spikes: times of one channel read", lambda: read_parquet(path, **one), 100)


def _clocked(what: str, action: Callable[[], object], limit: int, *, anew: Path | None = None) -> Line:
    """The median CPU time of five runs, after one that does not count; a file `anew` is not there before."""
    action()
    taken = []
    for _ in range(5):
        if anew is not None:
            anew.unlink()
        begun = time.process_time()
        action()
        taken.append(time.process_time() - begun)
    return what, f"{np.median(taken) * 1e3:,.0f} ms CPU", f"<= {limit} ms", "-"


def peer_lines(python: str, folder: Path) -> Iterator[Line]:
    """SpikeInterface on the same file."""
    worker = Path(__file__).with_name("channels_peer.py")
    environment = os.environ | dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    )
    told = subprocess.run(
        [python, str(worker), str(folder)], check=True, capture_output=True, text=True, env=environment
    )
    for line in told.stdout.strip().splitlines():
        what, figure = line.split("\t")
        yield what, "-", "-", figure


def lines(asked: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """Every figure, as it is measured."""
    write_probe_recording(folder, asked.seconds, n_channels=asked.channels)
    request = Request(probe={"probe": str(folder / "probe.json")}, report=False)
    yield memory_line(folder / "probe.bin", folder / "out", request)
    search = probe_search(api.read(folder / "probe.bin"), request).surveyed()
    assert search.settings == Exclusive.from_parameters(request.probe)
    yield from step_lines(search)
    yield from whole_lines(folder / "probe.bin", folder / "out", request)
    yield from growth_lines(folder, min(asked.seconds, 60.0))
    yield from table_lines(folder, asked.spikes)
    if asked.dask:
        yield from dask_lines()
    if asked.peers:
        yield from peer_lines(asked.peers, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--channels", type=int, default=384)
    parser.add_argument("--spikes", type=int, default=10_000_000)
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--peers", default=os.environ.get("SPIKELENS_PEERS"))
    asked = parser.parse_args()
    print("| figure (M samples x channels per CPU second) | ours | to reach | peer |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for line in lines(asked, Path(folder)):
            print("| " + " | ".join(line) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
