"""Vendors' formats through Neo: real WinWCP, SpikeGLX written here."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from spikelens.errors import UnknownName, UnsupportedInput
from spikelens.readers import Hints
from spikelens.readers._neo_formats import FORMATS
from spikelens.readers.neo import Neo
from tests.data import recording_file

N = 3000


def spikeglx(folder: Path) -> tuple[Path, np.ndarray]:
    """A probe of four channels, with its sync channel, and the counts it holds."""
    counts = np.random.default_rng(4).integers(-200, 200, (N, 5)).astype("<i2")
    path = folder / "run_g0_t0.imec0.ap.bin"
    counts.tofile(path)
    channels = "".join(f"(AP{k};{k}:{k})" for k in range(4))
    meta = {
        "fileName": f"C:/data/{path.name}",
        "fileSizeBytes": counts.nbytes,
        "fileTimeSecs": N / 30_000,
        "firstSample": 0,
        "nSavedChans": 5,
        "snsApLfSy": "4,0,1",
        "imSampRate": 30_000,
        "imAiRangeMax": 0.6,
        "imAiRangeMin": -0.6,
        "imDatPrb_pn": "NP1010",
        "typeThis": "imec",
    }
    lines = [f"{key}={value}" for key, value in meta.items()]
    rows = "".join(f"({k} 0 0 500 250 1)" for k in range(4))
    lines += [f"~imroTbl=(0,4){rows}", f"~snsChanMap=(4,0,1){channels}(SY0;4:4)"]
    path.with_suffix(".meta").write_text("\n".join(lines) + "\n")
    return path, counts


def test_winwcp_is_what_neo_and_myokit_read():
    path = recording_file("myokit/wcp-file.wcp")
    recording = Neo().read(path, Hints())
    assert [(c.name, c.quantity) for c in recording.channels] == [("Im", "current"), ("Vm", "voltage")]
    assert len(recording.sweeps) == 11
    assert recording.sampling_rate == pytest.approx(1000)
    starts = recording.sweeps.start_times
    assert starts[:4].tolist() == [0, 0.5, 1, 1.5]
    assert (np.diff(starts) >= 0.499).all() and starts[-1] == 5.625
    assert recording.time_base == "recorded"
    wcp = pytest.importorskip("myokit.formats.wcp", reason="Myokit is the judge; the extra heka brings it")
    judge = wcp.WcpFile(str(path))
    for sweep in (0, 10):
        found = recording.read_sweep(sweep)
        for k, factor in enumerate((1e-12, 1e-3)):
            expected = np.asarray(judge.values(sweep, k)) * factor
            np.testing.assert_allclose(found[:, k], expected, rtol=1e-5, atol=1e-3 * factor)


def test_spikeglx_comes_back_in_volts(tmp_path):
    path, counts = spikeglx(tmp_path)
    assert Neo().recognises(path, b"")
    recording = Neo().read(path, Hints())
    assert recording.mode == "extracellular"
    assert recording.sampling_rate == 30_000
    assert recording.n_samples == N
    np.testing.assert_array_equal(recording.stored()[:, :4], counts[:, :4])
    expected = counts[:, 0] * 0.6 / 512 / 500
    np.testing.assert_allclose(recording.read()[:, 0], expected, rtol=1e-6)
    assert len(pickle.dumps(recording)) < 20_000
    assert not recording.warnings


def test_a_bare_bin_file_is_left_to_the_raw_reader(tmp_path):
    assert not Neo().recognises(tmp_path / "cell.bin", b"")


def test_an_unknown_stream_lists_those_there_are(tmp_path):
    with pytest.raises(UnknownName, match=r"1 \(imec0\.ap"):
        Neo().read(spikeglx(tmp_path)[0], Hints(variable="nidq"))


def test_64_bit_spike2_is_said_to_be_unsupported(tmp_path):
    with pytest.raises(UnsupportedInput, match=r"\.smr"):
        Neo().read(tmp_path / "cell.smrx", Hints())


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_class_named_is_one_of_neo(suffix):
    import neo.rawio

    known = FORMATS[suffix]
    cls = getattr(neo.rawio, known.rawio)
    assert known.takes_folder == (cls.rawmode == "one-dir")
