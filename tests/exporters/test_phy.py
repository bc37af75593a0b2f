"""phy folders, opened by phylib and read back after a person's work."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from spikelens.errors import MissingFact, OutputExists, UnreadableFile, UnsupportedInput
from spikelens.exporters.phy import Phy
from spikelens.recording import Recording
from spikelens.spikes import Spikes
from spikelens.trains import spikes_of_trains
from tests.exporters.cases import simulated, table

TRAINS = {1: np.array([500, 3000, 7000]), 4: np.array([1500, 5000])}


def probe() -> tuple[Recording, Spikes]:
    """Two units, deepest on the first and on the last of three channels, in two sweeps."""
    samples = np.random.default_rng(0).normal(0, 20, (9000, 3))
    for unit, channel in ((1, 0), (4, 2)):
        for peak in TRAINS[unit]:
            samples[peak - 10 : peak + 10, channel] -= 2000 * np.hanning(20)
    recording = Recording.from_array(
        samples.astype(np.int16), 20_000.0, gain=1.95e-7, mode="extracellular", sweep_lengths=[4000, 5000]
    )
    spikes = spikes_of_trains(recording, TRAINS, made_by="test", in_samples=True)
    return recording, spikes.with_columns({"height": -np.linspace(1e-4, 2e-4, 5)})


def model_of(folder: Path) -> object:
    loading = pytest.importorskip("phylib.io.model", reason="phylib is absent")
    logging.getLogger("phylib").setLevel(logging.ERROR)
    return loading.load_model(folder / "params.py")


def test_phylib_opens_samples_spikes_templates_and_clusters(tmp_path):
    recording, spikes = probe()
    recording.to_phy(tmp_path / "phy", spikes)
    model = model_of(tmp_path / "phy")
    assert (model.n_spikes, model.n_templates, model.n_channels) == (5, 2, 3)
    np.testing.assert_array_equal(model.spike_samples, np.sort(np.concatenate(list(TRAINS.values()))))
    np.testing.assert_array_equal(model.spike_clusters, [1, 4, 1, 4, 1])
    np.testing.assert_array_equal(model.traces[0:9000], recording.stored())
    assert model.sample_rate == 20_000
    assert [int(model.get_template(k).best_channel) for k in (0, 1)] == [0, 2]
    np.testing.assert_allclose(model.spike_attributes["height"], spikes.height)
    waves = model.get_waveforms(np.array([0]), np.array([0, 1, 2]))
    assert np.abs(waves[0, :, 0]).max() > 1000


@pytest.mark.parametrize("n_channels", [1, 4])
def test_a_single_unit_opens_on_one_channel_or_several(tmp_path, n_channels):
    samples = np.random.default_rng(0).normal(0, 20, (4000, n_channels)).astype(np.int16)
    recording = Recording.from_array(samples, 20_000.0, gain=1e-6)
    spikes = spikes_of_trains(recording, {0: np.array([500, 900])}, made_by="test", in_samples=True)
    recording.to_phy(tmp_path / "phy", spikes)
    model = model_of(tmp_path / "phy")
    assert model.n_channels == n_channels and model.n_spikes == 2
    assert model.get_template(0).template.shape == (60, n_channels)


def test_a_cell_of_floats_goes_as_float32(tmp_path):
    simulation = simulated()
    volts = Recording.from_array(simulation.recording.read(), 10_000.0)
    spikes = table(volts, simulation.truth.time.tolist())
    spikes.to_phy(tmp_path / "phy", volts)
    np.testing.assert_array_equal(model_of(tmp_path / "phy").traces[0:20_000], volts.read())


def test_what_a_person_merged_and_labelled_comes_back(tmp_path):
    recording, spikes = probe()
    folder = recording.to_phy(tmp_path / "phy", spikes)
    back = Spikes.from_phy(folder, recording)
    for name in ("sample_index", "unit_id", "height", "time", "sweep", "channel_index"):
        np.testing.assert_array_equal(back[name], spikes[name], err_msg=name)
    # As phy saves a merge of 1 and 4 into 5, and a label.
    np.save(folder / "spike_clusters.npy", np.array([5, 5, 5, 5, 5], np.int32))
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n5\tgood\n")
    (folder / "cluster_info.tsv").write_text("cluster_id\tgroup\n5\tnoise\n")
    sorted_ = Spikes.from_phy(folder, recording)
    assert set(sorted_["unit_id"]) == {5} and set(sorted_["kind"]) == {"good"}
    assert model_of(folder).metadata["group"] == {5: "good"}


def test_kinds_of_units_are_told(tmp_path):
    recording, spikes = probe()
    kinds = np.where(spikes["unit_id"] == 1, "good", "noise")
    recording.to_phy(tmp_path / "phy", spikes.with_columns({"kind": kinds}))
    assert (tmp_path / "phy" / "cluster_group.tsv").read_text() == "cluster_id\tgroup\n1\tgood\n4\tnoise\n"
    np.testing.assert_array_equal(Spikes.from_phy(tmp_path / "phy", recording)["kind"], kinds)


def test_what_was_sorted_by_hand_is_never_written_over(tmp_path):
    recording, spikes = probe()
    recording.to_phy(tmp_path / "phy", spikes)
    with pytest.raises(OutputExists, match="sorted by hand"):
        recording.to_phy(tmp_path / "phy", spikes)
    assert len(list(tmp_path.iterdir())) == 1


def test_what_makes_no_folder_is_told_and_leaves_nothing(tmp_path):
    recording, spikes = probe()
    with pytest.raises(UnsupportedInput, match="two spikes"):
        recording.to_phy(tmp_path / "phy", spikes.take([0]))
    with pytest.raises(MissingFact, match="needs the recording"):
        Phy().write_spikes(tmp_path / "phy", spikes)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UnreadableFile, match="no folder of phy's"):
        Spikes.from_phy(tmp_path, recording)
    recording.to_phy(tmp_path / "phy", spikes)
    np.save(tmp_path / "phy" / "spike_clusters.npy", np.zeros(3, np.int32))
    with pytest.raises(UnreadableFile, match="differ in length"):
        Spikes.from_phy(tmp_path / "phy", recording)
