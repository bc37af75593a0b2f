"""From questions to a taught model, by the command line: what a person does, and where it can go wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.factory import make_trace

from spikelens.cli import run
from spikelens.simulation import simulate

ASK = ["ask", "cell.npz", "--out", "labels.csv"]
FIND = ["find", "cell.npz", "--no-report"]


def simulated(path: Path, seed: int, height: float) -> None:
    """A cell of small spikes, as files."""
    settings = ["--set", "rate=4", "--set", f"height={height}", "--family", "integrate-and-fire"]
    kind = ["--duration", "30", "--sampling-rate", "10000", "--difficulty", "hard", "--seed", str(seed)]
    assert run(["simulate", str(path), *kind, *settings]) == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A cell some of whose spikes are missed without labels, as files."""
    folder = tmp_path_factory.mktemp("hard")
    simulated(folder / "cell.npz", 3, 0.007)
    return folder


@pytest.fixture
def cell(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cell.npz", "cell.truth.csv"):
        (tmp_path / name).write_bytes((made / name).read_bytes())
    return tmp_path


@pytest.fixture(scope="module")
def asked(made, tmp_path_factory):
    """What is asked of that cell, not answered yet."""
    path = tmp_path_factory.mktemp("asked") / "labels.csv"
    assert run(["ask", str(made / "cell.npz"), "--out", str(path)]) == 0
    return path


def answered(cell: Path, asked: Path, **how: int) -> None:
    """Put the questions beside the cell and answer them."""
    (cell / "labels.csv").write_bytes(asked.read_bytes())
    answer(**how)


def answer(path: Path = Path("labels.csv"), *, rows: int | None = None) -> None:
    """Fill in the column label as the truth says; the others stay open."""
    table = pd.read_csv(path, dtype={"label": str})
    true = pd.read_csv("cell.truth.csv")["time"].to_numpy()
    said = ["spike" if np.abs(true - time).min() < 1e-3 else "noise" for time in table["time"]]
    table["label"] = said if rows is None else [*said[:rows], *[""] * (len(said) - rows)]
    table.to_csv(path, index=False)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 2) -> str:
    capsys.readouterr()
    assert run(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if "compiling" not in line and "recordings done" not in line]
    assert len(lines) == 1
    return lines[0]


def f1(folder: str) -> float:
    from spikelens.runs.truth import score_files

    return score_files(Path(folder, "cell", "spikes.csv"), Path("cell.truth.csv"), tolerance=1e-3).f1


