"""Arrays in NumPy, Zarr, sound and raw files."""

from __future__ import annotations

from pathlib import Path
from pickle import dumps, loads

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikelens.api import read
from spikelens.errors import BadParameter, MissingFact, UnknownName, UnreadableFile, UnsupportedInput
from spikelens.readers import Hints
from spikelens.readers._lazy import LazySource, MatrixSource
from spikelens.readers.binary import Binary
from spikelens.readers.npy import Npy
from spikelens.readers.npz import Npz
from spikelens.readers.wav import Wav
from spikelens.sources import MappedSource
from tests.data import recording_file

GIVEN = Hints(unit="V", sampling_rate=1000.0)


@settings(deadline=None, max_examples=60)
@given(
    matrix=arrays(np.int16, st.tuples(st.integers(1, 7), st.integers(1, 9))),
    columns=st.booleans(),
    data=st.data(),
)
def test_a_matrix_source_is_its_matrix_laid_out(
    matrix: np.ndarray, columns: bool, data: st.DataObject
) -> None:
    flat = (matrix.T if columns else matrix).reshape(-1, 1)
    source = MatrixSource(LazySource(lambda: matrix, matrix.shape, matrix.dtype), columns)
    start = data.draw(st.integers(0, matrix.size))
    stop = data.draw(st.integers(start, matrix.size))
    np.testing.assert_array_equal(source.read(start, stop), flat[start:stop])


