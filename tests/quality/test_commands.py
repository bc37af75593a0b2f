"""Both commands, from a file to a folder that holds what was asked for."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

import spikelens
from spikelens.cli import run
from spikelens.exporters.npz import Npz
from spikelens.recording import Recording
from tests.data import recording_file
from tests.factory import make_trace
from tests.membrane.cells import wander

RATE = 10_000.0
PEAKS = [*range(3000, 76_000, 4000)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cell of 4 sweeps that rests at -55 mV, with spikes; its spikes shrink."""
    monkeypatch.chdir(tmp_path)
    volts = make_trace(80_000, RATE, PEAKS) + wander(80_000, mean=0.01, sd=5e-4)
    recording = Recording.from_array(volts.astype(np.float32), RATE, sweep_lengths=[20_000] * 4)
    Npz().write_recording(tmp_path / "cell.npz", recording)
    return tmp_path


def told(capsys, *arguments, code=0):
    assert run([str(a) for a in arguments]) == code
    out = capsys.readouterr()
    return out.out if code == 0 else out.err


def test_the_membrane_command_writes_tables_figures_and_a_report(folder, capsys):
    (folder / "drug.csv").write_text("start,stop,label\n0,4,control\n4,8,drug\n")
    out = told(
        capsys, "membrane", "cell.npz", "--events", "drug.csv", "--trace", "bare.npy", "--json", "--out", "m"
    )
    record = json.loads(out)
    written = {p.name for p in (folder / "m").iterdir()}
    assert set(record["outputs"]) == written
    expected = {"sweeps.csv", "conditions.csv", "averages.csv", "triggered.csv", "columns.csv", "report.html"}
    expected |= {
        "bridges.png",
        "distribution.svg",
        "sweep_averages.png",
        "triggered_membrane.png",
        "methods.txt",
    }
    assert expected <= written and "states.csv" not in written
    conditions = pd.read_csv("m/conditions.csv")
    assert conditions["condition"].tolist() == ["all", "control", "drug"]
    assert conditions["n_spikes"].tolist()[0] == len(PEAKS) == conditions["n_spikes"][1:].sum()
    np.testing.assert_allclose(conditions["mean_v"], -0.055, atol=5e-4)
    assert conditions["exposure"].tolist() == [8.0, 4.0, 4.0]
    meant = pd.read_csv("m/columns.csv")
    for table in ("conditions", "sweeps", "averages", "triggered"):
        assert set(pd.read_csv(f"m/{table}.csv")) == set(meant.loc[meant["table"] == table, "column"])
    bare = np.load("bare.npy")
    assert bare.size == 80_000 and bare.max() < -0.045
    report = (folder / "m" / "report.html").read_text("utf-8")
    assert "Spikes cut and bridged" in report and "By condition" in report


def test_the_command_gives_what_the_function_gives(folder, capsys):
    told(capsys, "membrane", "cell.npz", "--bridge", "monotone", "--until", "trough", "--out", "m")
    recording = spikelens.read("cell.npz")
    found = spikelens.measure_membrane(
        recording, spikelens.find(recording), bridge="monotone", until="trough"
    )
    row = pd.read_csv("m/conditions.csv").iloc[0]
    assert row["mean_v"] == pytest.approx(found.whole.passed.whole.mean, rel=1e-12)
    assert row["bridged"] == pytest.approx(found.bridged_samples(found.spikes.stretches) / 80_000)
    assert "monotone cubic" in (folder / "m" / "methods.txt").read_text("utf-8")


def test_the_same_is_not_done_twice_and_another_needs_force(folder, capsys):
    told(capsys, "membrane", "cell.npz", "--out", "m")
    assert "was done already" in told(capsys, "membrane", "cell.npz", "--out", "m")
    assert "--force" in told(capsys, "membrane", "cell.npz", "--out", "m", "--bridge", "monotone", code=1)
    told(capsys, "membrane", "cell.npz", "--out", "m", "--bridge", "monotone", "--force")


@pytest.mark.parametrize(
    ("flags", "words", "code"),
    [
        (["--second", "lfp"], "no channel 'lfp'", 2),
        (["--events", "light"], "no event source 'light'", 2),
        (["--events", "none.csv"], "none.csv", 3),
        (["--trace", "bare.txt"], "must end in .npy or .nwb", 2),
        (["--reach", "0"], "reach must be at least", 2),
        (["--mode", "cell-attached", "--polarity", "up"], "no free membrane potential", 3),
    ],
)
def test_what_cannot_be_done_is_one_line(folder, capsys, flags, words, code):
    said = told(capsys, "membrane", "cell.npz", *flags, "--out", "m", code=code)
    assert words in said and said.count("\n") == 1
    assert not (folder / "m").exists()


