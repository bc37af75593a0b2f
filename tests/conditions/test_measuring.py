"""What conditions hold, on recordings whose rates and heights are planted."""

import json
from pathlib import Path

import numpy as np
import pytest

from spikelens.cli import run
from spikelens.conditions.analysis import measure_conditions
from spikelens.conditions.epochs import Epoch
from spikelens.conditions.measuring import binned_rates, within
from spikelens.errors import UnknownName
from spikelens.profiles import Beside
from spikelens.recording import Recording
from spikelens.responses.plan import Plan, Window
from spikelens.spikes import Spikes
from tests.conditions.cells import CURRENTS, drugged
from tests.factory import make_spikes, make_trace

RATE = 5000.0
EPOCHS = [Epoch("control", 0, 40), Epoch("drug", 40, 80), Epoch("wash", 80, 120)]


def planted() -> tuple[Recording, Spikes]:
    """Two spikes a second, eight with the drug, two again; with the drug a third lower."""
    times = np.concatenate(
        [np.arange(0.25, 40, 0.5), np.arange(40.06, 80, 0.125), np.arange(80.25, 120, 0.5)]
    )
    at = np.round(times * RATE).astype(int)
    recording = Recording.from_array(make_trace(round(120 * RATE), RATE, at), RATE, name="cell")
    height = np.where((times > 40) & (times < 80), 0.06, 0.09)
    return recording, make_spikes(recording, at, columns={"height": height})


def test_rates_intervals_and_features_are_those_that_were_planted() -> None:
    measured = measure_conditions(*planted(), EPOCHS, measures=["train", "features"])
    rates = [row["average_rate"] for row in measured.rows]
    assert rates == pytest.approx([2.0, 8.0, 2.0], abs=0.03)
    assert [row["median_isi"] for row in measured.rows] == pytest.approx([0.5, 0.125, 0.5], abs=1e-3)
    assert [row["height"] for row in measured.rows] == pytest.approx([0.09, 0.06, 0.09])
    assert measured.reference == "control"


def test_what_differs_is_found_and_what_does_not_is_not() -> None:
    measured = measure_conditions(*planted(), EPOCHS)
    told = {(row["measure"], row["b"]): row for row in measured.comparisons}
    assert told["average_rate", "drug"]["difference"] == pytest.approx(6.0, abs=0.1)
    assert told["height", "drug"]["difference"] == pytest.approx(-0.03)
    assert told["height", "drug"]["q"] < 1e-6
    assert not told["height", "wash"]["p"] < 0.5
    other = measure_conditions(*planted(), EPOCHS, reference="drug")
    assert {row["b"] for row in other.comparisons} == {"control", "wash"}


def test_epochs_of_one_label_are_put_together_and_no_interval_spans_them() -> None:
    recording, spikes = planted()
    again = [Epoch("control", 0, 40), Epoch("control", 80, 120)]
    row = measure_conditions(recording, spikes, again).rows[0]
    assert (row["epochs"], row["exposure"], row["spikes"]) == (2, 80.0, 160)
    assert row["mean_isi"] == pytest.approx(0.5, abs=1e-3)


def test_time_that_was_not_observed_counts_in_no_rate() -> None:
    recording, spikes = planted()
    blanked = make_spikes(recording, spikes.sample_index, walls=np.array([[0, round(20 * RATE)]]))
    kept = within(recording, blanked, [EPOCHS[0]])
    assert kept.stretches.n_samples() / RATE == 20.0
    assert len(kept) == 40


def test_few_intervals_are_not_described_and_silence_is_said() -> None:
    recording, _ = planted()
    few = make_spikes(recording, [1000, 3000, 5000, 8000])
    control, drug, _ = measure_conditions(recording, few, EPOCHS, measures=["train"]).rows
    assert control["note"] == "3 intervals are too few to describe"
    assert np.isnan(control["isi_cv"])
    assert (drug["note"], drug["average_rate"]) == ("no spikes", 0.0)


