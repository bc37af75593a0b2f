"""Many files through an engine: the same folders, the longest first, shared out among shards."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.factory import make_trace
from tests.probes.cases import counts, probe_json, random_places
from tests.runs.probe_files import FIND, digest, write

import spikelens
from spikelens.cli import run
from spikelens.engines import cores
from spikelens.engines.dask import Dask
from spikelens.engines.serial import Serial
from spikelens.engines.threads import Threads
from spikelens.runs import batch as module
from spikelens.runs.batch import run_batch
from spikelens.runs.request import Request
from spikelens.runs.sharing import Sharing

QUICK = Request(method="level", hints={"unit": "V", "sampling_rate": 10_000.0}, report=False)
SIZES = {"a": 20_000, "b": 60_000, "c": 40_000, "d": 10_000, "e": 30_000}
ENGINES = [
    Serial(),
    Threads(workers=3),
    pytest.param(
        Dask(workers=2),
        marks=pytest.mark.skipif(
            importlib.util.find_spec("distributed") is None,
            reason="dask.distributed is absent; install spikelens[dask]",
        ),
    ),
]


@pytest.fixture
def files(tmp_path):
    for k, (name, n) in enumerate(SIZES.items()):
        np.save(tmp_path / f"{name}.npy", make_trace(n, 10_000.0, range(1_000, n, 1_000 + 100 * k)))
    return [tmp_path / f"{name}.npy" for name in SIZES]


def silent(path):
    return lambda done, total: None


def run_files(files, out, sharing, watch=silent, force=False):
    return run_batch(files, out, QUICK, sheet=None, force=force, watch=watch, sharing=sharing)


def run_batch_one_by_one(files, out):
    """As a person would without a queue; the summary is written at the end, when all are done."""
    for path in files:
        module.run_file(path, out / path.stem, QUICK)
    return run_files(files, out, Sharing(Serial()))


def tables(out):
    return {path.parent.name: path.read_bytes() for path in out.glob("*/spikes.parquet")}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda e: e.method_name())
def test_every_engine_writes_what_one_after_the_other_does(files, tmp_path, engine):
    plain = run_batch_one_by_one(files, tmp_path / "plain")
    shared = run_files([*files, tmp_path / "none.npy"], tmp_path / "shared", Sharing(engine))
    assert len(shared.records) == 5 and [path.name for path, _ in shared.failures] == ["none.npy"]
    assert tables(tmp_path / "plain") == tables(tmp_path / "shared")
    assert [r["path"] for r in shared.records] == [r["path"] for r in plain.records]
    one, other = ((tmp_path / k / "summary.csv").read_text() for k in ("plain", "shared"))
    assert one == other


def test_the_longest_file_comes_first(files, tmp_path, monkeypatch):
    order, real = [], module.run_file
    monkeypatch.setattr(
        module, "run_file", lambda path, *a, **k: order.append(path.stem) or real(path, *a, **k)
    )
    run_files(files, tmp_path / "out", Sharing(Serial()))
    assert order == sorted(SIZES, key=lambda name: -SIZES[name])


def test_without_a_word_files_go_to_every_core_the_longest_first(files, tmp_path, monkeypatch):
    sought, real = [], Threads.run

    def watched(engine, task, items):
        sought.append((engine.hands(100), [job.path.stem for job in items]))
        return real(engine, task, items)

    monkeypatch.setattr(Threads, "run", watched)
    assert len(run_files(files, tmp_path / "out", None).records) == 5
    assert sought == [(cores(), sorted(SIZES, key=lambda name: -SIZES[name]))]


def test_a_probe_among_few_files_has_the_cores_that_they_leave():
    assert module._within(Threads(workers=8), 3).engine == Threads(workers=2)
    assert module._within(Threads(workers=8), 5).engine == Serial()
    assert module._within(Serial(), 1).engine == Serial()


def test_progress_tells_bytes_done(files, tmp_path):
    told = []
    run_files(files, tmp_path / "out", Sharing(Serial()), watch=lambda path: lambda *now: told.append(now))
    total = sum(path.stat().st_size for path in files)
    assert told[-1] == (total, total) and [now for now, _ in told] == sorted(now for now, _ in told)


def test_shards_share_the_files_out_and_leave_the_summary_to_the_whole(files, tmp_path):
    out, seen = tmp_path / "out", []
    for k in (1, 2, 3):
        part = run_files(files, out, Sharing(Serial(), shard=(k, 3)))
        seen += [record["path"] for record in part.records]
        assert not (out / "summary.csv").exists()
    assert sorted(seen) == sorted(map(str, files))
    whole = run_files(files, out, None)
    assert all(record["already_done"] for record in whole.records) and (out / "summary.csv").exists()


def test_a_fault_of_ours_in_a_worker_does_not_stop_the_others(files, tmp_path, monkeypatch):
    real = module.run_file

    def faulty(path, *args, **kwargs):
        if path.stem == "b":
            raise ZeroDivisionError("oh")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(module, "run_file", faulty)
    shared = run_files(files, tmp_path / "out", Sharing(Threads(workers=2)))
    assert len(shared.records) == 4 and "please report it" in str(shared.failures[0][1])


def test_the_command_takes_engines_and_names_unknown_ones(files, tmp_path, capsys):
    asked = [
        "find",
        *map(str, files),
        "--unit",
        "V",
        "--sampling-rate",
        "10000",
        "--method",
        "level",
        "--no-report",
    ]
    assert (
        run([*asked, "--quiet", "--out", str(tmp_path / "a"), "--engine", "threads", "--workers", "2"]) == 0
    )
    assert run([*asked, "--quiet", "--out", str(tmp_path / "b")]) == 0
    assert tables(tmp_path / "a") == tables(tmp_path / "b")
    capsys.readouterr()
    assert run([*asked, "--engine", "mpi"]) == 2
    assert "no engine 'mpi'; there are: dask, serial, threads" in capsys.readouterr().err
    assert run([*asked, "--shard", "9/3"]) == 2


@pytest.mark.soak
def test_another_processors_instructions_find_the_same_spikes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rec.bin", counts(60_000, random_places(60_000)))
    probe_json(tmp_path / "line.json")
    ours = os.environ | {"PYTHONPATH": str(Path(spikelens.__file__).parents[1])}
    command = [sys.executable, "-m", "spikelens", *FIND, "--quiet"]
    for cpu in ("generic", "host"):
        kind = {"NUMBA_CPU_NAME": cpu, "NUMBA_CACHE_DIR": str(tmp_path / cpu)}
        kind |= {"NUMBA_CPU_FEATURES": ""} if cpu == "generic" else {}
        subprocess.run([*command, "--out", f"out-{cpu}"], env=ours | kind, check=True)
    assert digest("out-generic") == digest("out-host")
    with open("out-host/rec/run.json", encoding="utf-8") as opened:
        assert json.load(opened)["n_spikes"] > 150


@pytest.mark.soak
def test_another_processors_instructions_give_the_same_probabilities(tmp_path, monkeypatch):
    """The learned detector's: the same spikes, and probabilities within 1e-6."""
    from spikelens import simulation
    from spikelens.exporters.parquet import read_parquet

    monkeypatch.chdir(tmp_path)
    volts = simulation.simulate(30.0, difficulty="medium", seed=77, rate=5.0).recording.read()[:, 0]
    np.save("cell.npy", volts)
    ours = os.environ | {"PYTHONPATH": str(Path(spikelens.__file__).parents[1])}
    asked = ["find", "cell.npy", "--unit", "V", "--sampling-rate", "20000", "--method", "adaptive"]
    tables = []
    for cpu in ("generic", "host"):
        kind = {"NUMBA_CPU_NAME": cpu, "NUMBA_CACHE_DIR": str(tmp_path / cpu)}
        kind |= {"NUMBA_CPU_FEATURES": ""} if cpu == "generic" else {}
        command = [sys.executable, "-m", "spikelens", *asked, "--no-report", "--quiet", "--out", cpu]
        subprocess.run(command, env=ours | kind, check=True)
        tables.append(read_parquet(tmp_path / cpu / "cell" / "spikes.parquet"))
    one, other = tables
    assert len(one) > 5 and one["sample_index"].tolist() == other["sample_index"].tolist()
    assert np.abs(one["probability"] - other["probability"]).max() < 1e-6