def test_a_cell_without_spikes_has_a_membrane_potential(folder, capsys):
    silent = Recording.from_array(wander(40_000).astype(np.float32), RATE)
    Npz().write_recording(folder / "silent.npz", silent)
    said = told(capsys, "membrane", "silent.npz", "--out", "m")
    assert "no spikes: nothing was bridged" in said
    assert not {"triggered.csv", "bridges.png", "averages.csv"} & {p.name for p in (folder / "m").iterdir()}
    assert "no spikes: their height" in told(capsys, "quality", "silent.npz", "--out", "q")


def test_a_field_potential_of_the_same_file_is_a_second_channel(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = recording_file("ac2_like/ac2_like_sweeps_v5.mat")
    hints = ["--variable", "response", "--sampling-rate", "4000", "--unit", "V"]
    record = json.loads(told(capsys, "membrane", path, *hints, "--second", "lfp", "--json", "--out", "m"))
    assert (record["second"], record["coherence_segments"]) == ("lfp", 300)
    assert record["coherence_level"] == pytest.approx(
        1 - 0.05 ** (1 / (300 / (1 + 2 * (1 - 1 / 300) / 36) - 1))
    )
    assert set(pd.read_csv("m/triggered.csv")["channel"]) == {"response", "lfp"}
    assert pd.read_csv("m/coherence.csv")["coherence"].between(0, 1).all()


def test_two_states_are_told_by_condition(folder, capsys):
    levels = np.repeat([-0.075, -0.055] * 6, 5000)
    volts = levels + wander(levels.size, mean=0, sd=1.5e-3, tau=0.005)
    Npz().write_recording(folder / "two.npz", Recording.from_array(volts.astype(np.float32), RATE))
    told(capsys, "membrane", "two.npz", "--out", "m")
    row = pd.read_csv("m/conditions.csv").iloc[0]
    assert row["is_bimodal"] and row["up_fraction"] == pytest.approx(0.5, abs=0.02)
    assert row["up_duration"] == pytest.approx(0.5, abs=0.02) and row["up_rate"] == pytest.approx(
        1.0, abs=0.01
    )
    assert (folder / "m" / "states.png").exists()
    assert pd.read_csv("m/states.csv")["state"].tolist() == ["down", "up"] * 6


def test_what_quality_proposes_is_what_blank_takes(folder, capsys):
    recording = spikelens.read("cell.npz")
    volts = recording.read()[:, 0].copy()
    volts[60_000:] += 0.03
    spoilt = Recording.from_array(volts, RATE, sweep_lengths=[20_000] * 4)
    Npz().write_recording(folder / "spoilt.npz", spoilt)
    record = json.loads(told(capsys, "quality", "spoilt.npz", "--json", "--out", "q"))
    assert [(p["label"], p["start"], p["stop"]) for p in record["proposed"]] == [
        ("depolarised", 6.0, 8.0),
        ("seal loss", 6.0, 8.0),
    ]
    assert "nothing was left out" in record["verdict"]
    written = {p.name for p in (folder / "q").iterdir()}
    assert {"quality.csv", "proposed.csv", "columns.csv", "quality.png", "report.html"} <= written
    meant = pd.read_csv("q/columns.csv")
    for table in ("quality", "proposed"):
        assert set(pd.read_csv(f"q/{table}.csv")) == set(meant.loc[meant["table"] == table, "column"])
    told(capsys, "find", "spoilt.npz", "--blank", "q/proposed.csv", "--no-report", "--out", "f")
    assert json.loads((folder / "f/spoilt/run.json").read_text())["exposure"] == pytest.approx(6.0)
    told(capsys, "quality", "spoilt.npz", "--blank", "q/proposed.csv", "--out", "q2")
    assert not (folder / "q2" / "proposed.csv").exists()


def test_a_clock_with_gaps_is_kept(folder, capsys):
    recording = spikelens.read("cell.npz")
    sweeps = dataclasses.replace(recording.sweeps, start_times=np.array([0.0, 10.0, 20.0, 30.0]))
    found = spikelens.measure_quality(
        dataclasses.replace(recording, sweeps=sweeps), spikelens.find(recording)
    )
    assert found.columns["start"].tolist() == [0, 10, 20, 30]
    assert found.columns["stop"].tolist() == pytest.approx([2, 12, 22, 32])


@pytest.mark.parametrize("name", ["membrane", "quality"])
def test_help_names_the_analysis_own_flags(name, capsys):
    out = " ".join(told(capsys, name, "--help").split())
    flags = {"membrane": ["--second", "--until", "--shuffles"], "quality": ["--every", "--bridge-change"]}[
        name
    ]
    assert all(flag in out for flag in [*flags, "--blank", "--json", "--force", "--variable"])
