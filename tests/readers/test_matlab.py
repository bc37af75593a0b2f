"""MATLAB files of every version, and a stand-in for a cell's folder of CRCNS ac-2."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import loadmat, savemat

from spikelens.errors import MissingFact, UnknownName, UnreadableFile, UnsupportedInput
from spikelens.readers import Hints
from spikelens.readers._matrices import rate_among
from spikelens.readers.matlab import Matlab
from tests.data import recording_file

SWEEPS = np.arange(600.0).reshape(3, 200) / 1e4


def save_hdf5(path: Path, **held: object) -> None:
    """A file as MATLAB 7.3 writes it: a block of its own, then HDF5 with matrices transposed."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in held.items():
            if isinstance(value, str):
                file[name] = np.array([[ord(c)] for c in value], np.uint16)
                file[name].attrs["MATLAB_class"] = np.bytes_("char")
            else:
                file[name] = np.atleast_2d(np.asarray(value)).T
                file[name].attrs["MATLAB_class"] = np.bytes_("double")
    with path.open("rb+") as start:
        start.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")


@pytest.fixture(params=["4", "5", "7", "7.3"])
def save(request: pytest.FixtureRequest, tmp_path: Path):
    def written(**held: object) -> Path:
        # An open recording holds its file, so each has its own.
        path = tmp_path / f"cell{len(list(tmp_path.iterdir()))}.mat"
        if request.param == "7.3":
            save_hdf5(path, **held)
        else:
            savemat(
                path, held, format=request.param[0].replace("7", "5"), do_compression=request.param == "7"
            )
        return path

    return written


def test_rows_are_sweeps_of_a_wide_matrix(save) -> None:
    recording = Matlab().read(save(v=SWEEPS, fs=4000.0, unit="mV"), Hints())
    assert (recording.sampling_rate, recording.channels[0].gain) == (4000.0, 1e-3)
    np.testing.assert_allclose(recording.read()[:, 0] * 1e3, SWEEPS.ravel(), rtol=1e-6)
    assert recording.sweeps.bounds.tolist() == [0, 200, 400, 600]
    assert str(recording.header["sweeps_in"]).startswith("rows, as the matrix is 3 x 200")


def test_columns_are_sweeps_of_a_tall_one_or_as_asked(save) -> None:
    recording = Matlab().read(save(v=SWEEPS.T, fs=4000.0, unit="V"), Hints())
    np.testing.assert_allclose(recording.read_sweep(1)[:, 0], SWEEPS[1], rtol=1e-6)
    other = Matlab().read(save(v=SWEEPS, fs=4000.0, unit="V"), Hints(sweeps_in="columns"))
    assert len(other.sweeps) == 200
    np.testing.assert_allclose(other.read_sweep(7)[:, 0], SWEEPS[:, 7], rtol=1e-6)
    assert other.header["sweeps_in"] == "columns, as asked"


def test_several_matrices_are_listed_and_chosen(save) -> None:
    path = save(lfp=SWEEPS, response=2 * SWEEPS, fs=4000.0)
    with pytest.raises(MissingFact, match=r"--variable: 1 lfp \(3 x 200\); 2 response \(3 x 200\)"):
        Matlab().read(path, Hints(unit="V"))
    with pytest.raises(UnknownName, match=r"no variable '3'.*1 lfp"):
        Matlab().read(path, Hints(unit="V", variable="3"))
    for variable in ("response", "2"):
        recording = Matlab().read(path, Hints(unit="V", variable=variable))
        np.testing.assert_allclose(recording.read()[:, 0], 2 * SWEEPS.ravel(), rtol=1e-6)


def test_samples_with_gain_and_sweep_lengths(save) -> None:
    counts = np.arange(10, dtype="i2")
    held = {"samples": counts, "gain": 0.5, "sampling_rate": 1000.0, "unit": "V", "sweep_lengths": [4.0, 6.0]}
    recording = Matlab().read(save(truth=np.arange(5.0), **held), Hints())
    np.testing.assert_allclose(recording.read()[:, 0], counts * 0.5)
    assert recording.sweeps.bounds.tolist() == [0, 4, 10]


def test_sizes_that_do_not_fit_are_said(save) -> None:
    path = save(samples=np.arange(10.0), fs=1000.0, unit="V", sweep_lengths=[4.0, 7.0])
    with pytest.raises(UnreadableFile, match="add up to 11, not 10"):
        Matlab().read(path, Hints())


def test_a_file_without_matrices_is_said(save) -> None:
    with pytest.raises(UnsupportedInput, match="no variable of numbers that could be a recording"):
        Matlab().read(save(fs=1.0), Hints())


