"""Small recordings in vendors' formats: real ones, copied, and ones written here."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.data import recording_file

RATE = 20_000.0


def copy_of(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copy(recording_file(name), tmp_path))


def abf(tmp_path: Path) -> Path:
    return copy_of("pyabf/171116sh_0016.abf", tmp_path)


def igor(tmp_path: Path) -> Path:
    """A packed experiment of three sweeps, one short text record before them."""
    rng = np.random.default_rng(1)
    sweeps = [-65 + rng.standard_normal(4000).astype("<f4") for _ in range(3)]
    waves = [igor_wave(f"Record{k}", sweep) for k, sweep in enumerate(sweeps)]
    records = [(2, b"Print 1"), *((3, wave) for wave in waves)]
    packed = b"".join(struct.pack("<HhI", kind, 0, len(data)) + data for kind, data in records)
    (tmp_path / "cell.pxp").write_bytes(packed)
    return tmp_path / "cell.pxp"


def igor_wave(name: str, values: np.ndarray, *, unit: bytes = b"mV", step: float = 1 / RATE) -> bytes:
    """A wave of version 5, little-endian, float32, as WaveMetrics' note 003 lays it out."""
    wave = bytearray(320)
    struct.pack_into("<ih", wave, 12, values.size, 2)
    struct.pack_into("<32s", wave, 28, name.encode())
    struct.pack_into("<4i", wave, 68, *values.T.shape, *[0] * (4 - values.ndim))
    struct.pack_into("<8d", wave, 84, step, 1, 1, 1, 0, 0, 0, 0)
    struct.pack_into("<4s4s", wave, 148, unit, b"s")
    head = struct.pack("<hhiiii4i4iiii", 5, 0, 320 + values.nbytes, 0, 0, 0, *[0] * 8, 0, 0, 0)
    # The checksum makes the shorts of both headers add up to zero.
    total = sum(struct.unpack("<192h", head + wave)) & 0xFFFF
    head = head[:2] + struct.pack("<H", -total & 0xFFFF) + head[4:]
    return head + bytes(wave) + values.astype("<f4").tobytes()


def neo(tmp_path: Path) -> Path:
    path = copy_of("myokit/wcp-file.wcp", tmp_path)
    # The program leaves room behind the eleven records; without it, every byte counts.
    path.write_bytes(path.read_bytes()[: 1024 + 11 * (1024 + 1024)])
    return path


def atf(tmp_path: Path) -> Path:
    """Two sweeps of one signal, as Clampfit exports them."""
    time = np.arange(2000) / 10.0
    rng = np.random.default_rng(2)
    columns = np.column_stack([time, *(-65 + rng.standard_normal((2, 2000)))])
    heading = 'ATF\t1.0\r\n3\t3\r\n"AcquisitionMode=Episodic Stimulation"\r\n"Comment=two sweeps"\r\n'
    heading += '"SweepStartTimesMS=0.000,1000.000"\r\n'
    heading += '"Time (ms)"\t"Trace #1 (mV)"\t"Trace #2 (mV)"\r\n'
    lines = "".join("\t".join(f"{v:.4f}" for v in row) + "\r\n" for row in columns)
    (tmp_path / "cell.atf").write_bytes((heading + lines).encode())
    return tmp_path / "cell.atf"


VENDOR_SAMPLES: dict[str, Callable[[Path], Path]] = {"abf": abf, "atf": atf, "igor": igor, "neo": neo}
