"""Small recordings in the open formats, written by the formats' own libraries.

Each entry of `OPEN_SAMPLES` writes one file, or folder, and gives its path, with the
hints that the file needs. They hold `VOLTS`: resting potential, noise and spikes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from spikelens.readers import Hints

RATE = 20_000.0
N_SWEEPS, SWEEP_LENGTH = 3, 16_000


def _volts() -> np.ndarray:
    rng = np.random.default_rng(3)
    volts = -0.065 + 2e-4 * rng.standard_normal((N_SWEEPS, SWEEP_LENGTH))
    spike = 0.09 * np.exp(-0.5 * (np.arange(-20, 20) / 6) ** 2)
    for sweep in volts:
        for at in range(1000, SWEEP_LENGTH - 1000, 2000):
            sweep[at : at + 40] += spike
    return volts


VOLTS = _volts()
"""float64 array, (N_SWEEPS, SWEEP_LENGTH), V."""

Sample = Path | tuple[Path, Hints]


def npy(tmp_path: Path) -> Sample:
    np.save(tmp_path / "cell.npy", (VOLTS * 1e3).astype("f4"))
    return tmp_path / "cell.npy", Hints(unit="mV", sampling_rate=RATE)


def npz(tmp_path: Path) -> Sample:
    counts = np.round(VOLTS / 1e-5).astype("i2").ravel()
    lengths = [SWEEP_LENGTH] * N_SWEEPS
    facts = {"sampling_rate": RATE, "unit": "V", "gain": 1e-5, "sweep_lengths": lengths}
    np.savez(tmp_path / "cell.npz", samples=counts, **facts)
    return tmp_path / "cell.npz"


def zarr(tmp_path: Path) -> Sample:
    import zarr

    array = zarr.create_array(tmp_path / "cell.zarr", data=VOLTS, chunks=(1, 5000))
    array.attrs.update(sampling_rate=RATE, unit="V")
    return tmp_path / "cell.zarr"


def wav(tmp_path: Path) -> Sample:
    from scipy.io import wavfile

    wavfile.write(tmp_path / "cell.wav", int(RATE), np.round(VOLTS / 1e-5).astype("i2").ravel())
    return tmp_path / "cell.wav", Hints(unit="mV", scale=0.01)


def binary(tmp_path: Path) -> Sample:
    np.round(VOLTS / 1e-5).astype(">i2").tofile(tmp_path / "cell.bin")
    said = f'dtype = ">i2"\nunit = "mV"\ngain = 0.01\nsweep_lengths = {[SWEEP_LENGTH] * N_SWEEPS}\n'
    (tmp_path / "cell.toml").write_text(said)
    return tmp_path / "cell.bin", Hints(sampling_rate=RATE)


def matlab(tmp_path: Path) -> Sample:
    from scipy.io import savemat

    held = {"fs": RATE, "notes": np.zeros((0, 0)), "response": VOLTS}
    savemat(tmp_path / "cell.mat", held, do_compression=True)
    return tmp_path / "cell.mat", Hints(unit="V", variable="response")


def text(tmp_path: Path) -> Sample:
    times = np.arange(SWEEP_LENGTH) / RATE
    headings = ",".join(["time (s)", *(f"Vm {k} (mV)" for k in range(N_SWEEPS))])
    table = np.column_stack([times, VOLTS.T * 1e3])
    np.savetxt(tmp_path / "cell.csv", table, "%.5f", ",", header=headings, comments="")
    return tmp_path / "cell.csv"


def excel(tmp_path: Path) -> Sample:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("cell")
    sheet.append(["t [ms]", "Vm [mV]", "Im [pA]"])
    for k, volts in enumerate(VOLTS[0, :3000].tolist()):
        sheet.append([k * 1e3 / RATE, volts * 1e3, 10.0])
    book.save(tmp_path / "cell.xlsx")
    return tmp_path / "cell.xlsx"


def nwb(tmp_path: Path) -> Sample:
    from pynwb import NWBHDF5IO
    from pynwb.icephys import CurrentClampSeries, CurrentClampStimulusSeries

    file = empty_nwb()
    device = file.create_device("amplifier")
    electrode = file.create_icephys_electrode(
        name="pipette", description="patch", device=device, filtering="Bessel 10 kHz"
    )
    for k, volts in enumerate(VOLTS):
        common = {
            "electrode": electrode,
            "rate": RATE,
            "sweep_number": np.uint32(k),
            "starting_time": 10.0 * k,
            "gain": 0.02,
        }
        counts = np.round(volts / 1e-5).astype("i2")
        file.add_acquisition(CurrentClampSeries(name=f"response {k}", data=counts, conversion=1e-5, **common))
        steps = np.full(SWEEP_LENGTH, 1e-11 * k)
        file.add_stimulus(CurrentClampStimulusSeries(name=f"step {k}", data=steps, **common))
    with NWBHDF5IO(tmp_path / "cell.nwb", "w") as out:
        out.write(file)
    return tmp_path / "cell.nwb"


def empty_nwb() -> Any:
    from pynwb import NWBFile

    start = datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
    return NWBFile(session_description="made for a test", identifier="t", session_start_time=start)


OPEN_SAMPLES: dict[str, Callable[[Path], Sample]] = {
    "binary": binary,
    "excel": excel,
    "matlab": matlab,
    "npy": npy,
    "npz": npz,
    "nwb": nwb,
    "text": text,
    "wav": wav,
    "zarr": zarr,
}
