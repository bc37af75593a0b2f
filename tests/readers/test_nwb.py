"""NWB files as pynwb writes them, and a published one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spikelens.errors import MissingFact, UnknownName, UnsupportedInput
from spikelens.readers import Hints
from spikelens.readers.nwb import Nwb
from spikelens.recording import Recording
from tests.data import recording_file
from tests.readers.samples_open import RATE, SWEEP_LENGTH, VOLTS, empty_nwb
from tests.readers.samples_open import nwb as sample

pytestmark = pytest.mark.filterwarnings(
    "ignore::hdmf.build.warnings.DtypeConversionWarning", "ignore::UserWarning"
)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Any], Path]:
    from pynwb import NWBHDF5IO

    def write(file: Any) -> Path:
        with NWBHDF5IO(tmp_path / "made.nwb", "w") as out:
            out.write(file)
        return tmp_path / "made.nwb"

    return write


def patch(file: Any, name: str = "pipette") -> Any:
    device = file.devices.get("amplifier") or file.create_device("amplifier")
    return file.create_icephys_electrode(name=name, description="patch", device=device, resistance="5 MOhm")


def test_sweeps_have_their_times_stimuli_and_facts(tmp_path: Path) -> None:
    recording = Nwb().read(sample(tmp_path), Hints())  # type: ignore[arg-type]
    assert (recording.mode, recording.sampling_rate) == ("current-clamp", RATE)
    assert recording.stored().dtype == np.int16, "integers stay available"
    np.testing.assert_allclose(recording.read()[:, 0], VOLTS.ravel(), atol=5.1e-6)
    assert recording.sweeps.start_times.tolist() == [0.0, 10.0, 20.0]
    assert recording.time_base == "recorded"
    assert recording.stimulus is not None
    assert recording.stimulus.origin == "recorded"
    steps = recording.stimulus.read(0, recording.n_samples).reshape(3, -1)
    np.testing.assert_allclose(steps[:, 0], [0, 1e-11, 2e-11], rtol=1e-6)
    header = recording.header
    assert str(header["session_start_time"]).startswith("2020-02-03T04:05:06")
    assert (header["filter"], header["gain"], header["sweep_numbers"]) == ("Bessel 10 kHz", 0.02, [0, 1, 2])


def test_a_series_by_name_or_number(tmp_path: Path) -> None:
    path = sample(tmp_path)
    for variable in ("response 1", "2"):
        recording = Nwb().read(path, Hints(variable=variable))  # type: ignore[arg-type]
        assert (recording.n_samples, recording.channels[0].name) == (SWEEP_LENGTH, "response 1")
        assert recording.time_of(0) == 10.0
        assert recording.warnings == ()
    with pytest.raises(UnknownName, match=r"1 response 0 \(16000 x 1\)"):
        Nwb().read(path, Hints(variable="4"))  # type: ignore[arg-type]


def clamp(kind: str, name: str, electrode: Any, data: np.ndarray, **facts: Any) -> Any:
    import pynwb.icephys

    made = getattr(pynwb.icephys, kind)
    return made(name=name, data=data, electrode=electrode, **({"gain": 1.0, "rate": 1000.0} | facts))


def test_conversions_that_differ_between_sweeps_become_volts(written: Callable[[Any], Path]) -> None:
    file = empty_nwb()
    electrode = patch(file)
    counts = np.arange(10, dtype="i2")
    for k, conversion in enumerate((1e-3, 2e-3)):
        series = clamp("CurrentClampSeries", f"s{k}", electrode, counts, conversion=conversion, offset=-0.07)
        file.add_acquisition(series)
    recording = Nwb().read(written(file), Hints())
    volts = np.concatenate([counts * 1e-3, counts * 2e-3]) - 0.07
    np.testing.assert_allclose(recording.read()[:, 0], volts, rtol=1e-5)


def test_modes_electrodes_and_rates_are_not_mixed(written: Callable[[Any], Path]) -> None:
    file = empty_nwb()
    one, two = patch(file, "one"), patch(file, "two")
    data = np.full(50, -0.07)
    file.add_acquisition(clamp("VoltageClampSeries", "a", one, data * 1e-9))
    for k, electrode in enumerate((one, one, two)):
        file.add_acquisition(clamp("CurrentClampSeries", f"b{k}", electrode, data, starting_time=5.0 - k))
    file.add_acquisition(clamp("CurrentClampSeries", "b9", one, data, rate=500.0))
    path = written(file)
    recording = Nwb().read(path, Hints())
    assert (len(recording.sweeps), recording.mode) == (2, "current-clamp")
    assert recording.sweeps.start_times.tolist() == [4.0, 5.0], "by time, where there are no numbers"
    assert "2 of 5 series are read; left out:" in recording.warnings[0]
    assert "--variable" in recording.warnings[0]
    assert len(Nwb().read(path, Hints(variable="two")).sweeps) == 1
    voltage_clamp = Nwb().read(path, Hints(variable="a"))
    assert (voltage_clamp.mode, voltage_clamp.channels[0].unit) == ("voltage-clamp", "A")


def test_stimuli_are_paired_by_the_table_of_recordings(written: Callable[[Any], Path]) -> None:
    file = empty_nwb()
    electrode = patch(file)
    for k, n in enumerate((30, 20, 40)):
        response = clamp("CurrentClampSeries", f"r{k}", electrode, np.zeros(30), starting_time=float(k))
        file.add_acquisition(response)
        stimulus = clamp(
            "CurrentClampStimulusSeries", f"x{2 - k}", electrode, np.full(n, k + 1.0), starting_time=0.0
        )
        file.add_stimulus(stimulus)
        if k != 2:
            file.add_intracellular_recording(electrode=electrode, response=response, stimulus=stimulus)
    recording = Nwb().read(written(file), Hints())
    assert recording.stimulus is not None
    sent = recording.stimulus.read(0, 90)
    np.testing.assert_array_equal(sent[:50], [1.0] * 30 + [2.0] * 20)
    assert np.isnan(sent[50:]).all(), "shorter stimulus, then one that nobody paired"


def test_extracellular_channels_have_their_own_conversion(written: Callable[[Any], Path]) -> None:
    from pynwb.ecephys import ElectricalSeries

    file = empty_nwb()
    device = file.create_device("probe")
    group = file.create_electrode_group("shank", "a shank", "cortex", device)
    for _ in range(2):
        file.add_electrode(group=group, location="cortex")
    region = file.create_electrode_table_region([0, 1], "all")
    data = np.arange(20, dtype="i2").reshape(10, 2)
    facts = {"rate": 30_000.0, "conversion": 1e-6, "channel_conversion": [1.0, 3.0]}
    series = ElectricalSeries(name="es", data=data, electrodes=region, **facts)
    file.add_acquisition(series)
    recording = Nwb().read(written(file), Hints())
    assert (recording.mode, recording.time_base) == ("extracellular", "recorded")
    np.testing.assert_allclose(recording.read(), data * [1e-6, 3e-6], rtol=1e-6)


def test_intervals_tags_and_pulses_are_events(written: Callable[[Any], Path]) -> None:
    from pynwb.misc import AnnotationSeries

    file = empty_nwb()
    file.add_acquisition(clamp("IZeroClampSeries", "i0", patch(file), np.zeros(5000), starting_time=2.0))
    file.add_acquisition(
        AnnotationSeries(name="notes", data=["drug in"], timestamps=[3.5], description="typed")
    )
    file.add_trial(start_time=2.5, stop_time=2.6)
    file.add_trial(start_time=3.0, stop_time=3.1)
    file.add_epoch(2.0, 4.0, ["baseline"])
    recording = Nwb().read(written(file), Hints())
    assert recording.mode == "current-clamp"
    events = recording.events
    assert events.clock == "recording"
    assert events.of_source("trial").start.tolist() == [2.5, 3.0]
    assert events.of_source("trial").label == ("trial 1", "trial 2")
    assert events.of_source("epoch").stop.tolist() == [4.0]
    assert events.of_source("tag").label == ("drug in",)
    assert recording.sample_at(events.of_source("tag").start).tolist() == [1500]


@pytest.mark.parametrize("data", [np.array([1, 0], "i1"), None])
def test_pulses_of_the_events_extension(written: Callable[[Any], Path], data: np.ndarray | None) -> None:
    file = empty_nwb()
    file.add_acquisition(clamp("CurrentClampSeries", "v", patch(file), np.zeros(3000)))
    path = written(file)
    with h5py.File(path, "r+") as opened:
        group = opened["acquisition"].create_group("laser")
        group.attrs["neurodata_type"] = "TTLs"
        group["timestamps"] = [0.5, 1.5]
        if data is not None:
            group["data"] = data
    pulses = Nwb().read(path, Hints()).events.of_source("ttl")
    assert (pulses.start.tolist(), pulses.label) == ([0.5, 1.5], ("laser", "laser"))
    np.testing.assert_array_equal(pulses.value, [np.nan] * 2 if data is None else [1.0, 0.0])


def test_events_of_sweeps_without_true_times_keep_the_sessions_clock(written: Callable[[Any], Path]) -> None:
    file = empty_nwb()
    electrode = patch(file)
    for k in range(2):
        file.add_acquisition(clamp("CurrentClampSeries", f"v{k}", electrode, np.zeros(50), starting_time=0.0))
    file.add_trial(start_time=0.01, stop_time=0.02)
    recording = Nwb().read(written(file), Hints())
    assert (recording.time_base, recording.events.clock) == ("chained", "session")


def test_time_stamps_give_the_rate_if_even(written: Callable[[Any], Path]) -> None:
    from pynwb import TimeSeries

    file = empty_nwb()
    stamps = 1.5 + np.arange(100) / 2000
    file.add_acquisition(TimeSeries(name="vm", data=np.zeros(100), unit="mV", timestamps=stamps))
    recording = Nwb().read(written(file), Hints())
    assert (recording.sampling_rate, recording.mode) == (2000.0, "unknown")
    assert recording.time_of(0) == 1.5


def test_a_file_without_series_and_one_with_an_unclear_choice(written: Callable[[Any], Path]) -> None:
    from pynwb import TimeSeries

    file = empty_nwb()
    file.add_acquisition(TimeSeries(name="pupil", data=np.zeros(10), unit="mm", rate=10.0))
    with pytest.raises(UnsupportedInput, match="no series of voltage or current"):
        Nwb().read(written(file), Hints())
    file = empty_nwb()
    for name in ("left", "right"):
        file.add_acquisition(TimeSeries(name=name, data=np.zeros(10), unit="V", rate=1000.0))
    with pytest.raises(MissingFact, match=r"1 left .*2 right"):
        Nwb().read(written(file), Hints())


def test_the_published_recording() -> None:
    path = recording_file("nwbshowcase/LantyerEtAl2018_180817_ME_9_CC.nwb")
    recording = Nwb().read(path, Hints())
    assert isinstance(recording, Recording)
    assert (recording.mode, recording.sampling_rate, len(recording.sweeps)) == ("current-clamp", 20_000.0, 10)
    volts = recording.read()[:, 0]
    with h5py.File(path) as file:
        series = [file[f"acquisition/CurrentClampSeries_{k:02}/data"][()] for k in range(1, 11)]
        stimulus = file["stimulus/presentation/CurrentClampStimulusSeries_07/data"][()]
    np.testing.assert_array_equal(volts, np.concatenate(series).astype("f4"))
    crossings = np.count_nonzero((volts[1:] >= -0.02) & (volts[:-1] < -0.02))
    assert crossings == 215
    assert recording.time_base == "chained", "the file says that every sweep starts at 0"
    assert recording.stimulus is not None
    sixth = slice(*map(int, recording.sweeps.bounds[6:8]))
    sent = recording.stimulus.read(sixth.start, sixth.stop)
    np.testing.assert_allclose(sent, stimulus, rtol=1e-6)
    assert recording.header["subject_species"] == "Mus musculus"
