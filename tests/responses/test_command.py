"""The command and its folder."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import spikelens
from spikelens.cli import run
from spikelens.exporters.npz import Npz
from spikelens.recording import Recording
from spikelens.responses.writing import LISTED
from tests.factory import make_trace

RATE = 10_000.0
START = 0.25 + 0.5 * np.arange(40)


@pytest.fixture
def cell(tmp_path, monkeypatch):
    """Twenty seconds with a spike 20 ms behind every tone of 8 kHz, and a few others."""
    monkeypatch.chdir(tmp_path)
    tone = np.arange(START.size) % 4
    heard = (START[tone == 2] + 0.02) * RATE
    peaks = sorted({*map(int, heard), 1000, 51_000, 122_000})
    recording = Recording.from_array(make_trace(200_000, RATE, peaks), RATE)
    Npz().write_recording(tmp_path / "cell.npz", recording)
    frequency = 2000.0 * 2.0**tone
    pd.DataFrame({"start": START, "stop": START + 0.025, "tone": tone}).to_csv("tones.csv", index=False)
    pd.DataFrame({"tone": range(4), "frequency": np.unique(frequency)}).to_csv("which.csv", index=False)
    pd.DataFrame({"time": np.array(peaks) / RATE}).to_csv("given.csv", index=False)
    return recording


ASKED = ["respond", "cell.npz", "--events", "tones.csv", "--conditions", "which.csv", "--by", "frequency"]


def test_a_run_writes_tables_figures_report_and_says_what_was_found(cell, tmp_path, capsys):
    assert run(ASKED) == 0
    told = capsys.readouterr().out
    assert "40 trials of 4 conditions" in told and "1 excited" in told and "Best frequency 8000" in told
    folder = tmp_path / "spikelens-respond"
    names = {p.name for p in folder.iterdir()}
    assert {"responses.csv", "trials.csv", "psth.csv", "tuning.csv", "columns.csv", "run.json"} <= names
    assert {"raster.png", "raster.svg", "latency.png", "tuning.png", "report.html", "methods.txt"} <= names
    table = pd.read_csv(folder / "responses.csv")
    assert table.columns[0] == "frequency" and table["frequency"].tolist() == [2000, 4000, 8000, 16_000]
    assert table["response"].tolist() == ["none", "none", "excited", "none"]
    assert table["latency"][2] == pytest.approx(0.02, abs=1e-4)
    trials = pd.read_csv(folder / "trials.csv")
    np.testing.assert_allclose(trials["time"], START, atol=1e-9)
    assert trials["spikes"].sum() == table["spikes"].sum() == 10
    psth = pd.read_csv(folder / "psth.csv")
    assert len(psth) % 4 == 0 and (psth["to"] > psth["from"]).all()
    report = (folder / "report.html").read_text("utf-8")
    assert "What followed the stimuli" in report and "excited" in report
    assert "Holm" in (folder / "methods.txt").read_text("utf-8")


def test_the_command_and_the_function_agree(cell, capsys):
    assert run([*ASKED, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    from spikelens.responses.csvfiles import joined
    from spikelens.responses.sources import stimuli_from

    recording = spikelens.read("cell.npz")
    stimuli = joined(stimuli_from(recording, "tones.csv"), "which.csv")
    found = spikelens.respond(recording, spikelens.find(recording), stimuli, by="frequency")
    frame = found.to_pandas()
    assert [row["evoked_rate"] for row in record["responses"]] == frame["evoked_rate"].tolist()
    assert [row["p_corrected"] for row in record["responses"]] == frame["p_corrected"].tolist()
    assert record["command"] == "respond" and record["settings"]["by"] == ["frequency"]


def test_the_same_again_does_nothing_and_another_needs_force(cell, tmp_path, capsys):
    assert run(ASKED) == 0 and run(ASKED) == 0
    assert "was done already" in capsys.readouterr().out
    assert run([*ASKED, "--window", "5:30ms"]) != 0
    assert "--force" in capsys.readouterr().err
    assert run([*ASKED, "--window", "5:30ms", "--force"]) == 0
    # Another content of the tones' file is another input.
    text = (tmp_path / "which.csv").read_text().replace("16000", "17000")
    (tmp_path / "which.csv").write_text(text)
    assert run([*ASKED, "--window", "5:30ms"]) != 0


def test_spikes_given_are_used_and_not_sought(cell, tmp_path, capsys):
    assert run([*ASKED, "--spikes", "given.csv", "--json"]) == 0
    given = json.loads(capsys.readouterr().out)
    assert given["n_spikes"] == 13
    blanked = [*ASKED, "--spikes", "given.csv", "--json", "--out", "b", "--blank", "tones.csv:-1ms:5ms"]
    (tmp_path / "tones.csv").write_text((tmp_path / "tones.csv").read_text().replace("start", "time"))
    assert run(blanked) == 0
    record = json.loads(capsys.readouterr().out)
    psth = pd.read_csv(tmp_path / "b" / "psth.csv")
    assert (psth["exposure"][(psth["from"] >= 0) & (psth["to"] <= 0.005)] == 0).all()
    assert record["n_spikes"] == 13


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        (["--events", "none.csv"], 3, "cannot read none.csv"),
        (["--events", "ttl"], 2, "no source of stimuli 'ttl'"),
        (["--events", "stimulus"], 3, "no stimulus trace"),
        (["--events", "tones.csv", "--by", "pitch"], 2, "no condition 'pitch'"),
        (["--events", "tones.csv", "--window", "9"], 2, "FROM:TO"),
        (["--events", "tones.csv", "--bin", "5ms", "--smoothing", "5ms"], 2, "not both"),
        ([], 3, "--events"),
    ],
)
def test_what_cannot_be_done_is_one_line(cell, capsys, flags, code, told):
    assert run(["respond", "cell.npz", *flags]) == code
    said = capsys.readouterr().err
    assert told in said


def test_many_conditions_are_listed_strongest_first(cell, tmp_path):
    starts = 0.15 + 0.19 * np.arange(100)
    pd.DataFrame({"start": starts, "k": np.arange(100) % 50}).to_csv("many.csv", index=False)
    assert run(["respond", "cell.npz", "--events", "many.csv", "--by", "k"]) == 0
    report = (tmp_path / "spikelens-respond" / "report.html").read_text("utf-8")
    assert f"The {LISTED} strongest of 50" in report


def test_tones_are_simulated_by_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = ["simulate", "cell.npz", "--duration", "4", "--sampling-rate", "2000", "--tones", "4x2"]
    assert run(asked) == 0
    assert capsys.readouterr().out.split() == ["cell.npz", "cell.truth.csv", "cell.tones.csv"]
    assert run([*asked[:-1], "four", "--force"]) == 2
    assert "FREQUENCIESxLEVELS" in capsys.readouterr().err
