"""`spikelens sort`: from a file to a folder, with the truth beside it; and the bridge where there is none."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from spikelens import errors, rooms
from spikelens.cli import run
from spikelens.exporters.npz import Npz
from spikelens.exporters.parquet import read_parquet
from spikelens.plots.correlograms import correlogram
from spikelens.plots.images import png
from spikelens.plots.unit_waveforms import unit_waveforms
from spikelens.sorters import SORTED, Piece, Site
from spikelens.sorting import sorter_for
from spikelens.sortings import words
from spikelens.sortings.measuring import measure_units
from tests.sorters.wires import RATE, wire


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("sort")
    recording, sample, unit = wire(12.0)
    Npz().write_recording(where / "wire.npz", recording)
    pd.DataFrame({"time": sample / RATE, "unit_id": unit}).to_csv(where / "truth.csv", index=False)
    flags = ["--truth", str(where / "truth.csv"), "--out", str(where / "out"), "--least-spikes", "20"]
    assert run(["sort", str(where / "wire.npz"), *flags, "--json"]) == 0
    return where


def test_a_folder_shows_two_neurons_apart(folder, capsys):
    units = pd.read_csv(folder / "out" / "units.csv")
    assert len(units) == 2 and (units["proposal"] == "good").all()
    matches = pd.read_csv(folder / "out" / "matches.csv")
    assert (matches["accuracy"] > 0.93).all()
    record = json.loads((folder / "out" / "run.json").read_text())
    assert record["learned"]["n_units"] == 2 and record["settings"]["least_spikes"] == 20
    page = (folder / "out" / "report.html").read_text()
    for said in ("Are they one neuron each?", "Beside the truth", "Over time", "given these units"):
        assert said in page
    spikes = read_parquet(folder / "out" / "spikes.parquet")
    table = pd.read_csv(folder / "out" / "spikes.csv")
    assert len(spikes) == len(table) == units["n_spikes"].sum()
    columns = pd.read_csv(folder / "out" / "columns.csv")
    assert {name for name, _, _ in SORTED} <= set(columns["column"])
    for name in ("waveforms", "correlograms", "features", "amplitudes"):
        assert (folder / "out" / f"{name}.png").stat().st_size > 3000


def test_the_same_is_not_done_twice(folder, capsys):
    flags = ["--truth", str(folder / "truth.csv"), "--out", str(folder / "out"), "--least-spikes", "20"]
    assert run(["sort", str(folder / "wire.npz"), *flags]) == 0
    assert "was done already" in capsys.readouterr().out
    assert (
        run(["sort", str(folder / "wire.npz"), "--out", str(folder / "out")]) == errors.OutputExists.exit_code
    )


def test_a_truth_without_units_is_refused(folder, capsys):
    (folder / "times.csv").write_text("time\n1.0\n")
    flags = ["--truth", str(folder / "times.csv"), "--out", str(folder / "other"), "--stop", "1"]
    assert run(["sort", str(folder / "wire.npz"), *flags]) == errors.UnreadableFile.exit_code
    assert "no column 'unit_id'" in capsys.readouterr().err
    assert not (folder / "other").exists()


def test_other_names_go_over_the_bridge(monkeypatch):
    assert sorter_for("tridesclous2").parameters()["sorter"] == "tridesclous2"
    bridge = rooms.load("sorters", "spikeinterface")
    with pytest.raises(errors.BadParameter, match="JSON"):
        bridge(settings="{")._settings()
    with pytest.raises(errors.BadParameter, match="JSON object"):
        bridge(settings="3")._settings()
    monkeypatch.setitem(__import__("sys").modules, "spikeinterface", None)
    monkeypatch.setitem(__import__("sys").modules, "spikeinterface.sorters", None)
    site = Site(np.array([[0]]), RATE, np.zeros((1, 2)))
    with pytest.raises(errors.MissingFact, match="pip install"):
        bridge().learn([Piece(np.zeros((10, 1), np.float32), 0, (0, 10))], site)


def test_correlograms_count_pairs():
    rng = np.random.default_rng(0)
    one, other = np.sort(rng.uniform(0, 2, 60)), np.sort(rng.uniform(0, 2, 80))
    bins = np.linspace(-0.05, 0.05, 11)
    twin = np.histogram((other[None] - one[:, None]).ravel(), bins)[0]
    assert correlogram(one, other, bins).tolist() == twin.tolist()
    own = (one[None] - one[:, None])[~np.eye(60, dtype=bool)]
    assert correlogram(one, one, bins, same=True).tolist() == np.histogram(own, bins)[0].tolist()


def test_waveforms_of_a_tetrode_and_of_nothing():
    time = np.arange(-20, 40) / RATE
    waves = [np.random.default_rng(k).normal(0, 1e-5, (30, 60, 4)).astype(np.float32) for k in range(6)]
    names = [f"unit {k}" for k in range(6)]
    drawn = unit_waveforms(time, waves, names, channels=list("abcd"))
    assert len(png(drawn, dpi=40)) > 3000
    assert unit_waveforms(time, [], []).axes


def test_what_the_bridge_brings_has_our_columns(monkeypatch):
    import spikelens
    from spikelens.engines.serial import Serial
    from spikelens.sorters import spikeinterface as bridge

    recording, sample, unit = wire(4.0)
    asked = {}

    class Found:
        unit_ids = ("a", "b")

        def to_spike_vector(self):
            made = np.zeros(sample.size, [("sample_index", "i8"), ("unit_index", "i8")])
            made["sample_index"], made["unit_index"] = sample, 1 - unit
            return made

    def run_sorter(name, handed, folder, settings):
        asked.update(name=name, settings=settings)
        return Found()

    monkeypatch.setattr(bridge, "_imported", lambda: run_sorter)
    monkeypatch.setattr(bridge, "_handed", lambda rows, site, folder: rows)
    spikes = spikelens.sort(recording, method="kilosort9", settings='{"deep": 1}', engine=Serial())
    assert asked == {"name": "kilosort9", "settings": {"deep": 1}}
    assert spikes.sample_index.tolist() == sample.tolist()
    assert spikes["unit_id"].tolist() == unit.tolist(), "units count from the largest"
    assert np.isnan(spikes["unit_probability"]).all()
    assert (spikes.height < -40e-6).all()
    assert spikes.provenance.parameters["sorter"] == "kilosort9"
    assert "kilosort9" in words.methods(spikelens.measure_units(recording, spikes))


def test_drift_is_said_and_handed_over():
    import spikelens
    from spikelens.engines.serial import Serial

    recording, _, _ = wire(20.0)
    spikes = spikelens.sort(recording, engine=Serial())
    shrinking = spikes.height * np.linspace(1.0, 0.4, len(spikes))
    measured = spikelens.measure_units(recording, spikes.with_columns({"height": shrinking}))
    assert any("--method tridesclous2" in text for text in words.warnings(measured))
    assert not any("drifts" in text for text in words.warnings(spikelens.measure_units(recording, spikes)))


def test_two_neurons_in_one_unit_are_said():
    import spikelens
    from spikelens.engines.serial import Serial

    def said(of: object) -> list[str]:
        return [text for text in words.warnings(measure_units(recording, of)) if "more than one" in text]

    recording, _, _ = wire(60.0)
    spikes = spikelens.sort(recording, engine=Serial())
    assert not said(spikes)
    (told,) = said(spikes.with_columns({"unit_id": np.zeros(len(spikes), "i4")}))
    assert "unit 0 (" in told


def test_units_of_spikes_that_were_found_otherwise_are_measured():
    import spikelens
    from spikelens.engines.serial import Serial

    recording, _, _ = wire(12.0)
    found = spikelens.find(recording, "bandpass_mad")
    told = spikelens.sort(recording, found, engine=Serial())
    # All of one unit so near the start that no waveform can be cut.
    uncut = told.with_columns(
        {"unit_id": np.append(9, told["unit_id"][1:]), "sample_index": np.append(3, told.sample_index[1:])}
    )
    measured = measure_units(recording, uncut)
    assert [row["unit_id"] for row in measured.rows] == [0, 1, 9]
    assert all(row["snr"] > 5 for row in measured.rows[:2])
    assert measured.rows[2]["proposal"] == "noise"
    assert png(unit_waveforms(measured.waves.time, measured.waves.waves, measured.names()))


def test_a_matrix_is_not_guessed_to_be_sweeps(tmp_path, capsys):
    """A tetrode's channels laid end to end would give four times its units, in silence."""
    np.save(tmp_path / "tetrode.npy", np.random.default_rng(0).normal(0, 5e-6, (30_000, 4)).astype("f4"))
    flags = [str(tmp_path / "tetrode.npy"), "--unit", "V", "--sampling-rate", "30000"]
    assert run(["sort", *flags, "--out", str(tmp_path / "out")]) == errors.MissingFact.exit_code
    assert "4 columns of tetrode are channels, or sweeps" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    said = [*flags, "--channels-in", "columns", "--out", str(tmp_path / "out")]
    assert run(["sort", *said]) == 0
    capsys.readouterr()
    found = ["--mode", "extracellular", "--out", str(tmp_path / "found")]
    assert run(["find", *flags, *found]) == 0
    assert "the 4 columns of the matrix were taken for sweeps of one wire" in capsys.readouterr().out
    assert run(["find", *flags, *found, "--probe", "probe.json"]) != 0
    assert "give --channels-in columns if those are channels" in capsys.readouterr().err


def test_that_a_file_says_it_is_of_a_cell_is_warned_of(tmp_path, capsys):
    recording, _, _ = wire(3.0)
    for mode, warned in (("current-clamp", True), ("extracellular", False)):
        path = tmp_path / f"{mode}.npz"
        Npz().write_recording(path, dataclasses.replace(recording, mode=mode))
        assert run(["sort", str(path), "--out", str(tmp_path / mode)]) == 0
        assert ("the file says current clamp" in capsys.readouterr().out) is warned
