from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spikelens import api, sort
from spikelens.choosing import choose
from spikelens.errors import BadParameter, MissingFact, UnsupportedInput
from spikelens.recording import Channel, Recording, Stimulus, Sweeps
from spikelens.sources import ArraySource


def recording_with(*channels, rate=10_000.0, mode="unknown"):
    traces = np.column_stack([values for _, values in channels])
    return Recording(
        source=ArraySource(traces),
        sampling_rate=rate,
        channels=tuple(channel for channel, _ in channels),
        sweeps=Sweeps.of_lengths([traces.shape[0]]),
        mode=mode,
    )


def membrane(n=20_000, rest=-0.070):
    trace = np.full(n, rest) + 0.5e-3 * np.random.default_rng(0).standard_normal(n)
    trace[5000:5020] += 0.080 * np.hanning(20)
    return trace


def current(n=20_000, sign=1):
    trace = 5e-12 * np.random.default_rng(1).standard_normal(n)
    for at in range(1000, n, 2000):
        trace[at : at + 20] += sign * 200e-12 * np.hanning(20)
    return trace


VM, IM = Channel("Vm", "voltage"), Channel("Im", "current")


def test_a_voltage_comes_before_a_current_whatever_the_order():
    chosen = choose(recording_with((IM, current()), (VM, membrane())))
    assert chosen.recording.channels[0].name == "Vm"
    assert chosen.recording.channels[0].index == 1
    assert chosen.recording.mode == "current-clamp"
    assert chosen.polarity == 1
    assert not chosen.recording.warnings
    assert all(choice and reason for choice, reason in chosen.reasons)


@pytest.mark.parametrize("given", ["cell.abf", membrane()], ids=["path", "array"])
def test_what_is_no_recording_is_refused_with_the_way_to_one(given):
    for use in (api.find, api.detect, sort):
        with pytest.raises(BadParameter, match=r"needs a recording, not \w+: open a file with read"):
            use(given)


@pytest.mark.parametrize(
    ("mode", "rate", "method"),
    [
        ("current-clamp", 1500.0, "adaptive"),
        ("current-clamp", 1000.0, "prominence"),
        ("cell-attached", 3000.0, "adaptive"),
        ("cell-attached", 2000.0, "bandpass_mad"),
        ("extracellular", 30_000.0, "bandpass_mad"),
    ],
)
def test_the_method_suits_the_mode_and_the_rate(mode, rate, method):
    assert api.default_method(mode, rate) == method


def test_of_two_voltages_the_one_like_a_membrane_is_taken():
    trigger = np.where(np.arange(20_000) % 5000 < 10, 5.0, 0.0)
    chosen = choose(recording_with((Channel("TTL", "voltage"), trigger), (VM, membrane())))
    assert chosen.recording.channels[0].name == "Vm"


def test_a_current_of_unknown_mode_is_refused_with_the_flag():
    recording = recording_with((IM, current()))
    with pytest.raises(MissingFact, match="--mode cell-attached"):
        choose(recording)
    for sign in (1, -1):
        chosen = choose(recording_with((IM, current(sign=sign))), mode="cell-attached")
        assert chosen.polarity == sign


def test_no_trace_of_a_cell_is_said():
    with pytest.raises(UnsupportedInput, match=r"no voltage or current channel .*temperature"):
        choose(recording_with((Channel("temperature", "other"), np.zeros(100))))


def test_small_voltages_around_zero_are_extracellular_and_point_down():
    chosen = choose(recording_with((VM, 1e-4 * np.random.default_rng(0).standard_normal(10_000))))
    assert chosen.recording.mode == "extracellular"
    assert chosen.polarity == -1


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1e3, "--scale 0.001"),  # millivolts read as volts
        (1e-3, "--scale 1000"),  # volts read as millivolts
        (10.0, "--scale 0.1"),  # a gain of ten forgotten
    ],
)
def test_a_wrong_factor_is_said_and_not_mended(factor, words):
    trace = membrane() * factor
    chosen = choose(recording_with((VM, trace), mode="current-clamp"))
    assert len(chosen.recording.warnings) == 1
    assert words in chosen.recording.warnings[0]
    np.testing.assert_allclose(chosen.recording.read()[:, 0], trace, rtol=1e-6)


def test_volts_labelled_millivolts_are_said_though_the_mode_is_guessed():
    tiny = recording_with((VM, membrane() * 1e-3))
    chosen = choose(tiny)
    assert chosen.recording.mode == "extracellular"
    assert "--scale 1000" in chosen.recording.warnings[0]
    assert not choose(tiny, mode="extracellular").recording.warnings


def test_of_a_voltage_clamp_no_way_is_said_in_which_spikes_are_sought():
    chosen = choose(recording_with((IM, current())), mode="voltage-clamp")
    assert [choice for choice, _ in chosen.reasons] == ["channel Im (current)", "mode voltage-clamp"]


def test_a_gain_of_an_amplifier_is_among_the_likely_factors():
    chosen = choose(recording_with((VM, membrane() * 20), mode="current-clamp"))
    assert "--scale 0.05" in chosen.recording.warnings[0]


@pytest.mark.parametrize("rest", [-0.090, -0.055, 0.0])
def test_cells_bring_no_warning(rest):
    assert not choose(recording_with((VM, membrane(rest=rest)), mode="current-clamp")).recording.warnings


def test_input_and_command_of_one_quantity_cannot_be():
    recording = recording_with((IM, current()), mode="cell-attached")
    command = Stimulus(recording.source, Channel("Cmd", "current"), "reconstructed")
    chosen = choose(dataclasses.replace(recording, stimulus=command))
    assert "both a current" in chosen.recording.warnings[0]


@pytest.mark.parametrize("n", [1, 2, 19])
def test_a_few_samples_are_enough(n):
    assert choose(recording_with((VM, np.full(n, -0.07)), mode="current-clamp")).polarity == 1
