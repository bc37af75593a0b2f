"""NWB files, validated and read back by PyNWB and by Neo."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from spikelens.errors import MissingFact, UnsupportedInput
from spikelens.exporters.nwb import Nwb
from spikelens.recording import Recording
from tests.exporters.cases import in_sweeps, simulated, table

pytestmark = pytest.mark.filterwarnings("ignore:.*:Warning:(pynwb|hdmf|neo)")


def test_a_file_is_valid_and_its_series_are_volts(tmp_path: Path) -> None:
    from pynwb import NWBHDF5IO, validate

    simulation = simulated()
    spikes = table(simulation.recording, simulation.truth.time.tolist())
    Nwb().write_recording(tmp_path / "a.nwb", simulation.recording, spikes)
    with NWBHDF5IO(tmp_path / "a.nwb", "r") as io:
        assert validate(io=io) == []
        file = io.read()
        (series,) = file.acquisition.values()
        assert type(series).__name__ == "CurrentClampSeries"
        assert series.unit == "volts" and series.conversion == 1.0 and series.rate == 10_000
        np.testing.assert_array_equal(series.data[:], simulation.recording.read()[:, 0])
        assert series.data.dtype == np.float32
        np.testing.assert_array_equal(file.units["spike_times"][0], simulation.truth.time)
        np.testing.assert_allclose(file.units["obs_intervals"][0], [[0, 2]])
        assert file.units.resolution == 1e-4
        (sent,) = file.stimulus.values()
        assert sent.unit == "amperes"
        stimulus = simulation.recording.stimulus
        assert stimulus is not None
        np.testing.assert_array_equal(sent.data[:], stimulus.read(0, 20_000))


def test_each_sweep_is_a_series_at_its_true_time(tmp_path: Path) -> None:
    from pynwb import NWBHDF5IO

    began = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
    recording = dataclasses.replace(in_sweeps(), header={"date": began})
    Nwb().write_spikes(tmp_path / "a.nwb", table(recording, []), recording)
    with NWBHDF5IO(tmp_path / "a.nwb", "r") as io:
        file = io.read()
        assert file.session_start_time == began
        assert [s.starting_time for s in file.acquisition.values()] == [0.0, 90.0]
        assert [s.data.shape[0] for s in file.acquisition.values()] == [300, 200]
        assert file.intervals["events"]["label"][:].tolist() == ["tone"]
        assert file.units["spike_times"][0].size == 0
        assert "obs_intervals" not in file.units.colnames
        observed = file.processing["icephys"]["observed"]
        np.testing.assert_allclose(observed["start_time"][:], [0, 90])
        np.testing.assert_allclose(observed["stop_time"][:], [0.3, 90.2])
        assert observed["stop_sample"][:].tolist() == [300, 500]


def test_sorted_units_are_kept_apart(tmp_path: Path) -> None:
    from pynwb import NWBHDF5IO

    recording = in_sweeps()
    spikes = table(recording, [0.1, 0.2, 90.05]).with_columns({"unit_id": np.array([4, 1, 4], np.int32)})
    Nwb().write_recording(tmp_path / "a.nwb", recording, spikes)
    with NWBHDF5IO(tmp_path / "a.nwb", "r") as io:
        units = io.read().units
        assert units.id[:].tolist() == [1, 4]
        assert [units["spike_times"][k].tolist() for k in (0, 1)] == [[0.2], [0.1, 90.05]]


def test_neo_reads_the_same_volts_and_times(tmp_path: Path) -> None:
    from neo.io import NWBIO

    simulation = simulated()
    spikes = table(simulation.recording, simulation.truth.time.tolist())
    Nwb().write_recording(tmp_path / "a.nwb", simulation.recording, spikes)
    segment = NWBIO(str(tmp_path / "a.nwb"), mode="r").read_all_blocks()[0].segments[0]
    signals = {s.name: s for s in segment.analogsignals}
    volts = signals["sweep_0000"].rescale("V").magnitude.ravel()
    np.testing.assert_allclose(volts, simulation.recording.read()[:, 0], rtol=1e-6)
    assert float(signals["sweep_0000"].sampling_rate.rescale("Hz")) == 10_000
    (train,) = segment.spiketrains
    np.testing.assert_allclose(train.rescale("s").magnitude, simulation.truth.time, atol=1e-9)


def test_a_current_is_a_voltage_clamp_series(tmp_path: Path) -> None:
    import h5py

    recording = Recording.from_array(np.ones(50, np.float32), 1e3, quantity="current", mode="cell-attached")
    Nwb().write_recording(tmp_path / "a.nwb", recording)
    with h5py.File(tmp_path / "a.nwb") as file:
        assert file["acquisition/sweep_0000"].attrs["neurodata_type"] == "VoltageClampSeries"
        assert file["acquisition/sweep_0000/data"].attrs["unit"] == "amperes"


def test_what_has_no_place_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    recording = in_sweeps()
    with pytest.raises(MissingFact, match="needs their recording"):
        Nwb().write_spikes(tmp_path / "a.nwb", table(recording, [0.1]))
    with pytest.raises(UnsupportedInput, match="one channel"):
        Nwb().write_recording(tmp_path / "a.nwb", Recording.from_array(np.zeros((9, 2)), 1e3))
    with pytest.raises(UnsupportedInput, match="digital"):
        Nwb().write_recording(tmp_path / "a.nwb", Recording.from_array(np.zeros(9), 1e3, quantity="digital"))
    assert list(tmp_path.iterdir()) == []
