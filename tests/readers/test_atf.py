"""ATF: what is written comes back, as NumPy reads its columns."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from spikelens.errors import MissingFact, UnreadableFile, UnsupportedInput
from spikelens.readers import Hints
from spikelens.readers.atf import Atf
from tests.readers.samples_vendor import atf


def written(tmp_path, titles: str, rows: str, records: tuple[str, ...] = ()):
    path = tmp_path / "t.atf"
    n_columns = titles.count('"') // 2
    head = f"ATF\t1.0\n{len(records)}\t{n_columns}\n" + "".join(r + "\n" for r in records)
    path.write_text(head + titles + "\n" + rows)
    return path


def test_sweeps_units_and_starts_are_read(tmp_path):
    recording = Atf().read(atf(tmp_path), Hints())
    assert recording.sampling_rate == pytest.approx(10_000)
    assert recording.sweeps.bounds.tolist() == [0, 2000, 4000]
    assert recording.sweeps.start_times.tolist() == [0, 1]
    assert recording.channels[0].quantity == "voltage"
    assert recording.header["comment"] == "two sweeps"
    table = np.loadtxt(recording.path, skiprows=6)
    for sweep in (0, 1):
        np.testing.assert_allclose(recording.read_sweep(sweep)[:, 0], table[:, sweep + 1] * 1e-3, rtol=1e-6)


def test_two_signals_are_two_channels(tmp_path):
    titles = '"Time (s)"\t"Trace #1 (mV)"\t"Trace #1 (pA)"\t"Trace #2 (mV)"\t"Trace #2 (pA)"'
    names = '"Signals="\t"Vm"\t"Im"\t"Vm"\t"Im"'
    recording = Atf().read(written(tmp_path, titles, "0\t1\t2\t3\t4\n0.001\t5\t6\t7\t8\n", (names,)), Hints())
    assert [c.name for c in recording.channels] == ["Vm", "Im"]
    np.testing.assert_allclose(recording.read()[:, 0], np.array([1, 5, 3, 7]) * 1e-3, rtol=1e-6)
    np.testing.assert_allclose(recording.read()[:, 1], np.array([2, 6, 4, 8]) * 1e-12, rtol=1e-6)
    assert recording.sampling_rate == pytest.approx(1000)


def test_samples_are_loaded_again_after_pickling(tmp_path):
    recording = Atf().read(atf(tmp_path), Hints())
    pickled = pickle.dumps(recording)
    assert len(pickled) < 5000
    np.testing.assert_array_equal(pickle.loads(pickled).read(), recording.read())


def test_what_cannot_be_used_is_said(tmp_path):
    uneven = written(tmp_path, '"Time (s)"\t"V (mV)"', "0\t1\n1\t1\n5\t1\n6\t1\n")
    with pytest.raises(UnsupportedInput, match="evenly"):
        Atf().read(uneven, Hints())
    with pytest.raises(MissingFact, match="--unit"):
        Atf().read(written(tmp_path, '"Time (s)"\t"V (x)"', "0\t1\n1\t1\n2\t1\n"), Hints())
    with pytest.raises(MissingFact, match="--sampling-rate"):
        Atf().read(written(tmp_path, '"Time (?)"\t"V (mV)"', "0\t1\n1\t1\n2\t1\n"), Hints())
    with pytest.raises(UnreadableFile, match="no samples"):
        Atf().read(written(tmp_path, '"Time (s)"\t"V (mV)"', "0\t1\n"), Hints())
