"""Random recordings and tables written and read back, by our readers and by other libraries."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelens import api, rooms
from spikelens.errors import MissingFact, UnreadableFile, UnsupportedInput
from spikelens.exporters.csv import Csv
from spikelens.exporters.mat import Mat
from spikelens.exporters.npz import Npz
from spikelens.exporters.nwb import Nwb
from spikelens.exporters.parquet import Parquet, read_parquet
from spikelens.recording import Channel, Recording, Sweeps
from spikelens.sources import ArraySource
from tests.exporters.cases import in_sweeps, table

few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def recordings(draw: st.DrawFn, kinds: tuple[str, ...] = ("<i2", "<i4", "<f4", "<f8")) -> Recording:
    """One channel, one to three sweeps of at least four samples, stored as numbers of any kind."""
    lengths = draw(st.lists(st.integers(4, 40), min_size=1, max_size=3))
    kind = draw(st.sampled_from(kinds))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    scale = 1000 if kind[1] == "i" else 0.05
    stored = (rng.normal(0, 1, (sum(lengths), 1)) * scale).astype(kind)
    gain, offset = draw(st.sampled_from([(1e-4, 0.0), (3.0517578125e-5, -0.01), (1.0, 0.0)]))
    starts = np.cumsum([0.0, *lengths[:-1]]) / 500.0 if draw(st.booleans()) or len(lengths) == 1 else None
    return Recording(
        source=ArraySource(stored),
        sampling_rate=draw(st.sampled_from([1000.0, 12_500.0, 33_333.25])),
        channels=(Channel("trace", draw(st.sampled_from(["voltage", "current"])), gain, offset),),
        sweeps=Sweeps.of_lengths(lengths, starts),
        mode=draw(st.sampled_from(["current-clamp", "voltage-clamp", "cell-attached"])),
    )


def written(exporter: object, recording: Recording, path: Path) -> Recording:
    path.unlink(missing_ok=True)
    exporter.write_recording(path, recording)  # type: ignore[attr-defined]
    return api.read(path)


@pytest.mark.parametrize(("exporter", "ending"), [(Npz(), "npz"), (Mat(), "mat")])
@few
@given(recording=recordings())
def test_arrays_come_back_whole(exporter: object, ending: str, recording: Recording, tmp_path: Path) -> None:
    back = written(exporter, recording, tmp_path / f"a.{ending}")
    assert back.stored().dtype == recording.stored().dtype
    np.testing.assert_array_equal(back.stored(), recording.stored())
    np.testing.assert_array_equal(back.read(), recording.read())
    assert back.sampling_rate == recording.sampling_rate
    assert back.sweeps.bounds.tolist() == recording.sweeps.bounds.tolist()
    np.testing.assert_array_equal(back.sweeps.start_times, recording.sweeps.start_times)
    assert (back.mode, back.time_base) == (recording.mode, recording.time_base)
    assert back.channels[0].quantity == recording.channels[0].quantity


@few
@given(recording=recordings())
def test_nwb_comes_back_in_si_on_its_clock(recording: Recording, tmp_path: Path) -> None:
    back = written(Nwb(), recording, tmp_path / "a.nwb")
    np.testing.assert_array_equal(back.read(), recording.read())
    assert back.sampling_rate == pytest.approx(recording.sampling_rate, rel=1e-6)
    assert back.sweeps.bounds.tolist() == recording.sweeps.bounds.tolist()
    at = np.arange(recording.n_samples)
    np.testing.assert_allclose(back.time_of(at), recording.time_of(at), atol=1e-9)
    assert back.channels[0].quantity == recording.channels[0].quantity


@few
@given(recording=recordings())
def test_hdf5_alone_reads_the_same_volts(recording: Recording, tmp_path: Path) -> None:
    Nwb().write_recording(tmp_path / "b.nwb", recording)
    with h5py.File(tmp_path / "b.nwb") as file:
        sweeps = [file[f"acquisition/sweep_{k:04d}/data"] for k in range(len(recording.sweeps))]
        values = np.concatenate([s[:] * s.attrs["conversion"] for s in sweeps])
        starts = [file[f"acquisition/sweep_{k:04d}/starting_time"][()] for k in range(len(sweeps))]
    np.testing.assert_array_equal(values, recording.read()[:, 0])
    np.testing.assert_allclose(starts, recording.time_of(recording.sweeps.bounds[:-1]))


@few
@given(recording=recordings())
def test_scipy_and_numpy_read_the_same_volts(recording: Recording, tmp_path: Path) -> None:
    Mat().write_recording(tmp_path / "b.mat", recording)
    Npz().write_recording(tmp_path / "b.npz", recording)
    for held in (scipy.io.loadmat(tmp_path / "b.mat"), np.load(tmp_path / "b.npz")):
        values = held["samples"].astype(float) * held["gain"].item() + held["offset"].item()
        np.testing.assert_allclose(values, recording.read(), rtol=3e-7)
        assert held["sampling_rate"].item() == recording.sampling_rate
        assert held["sweep_lengths"].ravel().tolist() == np.diff(recording.sweeps.bounds).tolist()


@few
@given(recording=recordings())
def test_a_csv_is_read_by_pandas_and_by_us(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    back = written(Csv(), recording, path)
    sheet = pd.read_csv(path)
    lengths = np.diff(recording.sweeps.bounds)
    assert len(sheet) == lengths.max() and sheet.shape[1] == 1 + lengths.size
    for k, length in enumerate(lengths):
        expected = recording.read_sweep(k)[:, 0]
        np.testing.assert_array_equal(sheet.iloc[:length, k + 1].astype(np.float32), expected)
        assert sheet.iloc[length:, k + 1].isna().all()
        np.testing.assert_array_equal(back.read_sweep(k)[:length, 0], expected)
    assert back.sampling_rate == pytest.approx(recording.sampling_rate, rel=1e-3)


def both(**facts: object) -> Recording:
    channels = (Channel("Vm", gain=1e-4), Channel("other", gain=1e-4, **facts))  # type: ignore[arg-type]
    stored = np.arange(40, dtype=np.int16).reshape(20, 2)
    return Recording(ArraySource(stored), 1000.0, channels, Sweeps.of_lengths([12, 8]), "current-clamp")


@pytest.mark.parametrize("ending", ["npz", "mat"])
def test_channels_of_one_scale_stay_side_by_side(ending: str, tmp_path: Path) -> None:
    exporter = rooms.load("exporters", ending)()
    back = written(exporter, both(), tmp_path / f"a.{ending}")
    np.testing.assert_array_equal(back.stored(), both().stored())
    assert len(back.channels) == 2 and len(back.sweeps) == 2


@pytest.mark.parametrize("ending", ["npz", "mat", "nwb"])
def test_channels_that_do_not_fit_are_refused_and_nothing_is_written(ending: str, tmp_path: Path) -> None:
    exporter = rooms.load("exporters", ending)()
    with pytest.raises(UnsupportedInput, match="choose a channel"):
        exporter.write_recording(tmp_path / f"a.{ending}", both(quantity="current"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", rooms.names("exporters"))
def test_what_a_format_does_not_hold_is_said(name: str, tmp_path: Path) -> None:
    exporter = rooms.load("exporters", name)()
    path = tmp_path / f"a{''.join(exporter.suffixes[:1])}"
    recording = in_sweeps()
    spikes = table(recording, [0.1, 0.2])
    measured = dataclasses.replace(spikes.provenance, feature_rule="efel")
    spikes = dataclasses.replace(spikes, provenance=measured)
    said = []
    for write in (
        lambda: exporter.write_spikes(path, spikes, recording if exporter.holds_both else None),
        lambda: exporter.write_recording(path, recording),
    ):
        try:
            write()
        except (UnsupportedInput, MissingFact) as why:
            said.append(str(why))
        else:
            assert path.stat().st_size > 0
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        assert not list(tmp_path.iterdir())
    assert len(said) < 2 and all("; " in text and "\n" not in text for text in said)


def test_endings_choose_one_exporter_each() -> None:
    endings = [s for name in rooms.names("exporters") for s in rooms.load("exporters", name).suffixes]
    assert len(set(endings)) == len(endings)
    assert all(s == s.lower() and s.startswith(".") for s in endings)


@st.composite
def tables(draw: st.DrawFn) -> list[object]:
    """Times and, for each, a float, a word and a truth value."""
    times = sorted(draw(st.lists(st.integers(0, 499), max_size=12)))
    n = len(times)
    words = draw(
        st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])), min_size=n, max_size=n)
    )
    numbers = draw(st.lists(st.floats(width=64), min_size=n, max_size=n))
    yes = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return [times, words, numbers, yes]


def drawn_table(parts: list[object]) -> object:
    times, words, numbers, yes = parts
    recording = Recording.from_array(np.zeros(500, np.float32), 1000.0)
    spikes = table(recording, [t / 1000 for t in times])  # type: ignore[attr-defined]
    return spikes.with_columns(
        {"word": np.array(words, np.str_), "number": np.array(numbers, float), "is_told": np.array(yes, bool)}
    )


@few
@given(parts=tables())
def test_a_table_of_anything_comes_back_from_parquet(parts: list[object], tmp_path: Path) -> None:
    spikes = drawn_table(parts)
    Parquet().write_spikes(tmp_path / "a.parquet", spikes)
    back = read_parquet(tmp_path / "a.parquet")
    assert list(back.columns) == list(spikes.columns)
    for name, column in spikes.columns.items():
        np.testing.assert_array_equal(back[name].to_numpy(column.dtype), column, err_msg=name)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), back)


@few
@given(parts=tables())
def test_a_table_of_anything_comes_back_from_csv(parts: list[object], tmp_path: Path) -> None:
    spikes = drawn_table(parts)
    Csv().write_spikes(tmp_path / "a.csv", spikes)
    back = pd.read_csv(
        tmp_path / "a.csv", keep_default_na=False, na_values={"number": [""]}, float_precision="round_trip"
    )
    assert list(back.columns) == list(spikes.columns) and len(back) == len(spikes)
    for name in ("sample_index", "sweep", "height", "number"):
        np.testing.assert_array_equal(back[name].to_numpy(float), spikes[name].astype(float))
    np.testing.assert_allclose(back["time"].astype(float), spikes.time, atol=5.1e-8)
    assert all(text[:1] not in "=+-@" or not text for text in map(str, back["notes"]))


@few
@given(parts=tables())
def test_a_table_of_anything_comes_back_from_npz_and_mat(parts: list[object], tmp_path: Path) -> None:
    spikes = drawn_table(parts)
    Npz().write_spikes(tmp_path / "a.npz", spikes)
    Mat().write_spikes(tmp_path / "a.mat", spikes)
    held = scipy.io.loadmat(tmp_path / "a.mat")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        for name, column in spikes.columns.items():
            np.testing.assert_array_equal(archive[name], column)
            if column.dtype.kind in "fi":
                np.testing.assert_array_equal(held[name].ravel(), column)


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_parquet_changes_a_number(tmp_path: Path, place: int, flip: int) -> None:
    path = tmp_path / "a.parquet"
    spikes = table(in_sweeps(), np.linspace(0.001, 0.29, 50).tolist())
    Parquet().write_spikes(path, spikes)
    whole = bytearray(path.read_bytes())
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    whole[place % footer] ^= flip
    path.write_bytes(whole)
    with contextlib.suppress(UnreadableFile):
        back = read_parquet(path)
        pd.testing.assert_frame_equal(back, spikes.to_pandas(), check_dtype=False)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_cut_parquet_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.parquet"
    Parquet().write_spikes(path, table(in_sweeps(), [0.1, 0.2]))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UnreadableFile):
        read_parquet(path)


def test_an_nwb_of_spikes_parts_units_and_says_when_it_looked(tmp_path: Path) -> None:
    recording = in_sweeps()
    spikes = table(recording, [0.1, 0.2, 90.05])
    sorted_ = spikes.with_columns({"unit_id": np.array([4, 2, 4], np.int32)})
    Nwb(all_intervals=True).write_spikes(tmp_path / "a.nwb", sorted_, recording)
    with h5py.File(tmp_path / "a.nwb") as file:
        assert file["units/id"][:].tolist() == [2, 4]
        times, ends = file["units/spike_times"][:], file["units/spike_times_index"][:]
        assert [t.tolist() for t in np.split(times, ends[:-1])] == [[0.2], [0.1, 90.05]]
        looked = file["units/obs_intervals"][:2]
        assert file["units/spike_times"].attrs["resolution"] == 1e-3
    np.testing.assert_allclose(looked, [[0.0, 0.3], [90.0, 90.2]])


def test_a_stimulus_and_events_go_into_nwb_with_the_trace(tmp_path: Path) -> None:
    from tests.exporters.cases import simulated

    recording = simulated().recording
    back = written(Nwb(), recording, tmp_path / "a.nwb")
    assert back.stimulus is not None and recording.stimulus is not None
    np.testing.assert_allclose(back.stimulus.read(0, 20_000), recording.stimulus.read(0, 20_000))
    assert len(back.events) == len(recording.events) > 0
    np.testing.assert_allclose(np.sort(back.events.start), np.sort(recording.events.start))


def test_a_recording_without_a_clock_is_laid_end_to_end_in_nwb(tmp_path: Path) -> None:
    plain = in_sweeps()
    unknown = dataclasses.replace(plain, sweeps=Sweeps.of_lengths([300, 200]))
    Nwb().write_recording(tmp_path / "a.nwb", unknown)
    with h5py.File(tmp_path / "a.nwb") as file:
        assert file["acquisition/sweep_0001/starting_time"][()] == pytest.approx(0.3)
