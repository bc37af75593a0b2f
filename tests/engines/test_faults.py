"""Killed drivers and workers: the run ends with the same bytes, nothing lost, doubled or torn."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import spikelens
from spikelens.cli import run
from spikelens.engines import cores
from spikelens.runs.probe import keep_share
from tests.probes.cases import counts, probe_json, random_places
from tests.runs.probe_files import FIND, write

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals are POSIX's")
N = 400_000
OURS = os.environ | {"PYTHONPATH": str(Path(spikelens.__file__).parents[1])}
DRIVER = """
import sys, time
from pathlib import Path
from spikelens.cli import run
from spikelens.engines import cores
from spikelens.probesearch import ProbeSearch
real = ProbeSearch.candidates
def slowly(search, share):
    with Path("searched.txt").open("a") as out:
        out.write(share.name + "\\n")
    time.sleep(0.1)
    return real(search, share)
ProbeSearch.candidates = slowly
sys.exit(run(sys.argv[1:]))
"""
ASKED = [*FIND, "--quiet", "--chunk", "0.5", "--out", "out"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rec.bin", counts(N, random_places(N)))
    probe_json(tmp_path / "line.json")
    assert run([*ASKED[:-1], "whole"]) == 0
    return tmp_path


def digest(out):
    return hashlib.sha256(Path(out, "rec", "spikes.parquet").read_bytes()).hexdigest()


def n_done_again():
    """How many shares were searched more than once, so many times; Dask's workers are not told to count."""
    told = Path("searched.txt")
    searched = told.read_text().split() if told.exists() else []
    return len(searched) - len(set(searched))


def rows_done():
    return len(list(Path("out").glob(".parts/*/*.json")))


def killed_after(driver: subprocess.Popen[bytes], n_rows: int, delay: float) -> bool:
    """Kill a driver once it has kept some more shares; False if it ended before."""
    while driver.poll() is None and rows_done() < n_rows:
        time.sleep(0.005)
    time.sleep(delay)
    driver.kill()
    driver.wait()
    return driver.returncode == -signal.SIGKILL


needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="dask.distributed is absent; install spikelens[dask]",
)


@pytest.mark.parametrize(
    ("engine", "n_kills"),
    [
        ("serial", 5),
        ("threads", 5),
        *(pytest.param(name, 50, marks=pytest.mark.soak) for name in ("serial", "threads")),
        pytest.param("dask", 10, marks=[pytest.mark.soak, needs_dask]),
    ],
)
def test_a_driver_that_is_killed_resumes(here, engine, n_kills):
    rng = np.random.default_rng(n_kills)
    command = [sys.executable, "-c", DRIVER, *ASKED, "--engine", engine]
    kills = 0
    for _ in range(n_kills):
        aim = rows_done() + int(rng.integers(0, 4))
        kills += killed_after(subprocess.Popen(command, env=OURS), aim, float(rng.uniform(0, 0.2)))
        assert not Path("out/rec/run.json").exists() or rows_done() == 0
    assert kills >= 1
    assert subprocess.run(command, env=OURS, check=False).returncode == 0
    assert digest("whole") == digest("out")
    workers = 1 if engine == "serial" else cores()
    # A share is done again only if a kill met it while it was being searched.
    assert n_done_again() <= kills * workers
    assert sorted(p.name for p in Path("out").iterdir()) == ["rec"]


def keep_and_tell(search, store, share):
    """The task of `runs.probe`, told of in a file; it goes to Dask's workers by its name."""
    if store.row(share.name) is None:
        with Path("searched.txt").open("a") as out:
            out.write(share.name + "\n")
        time.sleep(0.1)
    return keep_share(search, store, share)


@needs_dask
@pytest.mark.parametrize("n_kills", [1, pytest.param(10, marks=pytest.mark.soak)])
def test_a_worker_that_is_killed_costs_one_share(here, monkeypatch, n_kills):
    import psutil

    monkeypatch.setattr("spikelens.runs.probe.keep_share", keep_and_tell)

    ended = threading.Event()
    killed: list[int] = []

    def kill_workers() -> None:
        while not ended.wait(0.05) and len(killed) < n_kills:
            leaves = [p for p in psutil.Process().children(recursive=True) if _is_worker(p)]
            if leaves and rows_done() > len(killed):
                leaves[len(killed) % len(leaves)].kill()
                killed.append(rows_done())
                ended.wait(1.0)

    killer = threading.Thread(target=kill_workers)
    killer.start()
    try:
        assert run([*ASKED, "--engine", "dask", "--workers", "2"]) == 0
    finally:
        ended.set()
        killer.join()
    assert killed and Path("searched.txt").exists()
    assert n_done_again() <= len(killed)
    assert digest("whole") == digest("out")


def _is_worker(process: object) -> bool:
    """A process started by one we started: a worker below its nanny."""
    import psutil

    assert isinstance(process, psutil.Process)
    try:
        return "spawn_main" in " ".join(process.cmdline()) and not process.children()
    except psutil.Error:
        return False


@pytest.mark.parametrize("n_pairs", [1, pytest.param(15, marks=pytest.mark.soak)])
def test_two_drivers_of_one_output_at_once_agree(here, n_pairs):
    rng = np.random.default_rng(0)
    for k in range(n_pairs):
        out = f"out{k}"
        command = [sys.executable, "-c", DRIVER, *ASKED[:-1], out]
        one = subprocess.Popen(command, env=OURS)
        time.sleep(float(rng.uniform(0, 1.5)))
        other = subprocess.Popen(command, env=OURS)
        assert (one.wait(), other.wait()) == (0, 0)
        assert digest("whole") == digest(out)
        assert sorted(p.name for p in Path(out).iterdir()) == ["rec"]


@pytest.mark.soak
def test_any_engine_any_number_of_workers_and_any_chunk_give_the_same_bytes(here):
    rng = np.random.default_rng(0)
    for k in range(40):
        engine = ["serial", "threads", "threads", "dask"][k % 4]
        asked = ["--engine", engine, "--workers", str(rng.integers(1, 9))]
        asked += ["--chunk", f"{np.exp(rng.uniform(np.log(0.5), np.log(60.0))):.3f}"]
        assert run([*ASKED[:-4], *asked, "--out", f"out{k}"]) == 0
        assert digest("whole") == digest(f"out{k}")


@pytest.mark.soak
def test_a_long_recording_fits_into_a_gigabyte(tmp_path, monkeypatch):
    """An 80 GB sparse file under a cap on memory that is not the file's."""
    import resource

    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rec.bin", np.zeros((10, 384), np.int16))
    with (tmp_path / "rec.bin").open("r+b") as file:
        file.truncate(384 * 2 * 110_000_000)
    cap = resource.RLIMIT_DATA
    done = subprocess.run(
        [sys.executable, "-m", "spikelens", "find", "rec.bin", "--mode", "extracellular", "--no-report"],
        env=OURS,
        preexec_fn=lambda: resource.setrlimit(cap, (1 << 30, 1 << 30)),
        check=False,
    )
    assert done.returncode == 0
