"""What stops a run halfway: a full disk, Ctrl-C, a folder of someone else's; nothing half-written stays."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.factory import make_trace

import spikelens
from spikelens.cli import run

FACTS = ["--unit", "V", "--sampling-rate", "10000"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals or limits")


@pytest.fixture
def cell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "cell.npy", make_trace(20_000, 10_000.0, [3000, 9000]))
    return "cell.npy"


def started(script, cwd):
    """Start a process of its own that runs the package that is tested here."""
    environment = {**os.environ, "PYTHONPATH": str(Path(spikelens.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@POSIX
def test_a_full_disk_leaves_nothing_and_names_the_folder(cell, tmp_path):
    script = (
        "import resource, sys; from spikelens.cli import run;"
        f"find = ['find', 'cell.npy', *{FACTS}, '--no-report', '--quiet'];"
        "run([*find, '--out', 'room']);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500));"
        "sys.exit(run(find))"
    )
    running = started(script, tmp_path)
    _, err = running.communicate()
    assert running.returncode == 1
    assert err.startswith(f"spikelens: cell.npy: cannot write {Path('spikelens-out', 'cell')}")
    assert len(err.splitlines()) == 1
    assert list((tmp_path / "spikelens-out").iterdir()) == []


@POSIX
def test_a_full_disk_keeps_the_results_that_were_there(cell, tmp_path, monkeypatch, capsys):
    assert run(["find", cell, *FACTS, "--no-report", "--quiet"]) == 0
    folder = tmp_path / "spikelens-out" / "cell"
    before = {p.name: p.read_bytes() for p in folder.iterdir()}

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(["find", cell, *FACTS, "--no-report", "--quiet", "--method", "level", "--force"]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in folder.parent.iterdir()] == ["cell"]


@POSIX
@pytest.mark.parametrize("names", [["cell.npy"], ["cell.npy", "second.npy"]])
def test_ctrl_c_exits_130_and_leaves_nothing_half_written(cell, tmp_path, names):
    if "second.npy" in names:
        shutil.copy(cell, tmp_path / "second.npy")
    # A shell that runs tests in the background has its children ignore the signal.
    script = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "import sys, time; from spikelens import api; from spikelens.cli import run;"
        "from spikelens.runs import one; write = one.write_found;\n"
        "def slowly(*given):\n"
        "    names = write(*given); sys.stdout.write('half\\n'); sys.stdout.flush(); time.sleep(60)\n"
        "    return names\n"
        "one.write_found = slowly\n"
        f"sys.exit(run(['find', *{names}, *{FACTS}, '--no-report', '--quiet']))"
    )
    running = started(script, tmp_path)
    assert running.stdout is not None
    assert running.stdout.readline() == "half\n"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate()
    assert running.returncode == 130
    assert err.lstrip() == "spikelens: interrupted; what was complete is kept\n"
    assert list((tmp_path / "spikelens-out").iterdir()) == []


def test_results_of_another_input_or_other_settings_need_force(cell, tmp_path, capsys):
    assert run(["find", cell, *FACTS, "--no-report", "--quiet"]) == 0
    assert run(["find", cell, *FACTS, "--no-report", "--cut", "0.9"]) == 1
    assert "of other settings; choose another --out or give --force" in capsys.readouterr().err
    np.save(tmp_path / "cell.npy", make_trace(20_000, 10_000.0, [3000]))
    assert run(["find", cell, *FACTS, "--no-report"]) == 1
    assert "--force" in capsys.readouterr().err
    assert run(["find", cell, *FACTS, "--no-report", "--quiet", "--force"]) == 0
    assert json.loads((tmp_path / "spikelens-out" / "cell" / "run.json").read_text())["n_spikes"] == 1


def test_a_folder_with_a_users_own_files_is_not_replaced(cell, tmp_path, capsys):
    mine = tmp_path / "spikelens-out" / "cell"
    mine.mkdir(parents=True)
    (mine / "notes.txt").write_text("mine")
    for force in ([], ["--force"]):
        assert run(["find", cell, *FACTS, "--no-report", *force]) == 1
        assert "holds no run of ours; choose another --out\n" in capsys.readouterr().err
        assert (mine / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("command", ["steps", "kinds", "quality", "book", "membrane", "sort", "study"])
def test_force_never_takes_the_recordings_own_folder_for_one_of_ours(cell, tmp_path, capsys, command):
    data = tmp_path / "data"
    (data / "sub").mkdir(parents=True)
    shutil.copy(cell, data / "mine.npy")
    (data / "sub" / "keep.txt").write_text("kept")
    said = [command, "data/mine.npy", *FACTS, "--out", "data", "--force"]
    assert run([*said, "--channels-in", "columns"] if command == "sort" else said) == 1
    assert "data is not empty and holds no run of ours" in capsys.readouterr().err
    assert sorted(p.name for p in data.rglob("*")) == ["keep.txt", "mine.npy", "sub"]


def test_a_table_that_is_read_is_not_replaced_with_the_run_that_wrote_it(cell, tmp_path, capsys):
    assert run(["find", cell, *FACTS, "--no-report", "--quiet"]) == 0
    said = ["respond", cell, *FACTS, "--spikes", "spikelens-out/cell/spikes.csv", "--events", "0.1"]
    assert run([*said, "--out", "spikelens-out/cell", "--force"]) == 1
    assert "spikes.csv, which is to be read; choose another --out" in capsys.readouterr().err
    assert (tmp_path / "spikelens-out" / "cell" / "spikes.csv").exists()


def test_an_output_that_is_a_file_is_said_in_one_line(cell, tmp_path, capsys):
    (tmp_path / "out").write_text("a file")
    assert run(["find", cell, *FACTS, "--no-report", "--out", "out"]) == 1
    assert "out is a file, where a folder is needed" in capsys.readouterr().err
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "cell").write_text("a file")
    assert run(["find", cell, *FACTS, "--no-report", "--out", "results"]) == 1
    assert "is a file" in capsys.readouterr().err


@POSIX
def test_a_read_only_output_folder_is_said_in_one_line(cell, tmp_path, capsys):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    (tmp_path / "out").mkdir(mode=0o500)
    assert run(["find", cell, *FACTS, "--no-report", "--out", "out"]) == 1
    assert "cannot write" in capsys.readouterr().err


READ_AND_WRITTEN = {
    "detect": ["{r}", "--out", "{r}"],
    "detect by a model": ["{r}", "--method", "adaptive", "--model", "{o}", "--out", "{o}"],
    "measure": ["{r}", "{o}", "--out", "{o}"],
    "measure the recording": ["{r}", "{o}", "--out", "{r}"],
    "label": ["{r}", "--out", "{r}"],
    "label by the truth": ["{r}", "--labeller", "truth", "--truth", "{o}", "--out", "{o}"],
    "label by labels": ["{r}", "--labeller", "file", "--labels", "{o}", "--out", "{o}"],
    "train": ["{r}", "{o}", "--out", "{o}"],
    "classify": ["{r}", "--model", "{o}", "--out", "{o}"],
    "ask": ["{r}", "--out", "{r}"],
    "ask with a blanked stretch": ["{r}", "--blank", "{o}", "--out", "{o}"],
    "export the spikes": ["{r}", "--spikes", "{o}", "--out", "{o}", "--to", "csv"],
    "membrane with its trace": ["{r}", "--trace", "{r}"],
    "find what labels taught": ["{r}", "--labels", "{o}", "--save-model", "{o}"],
    "kinds that labels taught": ["{r}", "--labels", "{o}", "--save-model", "{o}"],
}


@pytest.mark.parametrize("case", READ_AND_WRITTEN)
def test_what_is_read_is_never_replaced(cell, tmp_path, capsys, case):
    (tmp_path / "other.csv").write_text("time\n0.3\n")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    said = [word.format(r=cell, o="other.csv") for word in READ_AND_WRITTEN[case]]
    assert run([case.split()[0], *said, *FACTS, "--force"]) == 1
    assert "is never replaced; choose another name\n" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_no_file_of_a_folder_that_is_read_is_replaced(tmp_path):
    from spikelens.errors import OutputExists
    from spikelens.runs.steps import refuse_to_replace

    inside = tmp_path / "recording" / "samples.dat"
    inside.parent.mkdir()
    refuse_to_replace(inside, force=False, inputs=[inside.parent, None, tmp_path / "absent"])
    inside.write_bytes(b"samples")
    with pytest.raises(OutputExists, match="is never replaced"):
        refuse_to_replace(inside, force=True, inputs=[inside.parent])


def test_a_trace_without_spikes_needs_force_to_replace_a_file(cell, tmp_path, capsys):
    (tmp_path / "mine.npy").write_bytes(b"mine")
    assert run(["membrane", cell, *FACTS, "--trace", "mine.npy"]) == 1
    assert "mine.npy is there already; choose another name or give --force" in capsys.readouterr().err
    assert (tmp_path / "mine.npy").read_bytes() == b"mine"


def test_a_demo_takes_nobodys_recording(tmp_path, capsys):
    (tmp_path / "cell.npz").write_bytes(b"mine")
    assert run(["demo", "--out", str(tmp_path)]) == 1
    assert "of no demo; choose another --out" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["cell.npz"]