class Counted:
    """An array that knows how many of its numbers were asked for."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.n_read = array, 0

    def __getitem__(self, key: tuple[slice, slice]) -> np.ndarray:
        self.n_read += self.array[key].size
        return self.array[key]


@pytest.mark.parametrize(("start", "stop"), [(0, 10), (995, 1005), (500, 2600), (1000, 3000), (7, 7)])
def test_a_matrix_source_reads_no_more_than_asked(start: int, stop: int) -> None:
    counted = Counted(np.arange(3000.0).reshape(3, 1000))
    source = MatrixSource(LazySource(lambda: counted, (3, 1000), np.dtype(float)))
    np.testing.assert_array_equal(source.read(start, stop)[:, 0], np.arange(start, stop))
    assert counted.n_read == stop - start


def test_a_vector_of_npy_is_mapped(tmp_path: Path) -> None:
    np.save(tmp_path / "cell.npy", np.arange(1000, dtype="i2"))
    recording = Npy().read(tmp_path / "cell.npy", Hints(unit="mV", scale=0.1, sampling_rate=1000.0))
    stored = recording.stored(10, 20)
    assert isinstance(recording.source, LazySource)
    assert isinstance(recording.source._array, np.memmap)
    assert np.shares_memory(stored, recording.source._array)
    assert stored.dtype == np.int16
    np.testing.assert_allclose(recording.read(10, 20)[:, 0], np.arange(10, 20) * 1e-4, rtol=1e-6)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("sweeps_in", ["rows", "columns"])
def test_matrices_of_npy_in_either_order(tmp_path: Path, order: str, sweeps_in: str) -> None:
    matrix = np.arange(12.0).reshape(3, 4)
    np.save(tmp_path / "cell.npy", np.asarray(matrix, order=order))
    recording = Npy().read(tmp_path / "cell.npy", Hints(unit="V", sampling_rate=10.0, sweeps_in=sweeps_in))
    flat = (matrix if sweeps_in == "rows" else matrix.T).ravel()
    np.testing.assert_array_equal(recording.read()[:, 0], flat)


@pytest.mark.parametrize("channels_in", ["rows", "columns"])
def test_a_matrix_of_channels(tmp_path: Path, channels_in: str) -> None:
    channels = np.arange(12, dtype="i2").reshape(4, 3)
    np.save(tmp_path / "tetrode.npy", channels if channels_in == "columns" else channels.T)
    recording = read(tmp_path / "tetrode.npy", unit="uV", sampling_rate=10.0, channels_in=channels_in)
    assert (recording.n_samples, len(recording.sweeps)) == (4, 1)
    assert [c.name for c in recording.channels] == ["trace 0", "trace 1", "trace 2"]
    np.testing.assert_array_equal(loads(dumps(recording)).stored(1, 3), channels[1:3])
    np.testing.assert_allclose(recording.read(0, 2), channels[:2] * 1e-6, rtol=1e-6)


def test_a_matrix_holds_sweeps_or_channels(tmp_path: Path) -> None:
    np.save(tmp_path / "cell.npy", np.zeros((4, 3)))
    with pytest.raises(BadParameter, match="give --sweeps-in or --channels-in, not both"):
        read(tmp_path / "cell.npy", sweeps_in="rows", channels_in="rows")


@pytest.mark.parametrize("array", [np.zeros((2, 3, 4)), np.zeros(5, complex), np.array(["a", "b"])])
def test_what_is_no_recording_is_unsupported(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / "cell.npy", array)
    with pytest.raises(UnsupportedInput, match="not a vector or matrix of numbers"):
        Npy().read(tmp_path / "cell.npy", GIVEN)


def test_an_array_without_samples(tmp_path: Path) -> None:
    np.save(tmp_path / "cell.npy", np.zeros(0))
    with pytest.raises(UnreadableFile, match="no samples"):
        Npy().read(tmp_path / "cell.npy", GIVEN)


@pytest.mark.parametrize("name", ["sim/easy_11.npz", "sim/medium_12.npz", "sim/hard_13.npz"])
def test_simulated_archives(name: str) -> None:
    path = recording_file(name)
    recording = Npz().read(path, Hints())
    held = np.load(path)
    assert recording.sampling_rate == held["sampling_rate"]
    assert recording.channels[0].unit == "V"
    np.testing.assert_array_equal(recording.read()[:, 0], held["volts"])


def test_an_archive_of_several_arrays_and_pickles(tmp_path: Path) -> None:
    np.savez_compressed(
        tmp_path / "two.npz", a=np.zeros(5), b=np.ones(6), fs=1000.0, mode="current-clamp", units="mV"
    )
    with pytest.raises(MissingFact, match=r"1 a \(5\); 2 b \(6\)"):
        Npz().read(tmp_path / "two.npz", Hints(unit="V"))
    recording = Npz().read(tmp_path / "two.npz", Hints(variable="2"))
    assert (recording.n_samples, recording.mode, recording.channels[0].stated_unit) == (
        6,
        "current-clamp",
        "mV",
    )
    np.savez(tmp_path / "objects.npz", volts=np.array([{}, 1], object))
    with pytest.raises((UnreadableFile, UnsupportedInput)):
        Npz().read(tmp_path / "objects.npz", GIVEN)


@pytest.mark.parametrize("order", ["C", "F"])
def test_archives_are_mapped_unless_packed(tmp_path: Path, order: str) -> None:
    matrix = np.asarray(np.arange(12, dtype="i2").reshape(3, 4), order=order)
    hints = Hints(unit="V", sampling_rate=1000.0, variable="samples")
    for save, mapped in ((np.savez, True), (np.savez_compressed, False)):
        path = tmp_path / f"{mapped}.npz"
        save(path, other=np.arange(7.0), samples=matrix, after=np.ones(3))
        recording = Npz().read(path, hints)
        assert isinstance(recording.source, MatrixSource)
        assert isinstance(recording.source.matrix._array, np.memmap) is mapped
        np.testing.assert_array_equal(recording.read()[:, 0], np.arange(12))


def test_zarr_groups_of_both_versions(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr", reason="zarr is an optional extra")
    from spikelens.readers.zarr import Zarr

    for version in (2, 3):
        path = tmp_path / f"cell{version}.zarr"
        group = zarr.open_group(path, mode="w", zarr_format=version)
        group.attrs.update(sampling_rate=2000.0)
        for name in ("one", "two"):
            array = group.create_array(name, shape=(10,), chunks=(4,), dtype="i2")
            array[:] = np.arange(10)
            array.attrs.update(unit="mV", gain=0.5, sweep_lengths=[3, 7])
        recording = Zarr().read(path, Hints(variable="two"))
        np.testing.assert_allclose(recording.read()[:, 0], np.arange(10) * 5e-4, rtol=1e-6)
        assert (recording.sampling_rate, recording.sweeps.bounds.tolist()) == (2000.0, [0, 3, 10])
        with pytest.raises(MissingFact, match=r"1 one \(10\); 2 two"):
            Zarr().read(path, Hints())
        with pytest.raises(UnknownName):
            Zarr().read(path, Hints(variable="three"))


@pytest.mark.parametrize("stored", ["i2", "i4", "f4", "u1"])
def test_sounds_of_two_channels(tmp_path: Path, stored: str) -> None:
    from scipy.io import wavfile

    samples = np.arange(200).reshape(100, 2).astype(stored)
    wavfile.write(tmp_path / "cell.wav", 44_100, samples)
    recording = Wav().read(tmp_path / "cell.wav", Hints(unit="uV"))
    assert (recording.sampling_rate, len(recording.channels)) == (44_100.0, 2)
    assert recording.stored().dtype == np.dtype(stored)
    np.testing.assert_allclose(recording.read(), samples * 1e-6, rtol=1e-6)


def test_sounds_with_other_programs_chunks(tmp_path: Path) -> None:
    from scipy.io import wavfile

    wavfile.write(tmp_path / "cell.wav", 8000, np.arange(100, dtype="i2"))
    whole = (tmp_path / "cell.wav").read_bytes() + b"zzzz" + (4).to_bytes(4, "little") + b"abcd"
    (tmp_path / "cell.wav").write_bytes(whole[:4] + (len(whole) - 8).to_bytes(4, "little") + whole[8:])
    assert Wav().read(tmp_path / "cell.wav", Hints(unit="mV")).n_samples == 100


def raw(tmp_path: Path, said: str, content: bytes) -> Path:
    (tmp_path / "cell.bin").write_bytes(content)
    (tmp_path / "cell.toml").write_text(said)
    return tmp_path / "cell.bin"


TWO = 'sampling_rate = 1000\nn_channels = 2\nchannels = ["V", "I"]\nunit = ["mV", "pA"]\ngain = [0.5, 2]\n'


@pytest.mark.parametrize("order", ["samples", "channels"])
def test_raw_channels_in_either_order(tmp_path: Path, order: str) -> None:
    samples = np.arange(20, dtype=">i2").reshape(10, 2)
    content = b"head" + (samples if order == "samples" else samples.T).tobytes()
    path = raw(
        tmp_path, f'dtype = ">i2"\norder = "{order}"\noffset = 4\nmode = "voltage-clamp"\n{TWO}', content
    )
    recording = Binary().read(path, Hints())
    assert isinstance(recording.source, MappedSource)
    assert recording.mode == "voltage-clamp"
    np.testing.assert_allclose(recording.read(), samples * [0.5e-3, 2e-12], rtol=1e-6)
    assert [(c.name, c.quantity) for c in recording.channels] == [("V", "voltage"), ("I", "current")]


def test_raw_quantity_without_unit_is_si(tmp_path: Path) -> None:
    said = 'dtype = "<f4"\nsampling_rate = 1000\nquantity = "current"\ngain = 1e-12\nvalue_offset = 1e-9'
    recording = Binary().read(raw(tmp_path, said, np.ones(3, "<f4").tobytes()), Hints())
    np.testing.assert_allclose(recording.read()[:, 0], 1.001e-9, rtol=1e-6)
    assert recording.channels[0].unit == "A"


@pytest.mark.parametrize(
    ("said", "content", "message"),
    [
        ('dtype = "<i2"\nn_channels = 2', b"x" * 10, "truncated"),
        ('dtype = "<i2"\noffset = 10', b"x" * 10, "holds nothing after its offset of 10 bytes"),
        ('dtype = "<i2"\nn_channels = "four"', b"x" * 10, "n_channels is a whole number, not 'four'"),
        ('dtype = "<i2"\nsampling_rate = -30000', b"x" * 10, "sampling_rate is more than 0 Hz"),
        ('dtype = "<i2"\nsampling_rate = "fast"', b"x" * 10, "sampling_rate is a number of Hz, not 'fast'"),
        ('dtype = "<i2"\ngain = ["a"]', b"x" * 10, "gain is a number, or a list of them"),
        ('dtype = "<i2"\nsweep_lengths = "all"', b"x" * 10, "sweep_lengths is a list of whole numbers"),
        ('dtype = "<i2"\nsweep_lengths = [2, 2]', b"x" * 10, "add up to 4"),
        ('dtype = "<i2"\nsampling = 3', b"x" * 10, "unknown key 'sampling'"),
        ("sampling_rate = 3", b"x" * 10, "does not say the dtype"),
        ('dtype = "nonsense"', b"x" * 10, "nonsense"),
        ('dtype = "O"', b"x" * 16, "plain number"),
        ('dtype = "<i2"\norder = "diagonal"', b"x" * 10, "order is samples or channels"),
        ('dtype = "<i2"\nn_channels = 2\ngain = [1]', b"x" * 8, "2 entries each"),
        ("dtype = ", b"x" * 10, "not valid TOML"),
    ],
)
def test_raw_descriptions_that_do_not_fit(tmp_path: Path, said: str, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        Binary().read(raw(tmp_path, said, content), GIVEN)


def test_raw_without_description_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "cell.bin").write_bytes(b"x" * 10)
    assert not Binary().recognises(tmp_path / "cell.bin", b"x")
    with pytest.raises(UnreadableFile, match=r"write cell\.toml beside it"):
        Binary().read(tmp_path / "cell.bin", GIVEN)