def test_asking_answering_and_teaching_finds_a_cell_that_was_left_undecided(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    simulated(Path("cell.npz"), 18, 0.0045)
    assert run(ASK) == 0
    assert "20 candidates to label in labels.csv" in capsys.readouterr().out
    assert Path("labels.png").read_bytes().startswith(b"\x89PNG")
    asked = pd.read_csv("labels.csv")
    assert asked["label"].isna().all() and asked["number"].tolist() == list(range(1, 21))
    answer()
    n = int((pd.read_csv("labels.csv")["label"] == "spike").sum())
    assert run([*FIND, "--out", "plain"]) == 0
    assert run([*FIND, "--out", "taught", "--labels", "labels.csv", "--save-model", "cell.spikemodel"]) == 0
    out = capsys.readouterr().out
    assert f"taught by 20 labels ({n} spikes, {20 - n} others)" in out
    assert f1("taught") > f1("plain") + 0.3
    record = json.loads(Path("taught/cell/run.json").read_text())
    assert record["taught"]["spikes"] == n and record["taught"]["off_candidates"] == 0
    assert record["parameters"]["model"] == "cell.spikemodel"
    assert run([*FIND, "--out", "again", "--model", "cell.spikemodel"]) == 0
    taught, again = Path("taught/cell/spikes.csv"), Path("again/cell/spikes.csv")
    assert taught.read_bytes() == again.read_bytes()


def test_a_run_is_done_once_as_long_as_its_labels_and_its_model_are_the_same(cell, asked, capsys):
    answered(cell, asked)
    teach = [*FIND, "--labels", "labels.csv", "--save-model", "a.spikemodel"]
    assert run(teach) == 0 and run(teach) == 0
    assert "done already" in capsys.readouterr().out
    Path("a.spikemodel").unlink()
    assert run(teach) == 0 and Path("a.spikemodel").exists()
    answer(rows=18)
    assert "other settings" in refused(teach, capsys, 1)
    assert "a.spikemodel is there already" in refused([*teach, "--out", "other"], capsys, 1)
    assert run([*teach, "--force"]) == 0


def test_answers_that_do_not_suffice_change_nothing_and_say_what_lacks(cell, asked, capsys):
    answered(cell, asked, rows=5)
    n = int((pd.read_csv("labels.csv")["label"] == "spike").sum())
    said = refused([*FIND, "--labels", "labels.csv", "--save-model", "a.spikemodel"], capsys)
    assert f"{n} labelled spikes and {5 - n} others" in said and "nothing was applied; label 5 more" in said
    assert not Path("a.spikemodel").exists() and not Path("spikelens-out/cell").exists()


def test_labels_off_any_candidate_are_counted(cell, asked, capsys):
    answered(cell, asked)
    table = pd.read_csv("labels.csv")
    pd.concat([table, table.iloc[:3].assign(time=[1e3, 2e3, 3e3])]).to_csv("labels.csv", index=False)
    assert run([*FIND, "--labels", "labels.csv"]) == 0
    out = capsys.readouterr().out
    assert "warning: 3 of 23 labels lie on nothing that could be a spike" in out
    record = json.loads(Path("spikelens-out/cell/run.json").read_text())
    assert record["taught"]["off_candidates"] == 3
    assert record["parameters"]["model"] == "taught by labels.csv"


def test_what_cannot_be_taught_is_refused_in_a_line(cell, asked, capsys):
    answered(cell, asked)
    other = simulate(10, 10_000, seed=1).recording
    np.save("other.npy", other.read()[:, 0])
    facts = ["--unit", "V", "--sampling-rate", "10000"]
    labels = ["--labels", "labels.csv"]
    assert "another recording" in refused(["find", "other.npy", *facts, *labels], capsys)
    assert "labels are of one recording" in refused(["find", "cell.npz", "other.npy", *labels], capsys)
    assert "give --method adaptive" in refused([*FIND, *labels, "--method", "prominence"], capsys)
    assert "--polarity up or down" in refused([*FIND, *labels, "--polarity", "both"], capsys)
    assert "give --labels too" in refused([*FIND, "--save-model", "a.spikemodel"], capsys)
    assert "No such file" in refused([*FIND, "--labels", "none.csv"], capsys, 3)
    assert "No such file" in refused([*FIND, "--model", "none.spikemodel"], capsys, 3)
    Path("notes.spikemodel").write_text("hello")
    assert "not a Spikelens model" in refused([*FIND, "--model", "notes.spikemodel"], capsys, 3)


def test_labels_are_never_lost_with_the_folder_they_lie_in(cell, capsys):
    assert run(FIND) == 0
    inside = Path("spikelens-out/cell/labels.csv")
    assert run(["ask", "cell.npz", "--out", str(inside)]) == 0
    answer(inside)
    kept = inside.read_bytes()
    said = refused([*FIND, "--labels", str(inside), "--force"], capsys, 1)
    assert "labels.csv, which is to be read; choose another --out" in said
    assert inside.read_bytes() == kept
    Path("labels.csv").write_bytes(kept)
    model = ["--labels", "labels.csv", "--save-model", "out/cell/a.spikemodel", "--out", "out"]
    assert "which this run writes anew" in refused([*FIND, *model, "--force"], capsys)
    said = refused([*FIND, "--labels", "labels.csv", "--force"], capsys, 1)
    assert "labels.csv, which is not of that run" in said
    assert inside.read_bytes() == kept


def test_a_model_of_one_cell_goes_to_the_classifiers_door_in_vain(cell, asked, capsys):
    answered(cell, asked)
    assert run([*FIND, "--labels", "labels.csv", "--save-model", "cell.spikemodel"]) == 0
    said = refused(["classify", "cell.npz", "--model", "cell.spikemodel", "--out", "a.csv"], capsys, 3)
    assert "spikelens find --model takes it" in said


def test_asking_looks_where_finding_looks(cell, capsys):
    assert run([*ASK, "-n", "7", "--start", "10", "--stop", "20"]) == 0
    asked = pd.read_csv("labels.csv")
    assert len(asked) == 7 and asked["time"].between(10, 20).all()
    assert "--force" in refused(ASK, capsys, 1)
    assert run([*ASK, "--force"]) == 0
    assert "gives no probability" in refused([*ASK[:-1], "x.csv", "--method", "level"], capsys)
    np.save("flat.npy", np.full(20_000, -0.065, np.float32))
    flat = ["ask", "flat.npy", "--unit", "V", "--sampling-rate", "10000", "--out", "flat.csv"]
    assert "no candidate that could be labelled" in refused(flat, capsys)
    assert not Path("flat.csv").exists()


def test_candidates_are_written_where_they_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("cell.npy", make_trace(20_000, 10_000.0, [3000, 9000]))
    facts = ["find", "cell.npy", "--unit", "V", "--sampling-rate", "10000", "--no-report"]
    assert run([*facts, "--out", "plain"]) == 0
    assert run([*facts, "--out", "all", "--candidates"]) == 0
    assert not list(Path("plain").rglob("candidates.*"))
    assert {p.name for p in Path("all").rglob("candidates.*")} == {"candidates.csv", "candidates.parquet"}


def test_the_judgement_is_in_the_record_on_the_screen_and_in_the_report(cell, capsys):
    made = ["simulate", "easy.npz", "--duration", "10", "--sampling-rate", "10000", "--difficulty", "easy"]
    assert run([*made, "--seed", "3"]) == 0
    assert run(["find", "easy.npz", "--out", "with"]) == 0
    assert run(["find", "easy.npz", "--out", "without", "--no-report"]) == 0
    out = capsys.readouterr().out
    assert out.count("if this cell resembles those the model was trained on") == 2
    records = [json.loads(Path(f, "easy", "run.json").read_text())["judgement"] for f in ("with", "without")]
    assert records[0]["expected_precision"] == records[1]["expected_precision"] > 0.9
    assert len(records[0]["found_again"]) == 5 and records[1]["found_again"] == []
    report = Path("with/easy/report.html").read_text()
    for words in ("The model estimates that", "noise levels high", "an estimate, not a bound"):
        assert words in report
    assert run(["find", "easy.npz", "--out", "rule", "--method", "prominence", "--no-report"]) == 0
    assert json.loads(Path("rule/easy/run.json").read_text())["judgement"] is None
