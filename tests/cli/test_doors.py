"""One case through every door, and each flag changes what it should and nothing else."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pyarrow.csv
import pytest
from tests.factory import make_trace

import spikelens
from spikelens import rooms
from spikelens.cli import commands, run
from spikelens.exporters.npz import Npz
from spikelens.exporters.parquet import read_parquet
from spikelens.recording import Recording

RATE = 10_000.0
LENGTHS = [12_000, 8000]
UP, OTHER = [3000, 9000, 15_000], [5200, 17_300]


@pytest.fixture
def two_channels(tmp_path, monkeypatch):
    """Two sweeps of two cells; spikes of the second point down."""
    monkeypatch.chdir(tmp_path)
    second = -0.13 - make_trace(20_000, RATE, OTHER, seed=1)
    samples = np.column_stack([make_trace(20_000, RATE, UP), second]).astype(np.float32)
    recording = Recording.from_array(samples, RATE, sweep_lengths=LENGTHS)
    Npz().write_recording(tmp_path / "cell.npz", recording)
    return recording


def found(*flags, out="out"):
    """The table and the record of a run; Arrow reads each number exactly, older versions of pandas do not."""
    assert run(["find", "cell.npz", "--no-report", "--quiet", "--out", out, "--force", *flags]) == 0
    empty = pyarrow.csv.ConvertOptions(null_values=[""], strings_can_be_null=True)
    table = pyarrow.csv.read_csv(f"{out}/cell/spikes.csv", convert_options=empty).to_pandas()
    with open(f"{out}/cell/run.json", encoding="utf-8") as opened:
        return table.astype({name: float for name in table if table[name].isna().all()}), json.load(opened)


def differing(one, other):
    """The columns that differ between two tables of the same rows."""
    assert list(one.columns) == list(other.columns) and len(one) == len(other)
    return {name for name in one if not one[name].equals(other[name])}


@pytest.mark.parametrize("method", [m for m in rooms.names("detectors") if m != "deviation"])
@pytest.mark.parametrize("rule", ["spikelens", "ipfx"])
def test_the_function_and_the_command_give_the_same_table(two_channels, method, rule):
    table, record = found("--method", method, "--feature-rule", rule)
    by_function = spikelens.find(spikelens.read("cell.npz"), method, feature_rule=rule)
    written = read_parquet("out/cell/spikes.parquet")
    pd.testing.assert_frame_equal(written, by_function.to_pandas(), check_dtype=False, rtol=0, atol=0)
    assert record["n_spikes"] == len(by_function) == len(table) == 3
    assert record["parameters"] == by_function.provenance.parameters
    for name in by_function.columns:
        if by_function[name].dtype.kind == "f":
            # Times are written with seven decimals, a probability as the float32 it is.
            step = 6e-8 if name.endswith("time") or name in ("time_in_sweep", "probability") else 0.0
            np.testing.assert_allclose(table[name], by_function[name].astype(float), atol=step, rtol=1e-15)


@pytest.mark.parametrize(
    "name",
    ["find", "ask", "info", "simulate", "score", "methods", "doctor", "demo", "detect", "measure", "steps"],
)
def test_every_commands_help_names_each_of_its_flags(name, capsys):
    assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: spikelens {name}")
    for parameter in commands.get_command(None, name).params:
        assert all(flag in out for flag in parameter.opts if flag.startswith("--"))


@pytest.mark.parametrize("method", rooms.names("detectors"))
def test_help_of_a_method_lists_its_parameters_with_units(method, capsys):
    assert run(["find", "--method", method, "--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for p in rooms.load("detectors", method).schema():
        assert p.flag in out or f"--no-{p.flag[2:]}" in out
        assert " ".join(p.help.split()[:3]) in out


def test_dating_by_the_onset_moves_times_alone(two_channels):
    (peak, before), (onset, after) = found(), found("--align", "onset")
    assert differing(peak, onset) == {"time", "time_in_sweep"}
    np.testing.assert_allclose(onset["time"], peak["onset_time"], atol=1e-9)
    late = onset["time"] - onset["time_in_sweep"]
    np.testing.assert_allclose(late, [0.0, 0.0, 1.2], atol=2e-7)
    assert (before["align"], after["align"]) == ("peak", "onset")
    assert before["features"] == after["features"]


def test_a_junction_potential_moves_voltages_alone(two_channels):
    (plain, _), (less, _) = found(), found("--junction-potential", "0.0125")
    moved = differing(plain, less)
    assert moved == {name for name in plain if name.endswith("_v") and plain[name].notna().any()}
    assert {"threshold_v", "peak_v", "trough_v"} <= moved
    for name in moved:
        np.testing.assert_allclose(plain[name] - less[name], 0.0125, atol=1e-12)
    assert "12.5 mV" in read_parquet("out/cell/spikes.parquet").attrs["rules"]["threshold_v"]


@pytest.mark.parametrize(
    ("flags", "rows", "exposure"),
    [
        ([], [0, 1, 2], 2.0),
        (["--start", "0.5"], [1, 2], 1.5),
        (["--stop", "0.5"], [0], 0.5),
        (["--start", "0.5", "--stop", "1.3"], [1], 0.8),
        (["--start", "1.2"], [2], 0.8),
        (["--blank", "times.csv:-10ms:20ms"], [0, 2], 1.97),
        (["--blank", "times.csv:5ms:0.5"], [0, 1], 2 - 0.495),
        (["--blank", "times.csv:-10ms:20ms", "--start", "0.91"], [2], 1.09 - 0.01),
    ],
)
def test_time_left_out_takes_its_spikes_and_its_exposure(two_channels, tmp_path, flags, rows, exposure):
    (tmp_path / "times.csv").write_text(
        "time\n0.9\n2.0\n" if "5ms:0.5" not in "".join(flags) else "time\n1.2\n"
    )
    if flags and "-10ms" in "".join(flags):
        (tmp_path / "times.csv").write_text("time\n0.9\n")
    whole, _ = found()
    part, record = found(*flags, out="part")
    assert record["exposure"] == pytest.approx(exposure)
    assert record["rate"] == pytest.approx(len(rows) / exposure)
    kept = whole.iloc[rows].reset_index(drop=True)
    # How likely a spike is depends on what else is heard.
    assert differing(kept, part) <= {"notes", "probability"}


@pytest.mark.parametrize("wanted", ["1", "samples 1"])
def test_a_channel_is_the_whole_of_what_is_looked_at(two_channels, wanted):
    table, record = found("--channel", wanted, "--polarity", "down")
    assert table["sample_index"].tolist() == OTHER
    assert set(table["channel"]) == {"samples 1"} and set(table["channel_index"]) == {1}
    assert (record["channel"], record["polarity"]) == ("samples 1", -1)
    assert (table["height"] < -0.09).all()


def test_a_negative_spike_has_the_numbers_of_its_mirror_image(two_channels, tmp_path):
    down, _ = found("--channel", "1", "--polarity", "down")
    mirror = Recording.from_array(-two_channels.read()[:, 1], RATE, sweep_lengths=LENGTHS)
    Npz().write_recording(tmp_path / "cell.npz", mirror)
    up, _ = found()
    turned = differing(down, up) - {"channel", "channel_index"}
    units = read_parquet("out/cell/spikes.parquet").attrs["units"]
    known = [name for name in units if up[name].notna().any()]
    assert turned == {name for name in known if units[name] in ("V", "V/s")}
    for name in turned:
        np.testing.assert_allclose(down[name], -up[name], rtol=1e-12)


@pytest.mark.parametrize(
    ("polarity", "rows"), [("auto", OTHER), ("down", OTHER), ("up", []), ("both", OTHER)]
)
def test_polarity_decides_which_way_is_searched(two_channels, tmp_path, polarity, rows):
    recording = dataclasses.replace(two_channels.select(1), mode="cell-attached")
    Npz().write_recording(tmp_path / "cell.npz", recording)
    table, record = found("--polarity", polarity, "--method", "prominence")
    assert table["sample_index"].tolist() == rows
    assert record["polarity"] == {"auto": -1, "down": -1, "up": 1, "both": 0}[polarity]


def test_a_rule_changes_features_and_no_spike(two_channels):
    (ours, one), (ipfx, other) = found(), found("--feature-rule", "ipfx", out="ipfx")
    from spikelens.spikes import REQUIRED

    assert differing(ours[list(REQUIRED)], ipfx[list(REQUIRED)]) == set()
    assert (one["feature_rule"], other["feature_rule"]) == ("spikelens", "ipfx")
    assert {k: one[k] for k in ("rate", "parameters", "sweeps")} == {
        k: other[k] for k in ("rate", "parameters", "sweeps")
    }
    np.testing.assert_allclose(ours["threshold_v"], ipfx["threshold_v"], atol=2e-3)


def test_results_of_other_settings_have_other_keys(two_channels):
    asked = [[], ["--start", "0.1"], ["--polarity", "up"], ["--align", "onset"], ["--cut", "0.9"]]
    asked += [["--feature-rule", "ipfx"], ["--junction-potential", "0.01"], ["--channel", "0"]]
    keys = [found(*flags)[1]["key"] for flags in asked]
    assert len(set(keys)) == len(keys)
    assert found()[1]["key"] == keys[0]
