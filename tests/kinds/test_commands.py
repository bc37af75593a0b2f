"""`spikelens kinds` and `find --kinds`: folders, records, words, and errors in one line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from spikelens.cli import run
from spikelens.exporters.npz import Npz
from spikelens.recording import Recording
from tests.factory import make_trace
from tests.steps.cells import Cell, stepped

CELL = Cell()
RATE = 20_000.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A cell with steps, as NPZ, and its protocol."""
    folder = tmp_path_factory.mktemp("kinds")
    recording, _ = stepped(CELL, [m * CELL.rheobase for m in (0.5, 1.05, 2.0)])
    Npz().write_recording(folder / "cell.npz", recording)
    rows = [f"{k},0.2,0.7,{m * CELL.rheobase}" for k, m in enumerate((0.5, 1.05, 2.0))]
    (folder / "steps.csv").write_text("\n".join(["sweep,onset,offset,current", *rows]) + "\n")
    return folder


@pytest.fixture(scope="module")
def made(folder):
    out = folder / "kinds"
    flags = ["--protocol", str(folder / "steps.csv"), "--method", "prominence"]
    assert run(["kinds", str(folder / "cell.npz"), "--out", str(out), *flags]) == 0
    return out


def test_the_folder_holds_tables_figures_and_words(made):
    names = {p.name for p in made.iterdir()}
    expected = {"spikes.csv", "stretches.csv", "bursts.csv", "patterns.csv", "columns.csv", "run.json"}
    assert expected | {"report.html", "methods.txt", "kinds.png", "patterns.svg"} <= names
    spikes = pd.read_csv(made / "spikes.csv", keep_default_na=False)
    assert set(spikes["kind"]) == {"full"} and set(spikes["context"]) == {"single"}
    patterns = pd.read_csv(made / "patterns.csv")
    assert patterns["pattern"].tolist()[1:] == ["continuous non-adapting"] * 2
    told = pd.read_csv(made / "columns.csv")
    assert set(told["table"]) == {"stretches", "bursts", "patterns"}
    assert set(patterns.columns) == set(told.loc[told["table"] == "patterns", "column"])
    report = (made / "report.html").read_text("utf-8")
    assert all(title in report for title in ("Kinds of spikes", "Doublets and bursts", "Firing pattern"))


def test_the_record_and_json_say_the_same(made, folder, capsys):
    again = ["kinds", str(folder / "cell.npz"), "--out", str(made), "--json", "--method", "prominence"]
    assert run([*again, "--protocol", str(folder / "steps.csv")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told.pop("already_done")
    assert told == json.loads((made / "run.json").read_text())
    assert told["pattern"] == "continuous non-adapting" and told["pattern_from"] == "at 1.9 times rheobase"
    assert told["counts"] == {"full": told["counts"]["full"]}


def test_find_with_kinds_adds_columns_tables_and_sections(folder):
    out = folder / "found"
    flags = ["--kinds", "--method", "prominence", "--quiet", "--out", str(out)]
    assert run(["find", str(folder / "cell.npz"), *flags]) == 0
    spikes = pd.read_csv(out / "cell" / "spikes.csv", keep_default_na=False)
    assert {"kind", "context", "burst"} <= set(spikes.columns)
    assert (out / "cell" / "stretches.csv").exists() and (out / "cell" / "bursts.csv").exists()
    record = json.loads((out / "cell" / "run.json").read_text())
    assert record["kinds"]["counts"] == {"full": len(spikes)}
    assert "Firing pattern" in (out / "cell" / "report.html").read_text("utf-8")
    assert "Kinds of spikes were named" in (out / "cell" / "methods.txt").read_text()


def test_labels_teach_and_a_model_applies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tall = list(range(3000, 200_000, 4000))
    trace = make_trace(200_000, RATE, tall)
    low = [at + 2000 for at in tall[:-1]]
    trace = trace + 0.25 * (make_trace(200_000, RATE, low, noise=0) + 0.065)
    Npz().write_recording(tmp_path / "two.npz", Recording.from_array(trace.astype(np.float32), RATE))
    rows = [f"{at / RATE},big" for at in tall[:8]] + [f"{at / RATE},small" for at in low[:8]]
    (tmp_path / "words.csv").write_text("\n".join(["time,label", *rows]) + "\n")
    told = ["kinds", "two.npz", "--method", "prominence", "--classifier", "shape", "--learner", "logistic"]
    assert run([*told, "--labels", "words.csv", "--save-model", "m.spikemodel", "--out", "a"]) == 0
    first = pd.read_csv("a/spikes.csv", keep_default_na=False)
    assert (first["kind"] == "big").sum() == len(tall) and (first["kind"] == "small").sum() == len(low)
    applied = ["kinds", "two.npz", "--method", "prominence", "--kind-model", "m.spikemodel", "--out", "b"]
    assert run(applied) == 0
    assert pd.read_csv("b/spikes.csv", keep_default_na=False)["kind"].equals(first["kind"])
    assert json.loads((tmp_path / "a" / "run.json").read_text())["taught"]["held_out_accuracy"] >= 0.9


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--save-model", "m.spikemodel"], "give --labels too"),
        (["--labels", "none.csv"], "none.csv"),
        (["--small", "2"], "small must be at most 1"),
    ],
)
def test_errors_are_one_line_and_write_nothing(folder, tmp_path, monkeypatch, capsys, flags, said):
    monkeypatch.chdir(tmp_path)
    code = run(["kinds", str(folder / "cell.npz"), "--method", "prominence", "--out", "out", *flags])
    err = capsys.readouterr().err.strip()
    assert code > 0 and said in err and len(err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_extracellular_recordings_say_why_they_have_no_kinds(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    trace = 1e-3 * (make_trace(40_000, RATE, range(1000, 39_000, 2000)) + 0.065)
    Npz().write_recording(
        tmp_path / "wire.npz", Recording.from_array(trace.astype(np.float32), RATE, mode="extracellular")
    )
    assert run(["kinds", "wire.npz", "--out", "k"]) > 0
    assert "sorted" in capsys.readouterr().err
