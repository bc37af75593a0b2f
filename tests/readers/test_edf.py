"""EDF, written here field by field after its specification."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens.errors import MissingFact, UnknownName, UnsupportedInput
from spikelens.readers import Hints
from spikelens.readers.edf import Edf
from tests.readers.samples_vendor import write_edf

COUNTS = np.random.default_rng(9).integers(-2000, 2000, 8000)


def test_the_fast_voltage_comes_back(tmp_path):
    recording = Edf().read(write_edf(tmp_path / "c.edf", COUNTS), Hints())
    assert [c.name for c in recording.channels] == ["Vm"]
    assert recording.sampling_rate == pytest.approx(10_000)
    np.testing.assert_array_equal(recording.stored()[:, 0], COUNTS)
    # Least and most stored numbers stand for -100 and 100 mV.
    expected = np.interp(COUNTS, [-32768, 32767], [-0.1, 0.1])
    np.testing.assert_allclose(recording.read()[:, 0], expected, atol=1e-8)
    assert recording.header["filter"] == {"Vm": "LP:5kHz"}


def test_annotations_are_events(tmp_path):
    events = Edf().read(write_edf(tmp_path / "c.edf", COUNTS), Hints()).events
    assert events.label == ("light",)
    assert (events.start[0], events.stop[0]) == (0.25, 0.75)


def test_signals_are_chosen_by_name_or_number(tmp_path):
    path = write_edf(tmp_path / "c.edf", COUNTS)
    assert Edf().read(path, Hints(variable="1")).channels[0].name == "Vm"
    slow = Edf().read(path, Hints(variable="bath", unit="V"))
    assert slow.sampling_rate == pytest.approx(20)
    with pytest.raises(MissingFact, match="--unit"):
        Edf().read(path, Hints(variable="bath"))
    with pytest.raises(UnknownName, match=r"1 \(Vm\), 2 \(bath\)"):
        Edf().read(path, Hints(variable="Im"))


def test_files_with_gaps_are_refused(tmp_path):
    with pytest.raises(UnsupportedInput, match="gaps"):
        Edf().read(write_edf(tmp_path / "c.edf", COUNTS, kind="EDF+D"), Hints())
