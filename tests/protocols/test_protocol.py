"""Which step is the step, and what is no step at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens import api
from spikelens.errors import MissingFact, UnsupportedInput
from spikelens.protocols.plateaus import command_of
from spikelens.protocols.protocol import protocol_of
from spikelens.protocols.recognising import recognise
from spikelens.recording import Channel, Recording, Stimulus
from spikelens.sources import ArraySource
from tests.data import recording_file

RATE = 10_000.0
PICO = 1e-12


def trace(*pulses: tuple[float, float, float], holding: float = 0.0, noise: float = 0.0, seed: int = 0):
    """A second of command with pulses from, to (s) and of (pA)."""
    made = np.full(10_000, holding)
    for start, stop, level in pulses:
        made[round(start * RATE) : round(stop * RATE)] += level
    return PICO * (made + noise * np.random.default_rng(seed).standard_normal(made.size))


def protocol(*traces, origin="reconstructed"):
    return protocol_of([command_of(t, RATE) for t in traces], RATE, origin)


@given(
    onset=st.floats(0.01, 0.4),
    length=st.floats(0.01, 0.5),
    current=st.floats(20, 400) | st.floats(-400, -20),
    holding=st.floats(-50, 50),
    noise=st.sampled_from([0.0, 0.5, 3.0]),
)
def test_a_step_is_found_where_it_is(onset, length, current, holding, noise):
    made = trace((onset, onset + length, current), holding=holding, noise=noise)
    found = protocol(made, origin="recorded").steps[0]
    allowed = 0 if noise == 0 else 3
    assert abs(found.onset - round(onset * RATE)) <= allowed
    assert abs(found.offset - round((onset + length) * RATE)) <= allowed
    assert found.measured / PICO == pytest.approx(current, abs=0.02 + 0.5 * noise)
    assert found.current / PICO == pytest.approx(current, abs=0.51 + 0.5 * noise)
    assert found.holding / PICO == pytest.approx(holding, abs=0.02 + 0.5 * noise)


def test_the_step_that_varies_is_chosen_before_a_longer_test_pulse():
    found = protocol(*(trace((0.1, 0.3, k), (0.5, 0.9, -50)) for k in (-20, 0, 20, 40)))
    assert [round(s.current / PICO) for s in found.steps] == [-20, 0, 20, 40]
    assert {(s.onset, s.offset) for s in found.steps} == {(1000, 3000)}
    assert "varies between sweeps, unlike that of another pulse" in found.reasons[-1][1]
    assert {s.free_to for s in found.steps} == {5000}


def test_a_step_from_holding_is_chosen_before_one_after_a_prepulse():
    made = [trace((0.1, 0.2, k), (0.4, 0.6, -50), (0.6, 0.9, k)) for k in (-50, 25, 50)]
    found = protocol(*made)
    assert {(s.onset, s.offset) for s in found.steps} == {(1000, 2000)}
    assert "starts from the holding current" in found.reasons[-1][1]


def test_of_one_sweep_the_longest_pulse_is_the_step():
    found = protocol(trace((0.1, 0.102, 2000), (0.2, 0.45, -50), (0.6, 0.602, 2000)))
    assert (found.steps[0].onset, round(found.steps[0].current / PICO)) == (2000, -50)
    assert (found.steps[0].free_from, found.steps[0].free_to) == (1020, 6000)
    assert found.reasons[-1][1] == "the longest of several"


def test_sweeps_of_unequal_protocol_are_taken_or_left_with_a_word():
    ramp = np.linspace(0, 50e-12, 10_000)
    made = [trace((0.1, 0.3, 20)), trace((0.1, 0.3, 40)), trace((0.5, 0.8, 30))]
    found = protocol(*made, trace((0.15, 0.2, 9), (0.22, 0.3, 30)), ramp)
    assert [(s.sweep, s.onset, round(s.current / PICO)) for s in found.steps] == [
        (0, 1000, 20),
        (1, 1000, 40),
        (2, 1000, 0),
    ]
    assert dict(found.left_out) == {
        3: "no step where the other sweeps have theirs",
        4: "the command is a ramp",
    }


def test_a_sweep_with_its_step_elsewhere_across_the_usual_one_says_so():
    found = protocol(trace((0.1, 0.3, 20)), trace((0.1, 0.3, 40)), trace((0.2, 0.8, 30)))
    assert (found.steps[2].onset, found.steps[2].offset) == (2000, 8000)
    assert found.steps[2].note == "step at another time"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (trace(), "flat at 0 pA"),
        (trace(holding=-35), "flat at -35 pA"),
        (trace(noise=2.0), "flat"),
        (np.linspace(0, 1e-10, 10_000), "a ramp"),
        (1e-10 * np.sin(np.arange(10_000) / 300), "neither steps nor a ramp"),
        (np.cumsum(np.random.default_rng(0).standard_normal(10_000)) * 1e-12, "neither steps nor a ramp"),
    ],
)
def test_what_is_no_step_is_said(made, said):
    with pytest.raises(UnsupportedInput, match=said):
        protocol(made, made)


def test_a_step_that_ends_with_the_sweep_has_nothing_after_it():
    step = protocol(trace((0.4, 1.0, 50))).steps[0]
    assert (step.offset, step.free_to) == (10_000, 10_000)


def recording(command: np.ndarray | None, current: np.ndarray | None = None, origin="reconstructed"):
    columns = [np.full(10_000, -0.07)] + ([current] if current is not None else [])
    made = Recording.from_array(np.column_stack(columns), RATE)
    if current is not None:
        made = replace(made, channels=(Channel("Vm"), Channel("Im", "current")))
    if command is None:
        return made
    stimulus = Stimulus(ArraySource(command[:, None]), Channel("cmd", "current"), origin)
    return replace(made, stimulus=stimulus)


def test_a_current_beside_is_measured_and_believed_if_it_agrees():
    found = recognise(recording(trace((0.2, 0.6, -50)), trace((0.2, 0.6, -48), holding=7, noise=1)))
    assert found.steps[0].measured / PICO == pytest.approx(-48, abs=0.3)
    assert found.steps[0].amperes == found.steps[0].measured
    assert round(found.steps[0].current / PICO) == -50
    wrong = recognise(recording(trace((0.2, 0.6, -50)), trace((0.2, 0.6, -500))))
    assert np.isnan(wrong.steps[0].measured) and wrong.steps[0].amperes == wrong.steps[0].current
    assert "shows -500 pA where the command is -50 pA" in wrong.warnings[0]


def test_steps_come_from_the_measured_current_where_the_command_is_flat_or_unknown():
    measured = trace((0.2, 0.6, -50), noise=1)
    for command in (None, trace()):
        found = recognise(recording(command, measured))
        assert found.origin == "recorded" and "the current Im" in found.reasons[0][0]


def test_nothing_known_and_nothing_there_are_told_apart():
    with pytest.raises(MissingFact, match=r"--protocol steps\.csv"):
        recognise(recording(None))
    with pytest.raises(UnsupportedInput, match=r"flat at 0 pA.*--protocol"):
        recognise(recording(trace()))


@pytest.mark.parametrize(
    ("name", "onset", "offset", "currents"),
    [
        ("pyabf/171116sh_0018.abf", 2937, 12937, range(-100, 301, 25)),
        ("pyabf/17o05028_ic_steps.abf", 2937, 12937, range(-50, 101, 10)),
        ("pyabf/2019_07_24_0055_fsi.abf", 2937, 12937, range(-100, 301, 25)),
        ("pyabf/18425108.abf", 6250, 12500, [-50]),
    ],
)
def test_real_protocols(name, onset, offset, currents):
    found = recognise(api.read(recording_file(name)))
    assert [round(s.current / PICO) for s in found.steps] == list(currents)
    assert {(s.onset, s.offset) for s in found.steps} == {(onset, offset)}
    assert not found.left_out


def test_a_recorded_command_with_a_test_pulse():
    found = recognise(api.read(recording_file("nwbshowcase/LantyerEtAl2018_180817_ME_9_CC.nwb")))
    assert found.origin == "recorded"
    amps = np.array([s.measured for s in found.steps]) / PICO
    np.testing.assert_allclose(amps, 40.27 * np.arange(1, 11), rtol=3e-3)
    assert all(abs(s.onset - 2002) <= 2 and s.free_to > 21_990 for s in found.steps)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pyabf/171116sh_0016.abf", "a ramp"),
        ("pyabf/2019_05_02_DIC2_0011.abf", "flat at -35 pA"),
        ("pyabf/opto_aps_good_units.abf", "flat at 0 pA"),
    ],
)
def test_real_commands_without_steps(name, said):
    with pytest.raises(UnsupportedInput, match=said):
        recognise(api.read(recording_file(name)))
