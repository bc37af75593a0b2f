from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.learning.cells import RATE, make_cell

from spikelens.cli import run
from spikelens.labelfiles import read_labels, write_labels
from spikelens.learning import classify, cut, label, train
from spikelens.modelfiles import read_model

RECORDING, PEAKS = make_cell(40)
TRACE = RECORDING.read()[:, 0]


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    """A recording of one sweep, with its truth and a training table beside it."""
    np.savez(tmp_path / "cell.npz", volts=TRACE, sampling_rate=RATE, unit="V")
    (tmp_path / "truth.csv").write_text("time\n" + "\n".join(f"{p / RATE:.7f}" for p in PEAKS))
    assert run(["label", str(tmp_path / "cell.npz"), "--out", str(tmp_path / "rule.csv")]) == 0
    return tmp_path


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 2) -> str:
    capsys.readouterr()
    assert run(arguments) == code
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_label_gives_what_the_function_gives(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = cell / "some.csv"
    arguments = ["--cutoff", "0.013", "--windows", "5:60", "--out", str(out)]
    assert run(["label", str(cell / "cell.npz"), "--labeller", "deviation", *arguments]) == 0
    windows = cut(type(RECORDING).from_array(TRACE, RATE), 100).between(5, 60)
    expected = label(windows, "deviation", cutoff=0.013)
    found = read_labels(out)
    assert np.array_equal(found.codes, expected.codes)
    assert found.item[[0, -1]].tolist() == [5, 60]
    assert f"spike {expected.counts['spike']}" in capsys.readouterr().out


def test_a_list_of_cutoffs_gives_a_file_each(cell: Path) -> None:
    arguments = ["label", str(cell / "cell.npz"), "--cutoffs", "0.013,0.02", "--out", str(cell / "each.csv")]
    assert run(arguments) == 0
    assert np.array_equal(read_labels(cell / "each_0.02.csv").codes, read_labels(cell / "rule.csv").codes)
    low = read_labels(cell / "each_0.013.csv")
    assert set(low.author) == {"deviation 0.013"}
    assert run(arguments) == 1


def test_labellers_by_name_truth_file_and_vote(cell: Path) -> None:
    recording, truth = str(cell / "cell.npz"), str(cell / "true.csv")
    assert (
        run(["label", recording, "--labeller", "truth", "--truth", str(cell / "truth.csv"), "--out", truth])
        == 0
    )
    assert read_labels(Path(truth)).counts["spike"] == np.unique(PEAKS // 100).size
    low = ["label", recording, "--cutoff", "0.01", "--out", str(cell / "low.csv")]
    assert run(low) == 0
    given = [x for name in ("rule", "low", "true") for x in ("--labels", str(cell / f"{name}.csv"))]
    assert run(["label", recording, "--labeller", "vote", *given, "--out", str(cell / "vote.csv")]) == 0
    votes = np.sum([read_labels(cell / f"{n}.csv").codes for n in ("rule", "low", "true")], axis=0)
    assert np.array_equal(read_labels(cell / "vote.csv").codes, votes >= 2)
    filed = ["label", recording, "--labeller", "file", "--labels", truth, "--out", str(cell / "file.csv")]
    assert run(filed) == 0
    assert np.array_equal(read_labels(cell / "file.csv").codes, read_labels(Path(truth)).codes)


def test_train_and_classify_give_what_the_functions_give(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = str(cell / "cell.spikemodel"), str(cell / "found.csv")
    settings = [
        "--classifier",
        "waveform",
        "--learner",
        "logistic",
        "--priors",
        "observed",
        "--windows",
        "1:500",
    ]
    assert run(["train", str(cell / "cell.npz"), str(cell / "rule.csv"), *settings, "--out", model]) == 0
    assert "average precision" in capsys.readouterr().out
    assert (
        run(["classify", str(cell / "cell.npz"), "--model", model, "--windows", "501:800", "--out", out]) == 0
    )
    recording = type(RECORDING).from_array(TRACE, RATE)
    windows = cut(recording, 100)
    made = train(windows.between(1, 500), label(windows, cutoff=0.02), "waveform", learner="logistic")
    expected = classify(recording, made, windows=(501, 800))
    found = read_labels(Path(out))
    assert np.array_equal(found.codes, expected.codes)
    assert np.array_equal(found.probability, expected.probability)
    assert read_model(Path(model)).classifier == made.classifier


def test_classify_says_when_windows_were_trained_on(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, recording = str(cell / "m.spikemodel"), str(cell / "cell.npz")
    train_it = ["train", recording, str(cell / "rule.csv"), "--classifier", "shape", "--learner", "logistic"]
    assert run([*train_it, "--out", model]) == 0
    capsys.readouterr()
    assert (
        run(["classify", recording, "--model", model, "--windows", "1:20", "--out", str(cell / "f.csv")]) == 0
    )
    assert "20 of these windows share samples with the training" in capsys.readouterr().err


def test_compare_prints_the_figures_and_the_truth(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = str(cell / "cell.npz")
    truth = ["--labeller", "truth", "--truth", str(cell / "truth.csv"), "--out", str(cell / "true.csv")]
    assert run(["label", recording, *truth]) == 0
    assert run(["label", recording, "--cutoff", "0.01", "--out", str(cell / "low.csv")]) == 0
    capsys.readouterr()
    pair = ["compare", str(cell / "rule.csv"), str(cell / "low.csv"), "--truth", str(cell / "true.csv")]
    assert run([*pair, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["comparisons"]
    assert [(d["labels"], d["reference"]) for d in document] == [
        ("rule.csv", "low.csv"), ("rule.csv", "true.csv"), ("low.csv", "true.csv")
    ]  # fmt: skip
    rule, true = read_labels(cell / "rule.csv").codes, read_labels(cell / "true.csv").codes
    assert document[1]["recall"] == (rule & true).sum() / true.sum()
    assert document[1]["differing_items"] == (np.flatnonzero(rule != true) + 1).tolist()
    assert run(pair) == 0
    assert "low.csv against true.csv: 800 items, agreement" in capsys.readouterr().out


def test_bad_input_is_one_line(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording, rule, out = str(cell / "cell.npz"), str(cell / "rule.csv"), str(cell / "x")
    assert "there are 1:800" in refused(["label", recording, "--windows", "1:801", "--out", out], capsys)
    assert "empty range" in refused(["label", recording, "--windows", "9:3", "--out", out], capsys)
    assert "--truth" in refused(["label", recording, "--labeller", "truth", "--out", out], capsys, 3)
    assert "--force" in refused(["label", recording, "--out", rule], capsys, 1)
    one_class = ["train", recording, rule, "--windows", "2:3", "--out", out]
    assert "needs two classes" in refused(one_class, capsys)
    (cell / "junk").write_text("hello")
    assert "not a Spikelens model" in refused(
        ["classify", recording, "--model", str(cell / "junk"), "--out", out], capsys, 3
    )
    assert not (cell / "x").exists()


def test_labels_of_another_recording_are_refused(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = cell / "other.npz"
    np.savez(other, volts=TRACE[::-1].copy(), sampling_rate=RATE, unit="V")
    arguments = ["train", str(other), str(cell / "rule.csv"), "--out", str(cell / "x")]
    assert "another recording" in refused(arguments, capsys)
    labels = read_labels(cell / "rule.csv")
    write_labels(cell / "far.csv", labels.take(np.arange(700, 800)))
    (cell / "far.json").unlink()
    np.savez(other, volts=TRACE[:60_000], sampling_rate=RATE, unit="V")
    arguments = ["train", str(other), str(cell / "far.csv"), "--out", str(cell / "x")]
    assert "labels reach to sample 80000" in refused(arguments, capsys)


def test_another_sampling_rate_needs_resample(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, other = str(cell / "m.spikemodel"), cell / "other.npz"
    train_it = ["train", str(cell / "cell.npz"), str(cell / "rule.csv"), "--learner", "logistic"]
    assert run([*train_it, "--classifier", "waveform", "--out", model]) == 0
    np.savez(other, volts=np.repeat(TRACE, 2), sampling_rate=2 * RATE, unit="V")
    arguments = ["classify", str(other), "--model", model, "--out", str(cell / "f.csv")]
    assert "8000 Hz; --resample" in refused(arguments, capsys)
    assert run([*arguments, "--resample"]) == 0
    assert read_labels(cell / "f.csv").n_samples[0] == 200
    assert "brought to 4000 Hz" in capsys.readouterr().err