@pytest.mark.parametrize(
    ("scalars", "rate"),
    [
        ({"Fs": 20_000.0}, 20_000.0),
        ({"sampling_rate": 4000.0, "fs": 4000.0}, 4000.0),
        ({"dt": 5e-5}, 20_000.0),
        ({"dt": 0.05}, 20_000.0),
        ({"si": 50.0}, 20_000.0),
        ({"dt": 1.5e-3}, None),
        ({"fs": 20.0}, None),
        ({"fs": 20_000.0, "dt": 1e-4}, None),
        ({"fs_lfp": 1000.0, "gain": 20_000.0}, None),
    ],
)
def test_only_telling_and_certain_scalars_give_the_rate(
    scalars: dict[str, float], rate: float | None
) -> None:
    found = rate_among(scalars)
    assert found is None if rate is None else found == pytest.approx(rate)


def test_the_study_like_file() -> None:
    path = recording_file("ac2_like/ac2_like_sweeps_v5.mat")
    hints = Hints(variable="2", unit="V", sampling_rate=4000.0)
    recording = Matlab().read(path, hints)
    np.testing.assert_array_equal(recording.read()[:, 0], loadmat(path)["response"].ravel())
    truth = loadmat(recording_file("ac2_like/ac2_like_groundtruth.mat"))
    assert len(recording.sweeps) == 300
    at = recording.sample_at(truth["spike_times_s"].ravel())
    volts = recording.read()[:, 0]
    assert np.mean(volts[at] > np.median(volts) + 5e-3) > 0.9, "true spikes stand on peaks"


@pytest.fixture
def cell_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Anesthetized_wholecell_and_LFP_data" / "cell_07"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    matrices = {"r": rng.normal(0, 2, (70, 50)), "lfpmat": rng.normal(0, 1, (70, 50))}
    savemat(folder / "rmat_and_lfpmat.mat", matrices, format="4")
    savemat(folder / "all_sweeps_both_channels.mat", {"ch1": matrices["r"]})
    (folder / "cell_specific_parameters.m").write_text(
        "% cell 7\ndepth = 412;\n  Rs = 8.5e1 ; % MOhm\nname = 'x';\n"
    )
    return folder


def test_a_cells_folder(cell_folder: Path) -> None:
    assert Matlab().recognises(cell_folder, b"")
    recording = Matlab().read(cell_folder, Hints())
    assert (recording.sampling_rate, recording.mode, recording.name) == (4000.0, "current-clamp", "cell_07")
    # More sweeps than samples in each, and yet rows.
    assert np.diff(recording.sweeps.bounds).tolist() == [50] * 70
    r = loadmat(cell_folder / "rmat_and_lfpmat.mat")["r"]
    np.testing.assert_allclose(recording.read_sweep(3)[:, 0], r[3] * 1e-3, rtol=1e-6)
    assert (recording.header["depth"], recording.header["Rs"]) == (412.0, 85.0)
    assert "name" not in recording.header
    tones = recording.events.of_source("tone")
    assert tones.value[[0, 31, 32, 69]].tolist() == [0, 31, 0, 5]
    assert tones.label[33] == "tone 1"
    assert recording.warnings == ()


def test_tones_begin_at_sample_60_of_their_sweep(cell_folder: Path) -> None:
    savemat(cell_folder / "rmat_and_lfpmat.mat", {"r": np.zeros((4, 100))})
    recording = Matlab().read(cell_folder, Hints())
    assert recording.sample_at(recording.events.start).tolist() == [60, 160, 260, 360]
    np.testing.assert_allclose(recording.events.stop - recording.events.start, 0.025)


def test_awake_cells_hear_260_tones_and_unnamed_ones_a_guess(cell_folder: Path, tmp_path: Path) -> None:
    awake = tmp_path / "Unanesthetized_and_TTX_wholecell_data" / "cell_1"
    cell_folder.parent.rename(tmp_path / "moved")
    awake.parent.mkdir()
    (tmp_path / "moved" / "cell_07").rename(awake)
    assert Matlab().read(awake, Hints()).header["n_tones"] == 260
    unnamed = awake.rename(tmp_path / "cell_1")
    recording = Matlab().read(unnamed, Hints())
    assert recording.header["n_tones"] == 32
    assert "32 tones" in recording.warnings[0]


def test_another_folder_is_no_cell(tmp_path: Path) -> None:
    assert not Matlab().recognises(tmp_path, b"")
    with pytest.raises(UnreadableFile):
        Matlab().read(tmp_path, Hints())
