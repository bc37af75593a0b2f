"""PatchMaster bundles, written here after HEKA's record layouts; no real file was at hand."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from spikelens.errors import UnknownName, UnreadableFile
from spikelens.readers import Hints
from spikelens.readers.heka import Heka
from tests.readers.samples_vendor import write_heka

COUNTS = np.random.default_rng(8).integers(-900, 900, (3, 2, 400))


def test_what_is_written_comes_back(tmp_path):
    recording = Heka().read(write_heka(tmp_path / "c.dat", COUNTS), Hints())
    assert [(c.name, c.quantity) for c in recording.channels] == [("Imon", "current"), ("Vmon", "voltage")]
    assert recording.sampling_rate == pytest.approx(20_000)
    assert recording.sweeps.start_times.tolist() == [0, 5, 10]
    for k in range(3):
        np.testing.assert_allclose(recording.read_sweep(k), COUNTS[k].T * [1e-12, 1e-4], rtol=1e-6)
    assert recording.header["inputs"]["Vmon"]["lowpass_filter_hz"] == 5000


@pytest.mark.parametrize(
    ("mode", "said"), [(1, "cell-attached"), (3, "voltage-clamp"), (4, "current-clamp"), (6, "unknown")]
)
def test_the_recording_mode_is_the_amplifiers(tmp_path, mode, said):
    assert Heka().read(write_heka(tmp_path / "c.dat", COUNTS, mode=mode), Hints()).mode == said


def test_a_series_is_chosen_by_label_or_number(tmp_path):
    path = write_heka(tmp_path / "c.dat", COUNTS)
    for variable in ("1", "steps", "1.1", "1.1 E-1 steps"):
        assert Heka().read(path, Hints(variable=variable)).header["series"] == "1.1 E-1 steps"
    with pytest.raises(UnknownName, match=r"1 \(1\.1 E-1 steps\)"):
        Heka().read(path, Hints(variable="2"))


def test_samples_beyond_the_end_are_refused(tmp_path):
    path = write_heka(tmp_path / "c.dat", COUNTS)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"Vmon") - 4
    struct.pack_into("<i", raw, at + 44, 10_000_000)
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match=r"cut off.*Vmon"):
        Heka().read(path, Hints())


def test_trees_are_found_as_myokit_finds_them(tmp_path):
    heka = pytest.importorskip("myokit.formats.heka._patchmaster", reason="Myokit is the judge; extra heka")
    path = write_heka(tmp_path / "c.dat", COUNTS)
    raw = path.read_bytes()
    with path.open("rb") as file:
        file.seek(raw.index(b"eerT"))
        # Without a stimulus tree Myokit cannot finish a series, so plain nodes stand for it.
        levels = (heka.PulsedFile, heka.Group, heka.TreeNode, heka.Sweep, heka.Trace)
        root = heka.TreeNode.read(None, file, levels)
        traces = [trace for sweep in root[0][0] for trace in sweep]
        assert [t.label() for t in traces] == ["Imon", "Vmon"] * 3
        np.testing.assert_allclose(traces[3].values(), COUNTS[1, 1] * 1e-4)
        assert traces[0].duration() == pytest.approx(400 / 20_000)