def test_bins_of_a_rate_add_up() -> None:
    recording, spikes = planted()
    kept = within(recording, spikes, [EPOCHS[1]])
    rates = binned_rates(kept, 9.0)
    assert rates.size == 4
    assert rates.sum() * 10.0 == pytest.approx(len(kept))


def test_an_unknown_reference_is_refused() -> None:
    with pytest.raises(UnknownName, match="control"):
        measure_conditions(*planted(), EPOCHS, reference="placebo")


def test_the_command_writes_everything_and_does_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording, _ = planted()
    np.savez(tmp_path / "cell.npz", volts=recording.read()[:, 0], sampling_rate=RATE, unit="V")
    epochs = tmp_path / "epochs.csv"
    epochs.write_text("label,start\ncontrol,0\ndrug,40\nwash,80\n")
    out = tmp_path / "out"
    words = ["conditions", str(tmp_path / "cell.npz"), "--epochs", str(epochs), "--out", str(out), "--json"]
    assert run([*words, "--method", "prominence"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [row["spikes"] for row in record["conditions"]] == [80, 320, 80]
    told = {path.name for path in out.iterdir()}
    assert told >= {
        "conditions.csv",
        "epochs.csv",
        "comparisons.csv",
        "columns.csv",
        "rate.svg",
        "report.html",
        "methods.txt",
    }
    assert told == set(record["outputs"])
    assert "What differs from control" in (out / "report.html").read_text()
    explained = (out / "columns.csv").read_text()
    for table in ("conditions", "comparisons"):
        header = (out / f"{table}.csv").read_text().splitlines()[0].split(",")
        assert all(f"{table},{column}," in explained for column in header)
    assert run([*words, "--method", "prominence"]) == 0
    assert json.loads(capsys.readouterr().out)["already_done"]
    epochs.write_text("label,start\ncontrol,0\n")
    assert run([*words, "--method", "prominence"]) == 1
    assert run([*words, "--method", "prominence", "--force"]) == 0
    assert "one condition only" in " ".join(json.loads(capsys.readouterr().out)["warnings"])


@pytest.mark.parametrize(
    ("more", "words"),
    [(["--epochs", "ttl"], "event source"), (["--bin", "0"], "--bin more than 0 s")],
)
def test_what_cannot_be_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    np.savez(tmp_path / "cell.npz", volts=make_trace(5000, RATE), sampling_rate=RATE, unit="V")
    assert run(["conditions", str(tmp_path / "cell.npz"), *more, "--out", str(tmp_path / "out")]) != 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and words in told[0]
    assert not (tmp_path / "out").exists()


def test_the_same_steps_and_stimuli_are_compared_as_pairs() -> None:
    """The drug doubles the resistance: each current fires the cell faster, and earlier."""
    both, spikes, epochs = drugged()
    onsets = {"start": 0.2 + np.arange(2.0 * len(CURRENTS))}
    beside = Beside(events=onsets, plan=Plan(window=Window(0.0, 0.5)))
    measured = measure_conditions(
        both, spikes, epochs, measures=["train", "steps", "responses"], beside=beside
    )
    told = {row["measure"]: row for row in measured.comparisons}
    paired = told["average_rate of steps"]
    assert (paired["paired"], paired["over"], paired["n_a"]) == (True, "current", len(CURRENTS))
    assert paired["difference"] > 5 and paired["p"] < 0.01 and "Wilcoxon" in paired["test"]
    assert told["evoked_rate of stimuli"]["difference"] > 5
    # Sweeps of a second are bins of a second, though bins of 10 s were asked for.
    assert told["average_rate"]["n_a"] == len(CURRENTS)
    control, drug = measured.rows
    assert control["input_resistance"] == pytest.approx(150e6, rel=0.02)
    assert drug["input_resistance"] == pytest.approx(300e6, rel=0.02)
    assert set(measured.methods) == {"steps", "responses"}
