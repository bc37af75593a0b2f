"""Spikes that were found before are opened as if the page had found them, and edited alike."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from spikelens import api
from spikelens.app.given import given_for
from spikelens.app.library import Library
from spikelens.app.told import Told
from spikelens.cli import run
from spikelens.errors import SpikelensError
from spikelens.exporters.csv import Csv
from spikelens.exporters.parquet import Parquet
from spikelens.exporters.phy import Phy
from spikelens.sorters import SORTED
from spikelens.spikes import Provenance
from tests.app.serving import Page
from tests.factory import make_spikes

RATE = 20_000
PEAKS = [2000, 4000, 6000, 8000, 10_000, 12_000]
UNITS = [0, 1, 0, 1, 0, 2]


def wires(folder, n_channels=2, name="probe"):
    """A file of wires, each with a spike pointing down at every place of `PEAKS`; and the recording."""
    volts = np.random.default_rng(0).normal(0, 2e-6, (16_000, n_channels)).astype(np.float32)
    for k, peak in enumerate(PEAKS):
        volts[peak - 4 : peak + 5, k % n_channels] -= 1e-4 * np.hanning(9).astype(np.float32)
    path = folder / f"{name}.bin"
    path.write_bytes(volts.astype("<f4").tobytes())
    path.with_suffix(".toml").write_text(
        f'dtype = "<f4"\nsampling_rate = {RATE}\nn_channels = {n_channels}\nunit = "V"\n'
    )
    return path, api.read(path)


def sorted_spikes(recording):
    """A sorting of `PEAKS` on alternate channels, as `spikelens sort` would write it."""
    n = len(PEAKS)
    columns = {name: np.zeros(n, kind) for name, kind, _ in SORTED}
    channel = np.arange(n) % len(recording.channels)
    columns |= {"unit_id": np.array(UNITS, np.int32), "unit_probability": np.full(n, 0.9, np.float32)}
    columns |= {"channel_index": channel.astype(np.int32), "channel": np.array([f"{k}" for k in channel])}
    made = make_spikes(recording, PEAKS, columns=columns)
    by = Provenance("pursuit", {}, "1", recording.fingerprint, "extracellular", -1)
    return replace(made, provenance=by)


def write(spikes, folder, name="spikelens-sort"):
    (folder / name).mkdir(parents=True)
    Parquet().write_spikes(folder / name / "spikes.parquet", spikes)
    Csv().write_spikes(folder / name / "spikes.csv", spikes)


def opened(path, folder, **told):
    page = Page(Library([path], sessions=folder / "sessions", told=Told(**told)))
    page.wait()
    return page


@pytest.fixture
def probe(tmp_path, monkeypatch):
    """A recording with its sorting beside it."""
    monkeypatch.chdir(tmp_path)
    path, recording = wires(tmp_path)
    write(sorted_spikes(recording), tmp_path)
    return path


def units_of(page):
    columns = page.get("/spikes")["columns"]
    return dict(zip(columns["sample_index"], columns["unit_id"], strict=True))


def test_a_sorting_beside_the_recording_is_opened(probe, tmp_path):
    page = opened(probe, tmp_path)
    assert page.get()["given"] == {"name": "spikelens-sort/spikes.parquet", "is_shown": True}
    assert page.get("/spikes")["method"] == "pursuit"
    assert units_of(page) == dict(zip(PEAKS, UNITS, strict=True))
    rows = page.get("/units")["units"]
    assert [(row["unit_id"], row["n_spikes"]) for row in rows] == [(0, 3), (1, 2), (2, 1)]
    waves = page.ask("/waveforms", before=0.0005, after=0.0005, ids="all").content
    cut = np.frombuffer(waves, "<f4", offset=16 + 4 * len(PEAKS)).reshape(len(PEAKS), -1)
    assert (cut.min(axis=1) < -8e-5).all(), "each is cut from the wire it is on"
    page.library.close()


def test_units_of_a_given_sorting_are_merged_and_split_and_the_table_comes_back_after_another(
    probe, tmp_path
):
    page = opened(probe, tmp_path)
    assert page.edit({"do": "merge_units", "units": [1, 2], "into": 1}).status_code == 200
    assert page.edit({"do": "unit", "ids": [2000], "unit": 5}).status_code == 200
    now = {2000: 5, 4000: 1, 6000: 0, 8000: 1, 10_000: 0, 12_000: 1}
    assert units_of(page) == now
    page.wait(page.post("/detect", method="bandpass_mad", mode="extracellular").json()["job"])
    assert page.get("/spikes")["method"] == "bandpass_mad" and not page.get()["given"]["is_shown"]
    page.wait(page.post("/detect", method="given").json()["job"])
    assert units_of(page) == now
    revision = page.get("/spikes", columns="id")["revision"]
    assert page.post("/undo", revision=revision).status_code == 200
    assert units_of(page) == {**now, 2000: 0}
    page.library.close()

    again = opened(probe, tmp_path)
    assert units_of(again) == {**now, 2000: 0}
    again.library.close()


def test_what_a_session_looked_for_last_stays_unless_a_table_is_named(probe, tmp_path):
    page = opened(probe, tmp_path)
    page.wait(page.post("/detect", method="bandpass_mad", mode="extracellular").json()["job"])
    page.library.close()
    page = opened(probe, tmp_path)
    assert page.get("/spikes")["method"] == "bandpass_mad"
    page.library.close()
    page = opened(probe, tmp_path, spikes=tmp_path / "spikelens-sort")
    assert page.get("/spikes")["method"] == "pursuit"
    page.library.close()


def test_a_session_whose_table_is_gone_says_so_and_looks_for_spikes(probe, tmp_path):
    page = opened(probe, tmp_path)
    page.wait(page.post("/detect", method="given").json()["job"])
    page.library.close()
    for file in (tmp_path / "spikelens-sort").iterdir():
        file.unlink()
    page = opened(probe, tmp_path)
    assert "--spikes" in page.get()["session"]["reported"][0]
    assert page.get("/spikes")["method"] not in (None, "pursuit") and page.get()["given"] is None
    assert page.post("/detect", method="given").status_code in (400, 404)
    page.library.close()


def test_tables_of_several_recordings_each_find_their_own(tmp_path):
    one, recording = wires(tmp_path, name="one")
    two, _ = wires(tmp_path, n_channels=3, name="two")
    write(sorted_spikes(recording), tmp_path / "out", "one")
    assert given_for(recording, tmp_path / "out").name == "one/spikes.parquet"
    assert given_for(api.read(two), tmp_path / "out") is None
    table = tmp_path / "out" / "one" / "spikes.parquet"
    with pytest.raises(SpikelensError, match="another recording"):
        given_for(api.read(two), table)
    assert len(given_for(api.read(one), table).spikes) == len(PEAKS)


def test_a_table_of_other_samples_or_one_that_is_damaged_is_passed_over_unless_named(probe, tmp_path):
    table = tmp_path / "spikelens-sort" / "spikes.parquet"
    bytes_ = bytearray(table.read_bytes())
    bytes_[len(bytes_) // 2] ^= 255
    table.write_bytes(bytes_)
    recording = api.read(probe)
    assert given_for(recording, None) is None
    with pytest.raises(SpikelensError, match="damaged"):
        given_for(recording, table)
    _, other = wires(tmp_path, n_channels=3)
    assert given_for(other, None) is None


def test_spikes_of_one_channel_are_opened_when_named_and_measured_anew_around_edits(tmp_path):
    path, _ = wires(tmp_path, n_channels=1)
    (tmp_path / "times.csv").write_text("time\n0.1\n0.2\n0.3\n")
    page = opened(path, tmp_path, spikes=tmp_path / "times.csv")
    assert page.get("/spikes")["columns"]["sample_index"] == [2000, 4000, 6000]
    assert page.edit({"do": "reject", "id": 4000}).status_code == 200
    assert page.get("/spikes")["columns"]["state"] == ["accepted", "rejected", "accepted"]
    page.library.close()


def test_a_folder_of_phys_is_opened(tmp_path):
    path, recording = wires(tmp_path)
    Phy().write_spikes(tmp_path / "phy", sorted_spikes(recording), recording)
    page = opened(path, tmp_path, spikes=tmp_path / "phy")
    assert sorted(units_of(page)) == PEAKS
    assert len(set(units_of(page).values())) == len(set(UNITS))
    page.library.close()


def test_a_given_sorting_is_exported_as_corrected(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, recording = wires(tmp_path)
    write(sorted_spikes(recording), tmp_path, "elsewhere")
    page = opened(path, tmp_path, spikes=tmp_path / "elsewhere")
    assert page.edit({"do": "merge_units", "units": [1, 2], "into": 1}).status_code == 200
    page.library.close()
    flags = ["--corrected", "--spikes", "elsewhere", "--sessions", "sessions"]
    assert run(["export", str(path), *flags, "--what", "spikes", "--out", "out.csv"]) == 0
    table = np.genfromtxt("out.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    assert table["sample_index"].tolist() == PEAKS
    assert table["unit_id"].tolist() == [0, 1, 0, 1, 0, 1]


GEOMETRY = {
    "specification": "probeinterface",
    "version": "0.2.21",
    "probes": [
        {
            "ndim": 2,
            "si_units": "um",
            "contact_positions": [[0.0, 0.0], [0.0, 20.0]],
            "device_channel_indices": [0, 1],
        }
    ],
}


def test_the_probe_is_the_sorters_and_makes_the_recording_extracellular(tmp_path, monkeypatch):
    path, _ = wires(tmp_path)
    (tmp_path / "probe.json").write_text(json.dumps(GEOMETRY))
    asked = {}

    def told(recording, method, *, probe, **more):
        asked.update(probe=probe)
        raise SpikelensError("no sorting in this test")

    monkeypatch.setattr("spikelens.sorting.unit_search", told)
    page = opened(path, tmp_path, probe=tmp_path / "probe.json")
    assert page.get()["mode"] == "extracellular"
    page.wait(page.post("/detect", method="pursuit").json()["job"])
    assert asked["probe"].positions.tolist() == [[0.0, 0.0], [0.0, 20.0]]
    page.library.close()


def test_a_probe_of_other_channels_and_paths_that_lead_nowhere_are_refused(tmp_path, capsys):
    path, _ = wires(tmp_path, n_channels=1)
    (tmp_path / "probe.json").write_text(json.dumps(GEOMETRY))
    library = Library([path], sessions=tmp_path / "s", told=Told(probe=tmp_path / "probe.json"))
    answer = Page(library).ask()
    assert answer.status_code == 422 and "channel" in answer.json()["error"]
    library.close()
    for flag in ("--probe", "--spikes"):
        assert run(["view", str(path), flag, str(tmp_path / "none"), "--no-browser"]) != 0
        assert "none" in capsys.readouterr().err
