"""Protocols that the user gives, and the ways in which they may not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spikelens import api
from spikelens.errors import BadParameter, UnreadableFile, UnsupportedInput
from spikelens.exporters.npz import Npz
from spikelens.protocols.given import given_protocol
from spikelens.steps.measuring import measure_steps
from tests.data import recording_file
from tests.factory import make_recording
from tests.steps.cells import Cell, stepped

PICO = 1e-12
RECORDING = make_recording(n_samples=60_000, sweep_lengths=[20_000, 20_000, 20_000])


def table(folder: Path, *rows: str, header: str = "sweep,onset,offset,current") -> Path:
    path = folder / "steps.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_table_is_taken_as_it_is(tmp_path):
    path = table(tmp_path, "2,0.1,0.6,50e-12", "0,0.2,0.7,-2.5e-11", header="sweep,onset,offset,current")
    found = given_protocol(path, RECORDING)
    assert [(s.sweep, s.onset, s.offset, s.current) for s in found.steps] == [
        (0, 4000, 14_000, -25 * PICO),
        (2, 2000, 12_000, 50 * PICO),
    ]
    assert found.origin == "given" and found.left_out == ((1, "no step given"),)
    assert np.isnan(found.steps[0].measured)


def test_a_table_gives_the_numbers_of_the_command_it_repeats(tmp_path):
    currents = [k * 50 * PICO for k in range(-2, 6)]
    recording, spikes = stepped(Cell(), currents)
    path = table(tmp_path, *(f"{k},0.2,0.7,{c!r}" for k, c in enumerate(currents)))
    read, given = measure_steps(recording, spikes), measure_steps(recording, spikes, protocol=path)
    assert given.cell.pop("notes") == read.cell["notes"]
    for name, value in given.cell.items():
        assert value == pytest.approx(read.cell[name], rel=1e-6, nan_ok=True), name
    assert given.measured[0]["spikes"] == read.measured[0]["spikes"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3,0.1,0.6,1e-11", "has sweeps 0 to 2"),
        ("0.5,0.1,0.6,1e-11", "has sweeps 0 to 2"),
        ("0,0.1,1.6,1e-11", "the sweep lasts 1 s"),
        ("0,0.6,0.1,1e-11", "does not fit"),
        ("0,-0.1,0.5,1e-11", "does not fit"),
        ("0,0.1,0.10001,1e-11", "holds no sample"),
        ("0,0.1,0.5,50", "50 pA is 50e-12"),
    ],
)
def test_a_step_that_does_not_fit_is_refused(tmp_path, row, said):
    with pytest.raises(BadParameter, match=said):
        given_protocol(table(tmp_path, row), RECORDING)


def test_two_steps_of_one_sweep_are_refused(tmp_path):
    with pytest.raises(BadParameter, match="has a step already"):
        given_protocol(table(tmp_path, "0,0.1,0.2,1e-11", "0,0.3,0.4,1e-11"), RECORDING)


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        ("sweep,onset,offset", ["0,0.1,0.2"], "no column 'current'"),
        ("sweep,onset,offset,current", [], "holds no step"),
        ("sweep,onset,offset,current", ["0,0.1,soon,1e-11"], "'offset' holds something"),
    ],
)
def test_a_table_that_is_none_is_said(tmp_path, header, rows, said):
    with pytest.raises(UnreadableFile, match=said):
        given_protocol(table(tmp_path, *rows, header=header), RECORDING)
    with pytest.raises(UnreadableFile, match="cannot read"):
        given_protocol(tmp_path / "absent.csv", RECORDING)


def test_a_recording_of_the_current_is_its_command():
    recording = api.read(recording_file("bluepyefe/B6_Ch3_IDRest_181.ibw"))
    found = given_protocol(recording_file("bluepyefe/B6_Ch0_IDRest_181.ibw"), recording)
    (step,) = found.steps
    assert (step.onset, step.offset) == pytest.approx((2801, 10_801), abs=2)
    assert step.measured / PICO == pytest.approx(118.7, abs=2)


def test_a_recording_of_something_else_is_refused(tmp_path):
    Npz().write_recording(tmp_path / "volts.npz", RECORDING)
    with pytest.raises(UnsupportedInput, match="holds no current"):
        given_protocol(tmp_path / "volts.npz", RECORDING)
    with pytest.raises(UnsupportedInput, match="has other sweeps"):
        given_protocol(recording_file("bluepyefe/B6_Ch0_IDRest_181.ibw"), RECORDING)
