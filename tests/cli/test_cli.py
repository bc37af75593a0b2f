from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.factory import make_trace

import spikelens
from spikelens import rooms
from spikelens.cli import commands, run

RATE = 10_000.0
FACTS = ["--unit", "V", "--sampling-rate", "10000"]


@pytest.fixture
def cell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "cell.npy", make_trace(20_000, RATE, [3000, 9000, 15000]))
    return "cell.npy"


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from spikelens.cli import run; run(['--help']);"
        "heavy = {'numpy','scipy','numba','pandas','matplotlib','h5py','neo','sklearn','rich','pyarrow'};"
        "sys.exit(sorted(heavy & set(sys.modules)) and str(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("find", "info", "simulate", "score", "methods", "doctor", "demo", "detect", "measure"):
        assert name in done.stdout


def test_a_command_typed_wrongly_is_answered_with_the_nearest(capsys):
    assert run(["finde", "cell.abf"]) == 2
    assert "there is no command 'finde'; did you mean 'find'?" in capsys.readouterr().err
    assert run(["xyzzy"]) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_find_prints_one_document_and_writes_what_it_says(cell, capsys, tmp_path):
    assert run(["find", cell, *FACTS, "--no-report", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    record = document["recordings"][0]
    assert document["schema_version"] == 1
    assert (record["path"], record["n_spikes"], record["method"]) == (cell, 3, "adaptive")
    assert record["rate"] == pytest.approx(1.5)
    assert all((tmp_path / name).exists() for name in record["outputs"])
    assert document["failed"] == []


def test_find_says_on_one_screen_what_it_found(cell, capsys):
    assert run(["find", cell, *FACTS, "--no-report"]) == 0
    out = capsys.readouterr().out
    assert "3 spikes in 2 s" in out
    assert "results in" in out
    assert len(out.splitlines()) < 24
    assert run(["find", cell, *FACTS, "--no-report"]) == 0
    assert "done already" in capsys.readouterr().out
    assert run(["find", cell, *FACTS, "--no-report", "--quiet", "--out", "other"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["find", "none.abf"], 3, "none.abf does not exist; check the path, it was looked for in "),
        (["find", "sell.npy"], 3, "sell.npy does not exist; did you mean cell.npy?"),
        (["find", "none/cell.npy"], 3, "cell.npy does not exist, nor does its folder"),
        (["find", "cell.npy", "--sampling-rat", "1"], 2, "--sampling-rate"),
        (["find", "cell.npy"], 3, "--sampling-rate"),
        (["find", "cell.npy", "--sampling-rate", "10000"], 3, "--unit"),
        (["find", "cell.npy", *FACTS, "--method", "magic"], 2, "there are: "),
        (["find", "cell.npy", *FACTS, "--cut", "-3"], 2, "cut must be at least"),
        (["find", "cell.npy", *FACTS, "--noise", "3"], 2, "no such option"),
        (["find", "cell.npy", *FACTS, "--mode", "upside-down"], 2, "current-clamp"),
        (["find", "cell.npy", *FACTS, "--polarity", "sideways"], 2, "both"),
        (["find", "cell.npy", *FACTS, "--channel", "7"], 2, "0 (trace)"),
        (["find", "cell.npy", *FACTS, "--start", "5"], 2, "the recording has 0 to"),
        (["find", "cell.npy", *FACTS, "--unit", "furlong"], 2, "V, mV"),
        (["find"], 2, "missing argument"),
        (["dance"], 2, "no such command"),
        (["score", "none.csv", "none.csv"], 3, "cannot read none.csv: No such file"),
        (["simulate", "out.xyz"], 2, ".npz"),
        (["simulate", "out.npz", "--set", "height"], 2, "NAME=VALUE"),
        (["simulate", "out.npz", "--difficulty", "silly"], 2, "easy, medium, hard"),
        (["methods", "cellar"], 2, "no room 'cellar'"),
    ],
)
def test_bad_requests_are_one_line_and_leave_nothing(cell, tmp_path, capsys, arguments, code, words):
    assert run(arguments) == code
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""
    assert len(err.splitlines()) == 1 and err.startswith("spikelens: ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cell.npy"]


def test_flags_are_those_of_the_chosen_method_only(capsys):
    assert run(["find", "--method", "level", "--help"]) == 0
    level = capsys.readouterr().out
    assert run(["find", "--help"]) == 0
    default = capsys.readouterr().out
    assert "--model" in default
    assert "--model" not in level


def test_no_flag_of_a_method_hides_one_of_the_command():
    command = commands.get_command(None, "find")
    taken = {flag for p in command.params for flag in p.opts}
    for room in ("detectors", "features"):
        for name in rooms.names(room):
            assert not taken & {p.flag for p in rooms.load(room, name).schema()}, name


def test_detect_then_measure_is_find(cell, tmp_path, capsys):
    import pandas as pd

    assert run(["find", cell, *FACTS, "--no-report", "--quiet"]) == 0
    assert run(["detect", cell, *FACTS, "--out", "found.csv"]) == 0
    assert run(["measure", cell, "found.csv", *FACTS, "--out", "measured.csv"]) == 0
    whole = pd.read_csv("spikelens-out/cell/spikes.csv")
    step = pd.read_csv("measured.csv")
    # Spikes given to be measured are given: nobody estimated how likely they are.
    assert step.pop("probability").isna().all()
    assert (whole.pop("probability") > 0.5).all()
    pd.testing.assert_frame_equal(whole, step)
    assert run(["detect", cell, *FACTS, "--out", "found.csv"]) == 1
    assert "--force" in capsys.readouterr().err


def test_simulate_find_and_score_agree(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    made = ["--duration", "10", "--sampling-rate", "10000", "--difficulty", "easy", "--seed", "3"]
    assert run(["simulate", "cell.npz", *made]) == 0
    assert run(["find", "cell.npz", "--no-report", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["score", "spikelens-out/cell/spikes.csv", "cell.truth.csv", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["f1"] > 0.9
    assert run(["simulate", "cell.npz", *made]) == 1
    assert "--force" in capsys.readouterr().err


def test_info_says_what_would_be_used_and_why(cell, capsys):
    assert run(["info", cell, *FACTS]) == 0
    out = capsys.readouterr().out
    assert "10000 Hz" in out
    assert "would use channel" in out
    assert run(["info", cell, *FACTS, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recordings"][0]["n_sweeps"] == 1
    assert run(["info", "none.abf"]) == 3


def test_facts_with_parts_are_told_in_words_and_long_ones_cut(capsys):
    from spikelens.runs.describing import LONGEST, in_words

    document = {
        "path": "a.abf",
        "reader": "abf",
        "sampling_rate": 1e4,
        "duration": 3.0,
        "n_sweeps": 1,
        "sweep_durations": [3.0, 3.0],
        "time_base": "recorded",
        "channels": [],
        "stimulus": None,
        "events": {},
        "header": {"comment": "x" * 2000, "note": "", "inputs": {"IN 0": {"gain": 0.5, "filter_hz": None}}},
        "chosen": [],
        "warnings": [],
    }
    lines = in_words(document).splitlines()
    assert "  inputs IN 0: gain 0.5" in lines
    assert max(map(len, lines)) < LONGEST + 60
    assert not any("note" in line for line in lines)
    assert "1 sweep of 3 s" in lines[1]


def test_a_console_without_a_letter_shows_another(tmp_path):
    np.save(tmp_path / "zelle-\u03a9.npy", make_trace(2000, RATE))
    asked = ["spikelens", "info", "zelle-\u03a9.npy", *FACTS]
    script = f"import sys; sys.argv = {asked}; from spikelens.cli import main; main()"
    source = str(Path(spikelens.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": source, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "zelle-?.npy" in done.stdout


def test_methods_lists_every_room(capsys):
    assert run(["methods"]) == 0
    out = capsys.readouterr().out
    for room in rooms.ROOMS:
        assert all(name in out for name in rooms.names(room))
    assert run(["methods", "detectors", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["methods"]
    assert {m["name"] for m in listed} == set(rooms.names("detectors"))


def test_doctor_names_readers_and_how_to_install_what_lacks(capsys):
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "reader abf" in out and "bridge neo: ready" in out
    assert "kernels:" in out


def test_an_interrupted_run_leaves_nothing_and_says_so(cell, tmp_path, monkeypatch, capsys):
    from spikelens import api

    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "measure", interrupt)
    assert run(["find", cell, *FACTS, "--no-report"]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert not list((tmp_path / "spikelens-out").iterdir()) if (tmp_path / "spikelens-out").exists() else True


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "spikelens", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("spikelens 0.")


def test_flags_that_choose_among_words_show_them(capsys):
    assert run(["find", "--help"]) == 0
    out = capsys.readouterr().out
    assert "rows|columns" in out
    assert "fraction|" in out
    assert " STR " not in out
