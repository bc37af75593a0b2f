"""Access resistance of a voltage clamp, on circuits and on a cell."""

import numpy as np
import pytest

from spikelens import find, measure_quality, read
from spikelens.quality.words import methods, verdict, warnings
from tests.data import recording_file
from tests.quality.clamped import Clamped, clamped


def told(*cells: Clamped, is_told: bool = True):
    recording = clamped(*cells, is_told=is_told)
    return measure_quality(recording, find(recording))


@pytest.mark.parametrize("corner", [10_000, 3000])
@pytest.mark.parametrize("capacitance", [30e-12, 100e-12])
@pytest.mark.parametrize("access", [5e6, 10e6, 20e6, 40e6])
def test_access_and_membrane_are_those_of_the_circuit(access, capacitance, corner):
    cell = Clamped(access=access, capacitance=capacitance, corner=corner)
    row = {name: values[0] for name, values in told(cell).columns.items()}
    assert row["access_resistance"] == pytest.approx(access, rel=0.06)
    assert row["membrane_resistance"] == pytest.approx(200e6, rel=0.05)
    assert row["membrane_capacitance"] == pytest.approx(capacitance, rel=0.06)
    assert row["n_pulses"] == 8
    # What a seal test shows is too large, the more so the lower the filter.
    assert row["access_resistance_peak"] > row["access_resistance"] * 0.99


def test_what_rises_is_proposed_for_exclusion_and_said():
    found = told(*[Clamped()] * 4, Clamped(access=30e6))
    (proposal,) = found.proposals
    assert (proposal.reason, proposal.start) == ("access change", 4.0)
    assert proposal.value == pytest.approx(30e6, rel=0.05)
    assert "Access resistance is 15" in verdict(found)
    assert "access resistance changed by 30 %" in methods(found)
    assert not any("not measured" in text for text in warnings(found))


@pytest.mark.parametrize(
    ("cell", "is_told", "why"),
    [
        (Clamped(), False, "the command is not known"),
        (Clamped(pulse=60e-3), True, "no step of 1 to 25 mV"),
        (Clamped(capacitance=1e-14), True, "no capacitive transient|over too soon"),
        (Clamped(noise=2e-9), True, "within the noise"),
    ],
)
def test_where_it_cannot_be_had_the_reason_is_told(cell, is_told, why):
    found = told(cell, is_told=is_told)
    assert np.isnan(found.columns["access_resistance"]).all()
    said = [text for text in warnings(found) if "access resistance is not measured" in text]
    assert len(said) == 1
    assert any(part in said[0] for part in why.split("|"))
    assert "access" not in methods(found).lower() and "Resting" not in methods(found)


def test_sweeps_of_a_real_cell_agree():
    recording = read(recording_file("pyabf/17o05024_vc_steps.abf"))
    found = measure_quality(recording, find(recording))
    access = found.columns["access_resistance"]
    assert np.isfinite(access).all()
    assert np.ptp(access) < 0.1 * np.median(access)
    assert 40e6 < np.median(access) < 50e6
