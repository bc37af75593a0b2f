"""Igor's files against igor2, on real waves and on ones written here."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from spikelens.errors import MissingFact, UnknownName, UnreadableFile
from spikelens.readers import Hints
from spikelens.readers.igor import Igor
from tests.data import recording_file
from tests.readers.samples_vendor import igor, igor_wave

REAL = [f"bluepyefe/B6_Ch{c}_IDRest_{k}.ibw" for c in (0, 3) for k in (181, 183)]


@pytest.mark.parametrize("name", REAL)
def test_real_waves_are_those_of_igor2(name):
    binarywave = pytest.importorskip(
        "igor2.binarywave", reason="igor2 is the judge; the extra igor brings it"
    )
    judge = binarywave.load(str(recording_file(name)))["wave"]
    recording = Igor().read(recording_file(name), Hints())
    np.testing.assert_array_equal(recording.stored()[:, 0], judge["wData"])
    assert recording.sampling_rate == pytest.approx(1 / judge["wave_header"]["sfA"][0])
    assert recording.sampling_rate == pytest.approx(4000)
    assert recording.header["comment"] == judge["note"].decode()
    assert recording.channels[0].name == judge["wave_header"]["bname"].decode()


@pytest.mark.parametrize(
    ("name", "unit", "quantity"), [(REAL[0], "pA", "current"), (REAL[2], "mV", "voltage")]
)
def test_the_whole_unit_is_read_not_its_first_letter(name, unit, quantity):
    channel = Igor().read(recording_file(name), Hints()).channels[0]
    assert (channel.stated_unit, channel.quantity) == (unit, quantity)


def test_what_is_written_here_is_what_igor2_reads(tmp_path):
    binarywave = pytest.importorskip(
        "igor2.binarywave", reason="igor2 is the judge; the extra igor brings it"
    )
    values = np.arange(12.0, dtype="f4")
    (tmp_path / "w.ibw").write_bytes(igor_wave("w", values))
    judge = binarywave.load(str(tmp_path / "w.ibw"))["wave"]
    np.testing.assert_array_equal(judge["wData"], values)
    recording = Igor().read(tmp_path / "w.ibw", Hints())
    np.testing.assert_allclose(recording.read()[:, 0], values * 1e-3, rtol=1e-6)


def version_2(values: np.ndarray, note: bytes) -> bytes:
    """A wave of version 2, big-endian, as Igor of the Macintosh wrote them."""
    wave = bytearray(110)
    struct.pack_into(">h", wave, 0, 2)
    struct.pack_into(">20s", wave, 6, b"old")
    struct.pack_into(">4s4si", wave, 34, b"mV", b"s", values.size)
    struct.pack_into(">2d", wave, 48, 1e-3, 0)
    head = struct.pack(">hiiih", 2, 110 + values.nbytes + 16, len(note), 0, 0)
    total = sum(struct.unpack(">63h", head + wave)) & 0xFFFF
    head = head[:14] + struct.pack(">H", -total & 0xFFFF)
    return head + bytes(wave) + values.astype(">f4").tobytes() + bytes(16) + note


def test_old_waves_are_those_of_igor2(tmp_path):
    binarywave = pytest.importorskip(
        "igor2.binarywave", reason="igor2 is the judge; the extra igor brings it"
    )
    values = np.linspace(-70, 20, 50, dtype="f4")
    (tmp_path / "old.ibw").write_bytes(version_2(values, b"from 1995"))
    judge = binarywave.load(str(tmp_path / "old.ibw"))["wave"]
    recording = Igor().read(tmp_path / "old.ibw", Hints())
    np.testing.assert_array_equal(recording.stored()[:, 0], judge["wData"])
    np.testing.assert_allclose(recording.read()[:, 0], values * 1e-3, rtol=1e-6)
    assert recording.sampling_rate == pytest.approx(1000)
    assert recording.header["comment"] == judge["note"].decode() == "from 1995"


def test_numbered_waves_are_sweeps(tmp_path):
    recording = Igor().read(igor(tmp_path), Hints())
    assert recording.sweeps.bounds.tolist() == [0, 4000, 8000, 12000]
    assert np.isnan(recording.sweeps.start_times).all()
    one = Igor().read(igor(tmp_path), Hints(variable="Record1"))
    np.testing.assert_array_equal(one.read(), recording.read_sweep(1))
    with pytest.raises(UnknownName, match=r"1 \(Record\)"):
        Igor().read(igor(tmp_path), Hints(variable="Nothing"))


def test_a_voltage_comes_before_a_current(tmp_path):
    current, voltage = np.ones(50, "f4"), np.full(50, -60, "f4")
    waves = [igor_wave("inject", current, unit=b"pA"), igor_wave("membrane", voltage)]
    packed = b"".join(struct.pack("<HhI", 3, 0, len(w)) + w for w in waves)
    (tmp_path / "two.pxp").write_bytes(packed)
    recording = Igor().read(tmp_path / "two.pxp", Hints())
    assert recording.channels[0].name == "membrane"
    assert Igor().read(tmp_path / "two.pxp", Hints(variable="1")).channels[0].quantity == "current"


def test_a_matrix_holds_sweeps_in_its_columns(tmp_path):
    matrix = np.arange(30, dtype="f4").reshape(3, 10)  # as Igor stores it: a column after another
    (tmp_path / "m.ibw").write_bytes(igor_wave("m", matrix))
    recording = Igor().read(tmp_path / "m.ibw", Hints())
    assert recording.sweeps.bounds.tolist() == [0, 10, 20, 30]
    np.testing.assert_allclose(recording.read_sweep(1)[:, 0], np.arange(10, 20) * 1e-3, rtol=1e-6)


@pytest.mark.parametrize(
    ("level", "proposed"), [(-65.0, "--unit mV"), (-0.065, "give --unit V"), (500.0, "or --unit pA")]
)
def test_a_unit_without_a_base_is_asked_for_with_a_proposal(tmp_path, level, proposed):
    (tmp_path / "m.ibw").write_bytes(igor_wave("m", np.full(100, level, "f4"), unit=b"m"))
    with pytest.raises(MissingFact, match=proposed) as error:
        Igor().read(tmp_path / "m.ibw", Hints())
    assert "'m'" in str(error.value)
    assert Igor().read(tmp_path / "m.ibw", Hints(unit="mV")).channels[0].gain == 1e-3


def test_an_unscaled_wave_has_no_sampling_rate(tmp_path):
    raw = bytearray(igor_wave("m", np.zeros(100, "f4"), step=1.0))
    struct.pack_into("<4s", raw, 64 + 152, b"")
    (tmp_path / "m.ibw").write_bytes(raw)
    with pytest.raises(MissingFact, match="--sampling-rate"):
        Igor().read(tmp_path / "m.ibw", Hints())


def test_a_cut_wave_is_refused(tmp_path):
    (tmp_path / "m.ibw").write_bytes(igor_wave("m", np.zeros(100, "f4"))[:-8])
    with pytest.raises(UnreadableFile, match="cut off"):
        Igor().read(tmp_path / "m.ibw", Hints())
