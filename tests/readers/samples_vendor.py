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


def heka(tmp_path: Path) -> Path:
    """A bundle with one series of three sweeps, current and voltage, in volts and amperes."""
    return write_heka(tmp_path / "cell.dat", np.random.default_rng(6).integers(-900, 900, (3, 2, 2500)))


def write_heka(path: Path, counts: np.ndarray, *, mode: int = 4) -> Path:
    """Counts of shape (n_sweeps, 2, n_samples), after HEKA's record layouts."""
    data_start = 64 + 12 * 16
    sweeps = []
    for k, (current, voltage) in enumerate(counts):
        at = data_start + 2 * counts[0].size * k
        half = 2 * current.size
        traces = [
            _heka_trace("Imon", "A", 1e-12, at, current.size, mode),
            _heka_trace("Vmon", "V", 1e-4, at + half, voltage.size, mode),
        ]
        sweeps.append(_heka_record(160, traces, {48: struct.pack("<d", 1e9 + 5.0 * k)}))
    series = _heka_record(1408, sweeps, {4: b"steps"})
    group = _heka_record(144, [series], {4: b"E-1"})
    root = _heka_record(640, [group], {8: b"v2x90.2"})
    tree = b"eerT" + struct.pack("<6i", 5, 640, 144, 1408, 160, 512) + root
    data = counts.astype("<i2").tobytes()
    head = bytearray(data_start)
    struct.pack_into("<8s32sdiB", head, 0, b"DAT2", b"v2x90.2", 1e9, 2, 1)
    struct.pack_into("<ii8s", head, 64, data_start, len(data), b".dat")
    struct.pack_into("<ii8s", head, 80, data_start + len(data), len(tree), b".pul")
    path.write_bytes(bytes(head) + data + tree)
    return path


def _heka_record(size: int, children: list[bytes], fields: dict[int, bytes]) -> bytes:
    record = bytearray(size)
    for at, value in fields.items():
        record[at : at + len(value)] = value
    return bytes(record) + struct.pack("<i", len(children)) + b"".join(children)


def _heka_trace(name: str, unit: str, scale: float, at: int, n: int, mode: int) -> bytes:
    fields = {
        4: name.encode(),
        40: struct.pack("<ii", at, n),
        64: struct.pack("<H", 1),
        68: bytes([mode]),
        72: struct.pack("<d", scale),
        96: unit.encode(),
        104: struct.pack("<d", 1 / RATE),
        120: b"s",
        144: struct.pack("<d", 5000.0),
        408: struct.pack("<d", -2e-12),
    }
    return _heka_record(512, [], fields)


def edf(tmp_path: Path) -> Path:
    return write_edf(tmp_path / "cell.edf", np.random.default_rng(9).integers(-2000, 2000, 8000))


def write_edf(path: Path, counts: np.ndarray, *, kind: str = "EDF+C") -> Path:
    """One fast voltage, one slow temperature and annotations, in records of 0.1 s."""
    per_record, n_records = 1000, counts.size // 1000
    signals = [
        ("Vm", "", "mV", "-100", "100", "-32768", "32767", "LP:5kHz", per_record),
        ("bath", "", "degC", "0", "50", "-32768", "32767", "", 2),
        ("EDF Annotations", "", "", "-1", "1", "-32768", "32767", "", 20),
    ]
    widths = (16, 80, 8, 8, 8, 8, 8, 80, 8)
    columns = zip(widths, zip(*signals, strict=True), strict=True)
    table = "".join(str(v).ljust(w) for w, values in columns for v in values) + " " * 32 * 3
    fixed = "0".ljust(8) + "X".ljust(80) + "a test".ljust(80) + "01.02.2610.20.30"
    fixed += str(256 * 4).ljust(8) + kind.ljust(44) + str(n_records).ljust(8) + "0.1".ljust(8) + "3".ljust(4)
    with path.open("wb") as out:
        out.write((fixed + table).encode())
        for k in range(n_records):
            out.write(counts[k * per_record : (k + 1) * per_record].astype("<i2").tobytes())
            out.write(np.array([k, k], "<i2").tobytes())
            said = b"+%.1f\x14\x14\0" % (k / 10)
            said += b"+0.25\x150.5\x14light\x14\0" if k == 2 else b""
            out.write(said.ljust(40, b"\0"))
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


VENDOR_SAMPLES: dict[str, Callable[[Path], Path]] = {
    "abf": abf,
    "atf": atf,
    "edf": edf,
    "heka": heka,
    "igor": igor,
    "neo": neo,
}
