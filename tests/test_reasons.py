"""Why a candidate was rejected: told from the trace, the stimulus and the mains, as planted."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spikelens import api
from spikelens.reasons import _PIECE, with_reasons
from spikelens.recording import Channel, Events, Recording, Stimulus
from spikelens.sources import ArraySource
from spikelens.spikes import Spikes
from tests.factory import make_recording, make_spikes

RATE = 20_000.0
AT = 10_000


def rejected(
    recording: Recording,
    indices: list[int],
    *,
    verdict: str = "artefact",
    probability: float = 0.01,
    accepted: list[int] | None = None,
) -> Spikes:
    spikes = make_spikes(recording, accepted or [], rejected=indices)
    columns = {
        "verdict": np.full(len(indices), verdict),
        "probability": np.full(len(indices), probability, np.float32),
    }
    made = dataclasses.replace(spikes.provenance, parameters={"cut": 0.5})
    return dataclasses.replace(spikes, candidates=spikes.candidates.with_columns(columns), provenance=made)


def reasons(recording: Recording, spikes: Spikes) -> list[str]:
    return with_reasons(recording, spikes).candidates["reason"].tolist()


def pulse(shape: np.ndarray) -> Recording:
    """A quiet trace with a shape (V) from sample `AT` on."""
    trace = -0.065 + 1e-4 * np.random.default_rng(0).standard_normal(20_000)
    trace[AT : AT + shape.size] += shape
    return Recording.from_array(trace.astype(np.float32), RATE)


SPIKE = 0.02 * np.exp(-np.arange(40) / 3)


def with_command(recording: Recording, current: np.ndarray) -> Recording:
    command = Stimulus(ArraySource(current[:, None]), Channel("cmd", "current", 1e-12), "recorded")
    return dataclasses.replace(recording, stimulus=command)


def test_a_sharp_event_is_a_transient() -> None:
    recording = pulse(SPIKE)
    assert reasons(recording, rejected(recording, [AT])) == [
        "transient: sharper than the spikes of this recording"
    ]


@pytest.mark.parametrize("way", [1, -1])
def test_a_level_that_does_not_come_back_is_a_jump(way: int) -> None:
    recording = pulse(0.02 * way * np.ones(10_000))
    (said,) = reasons(recording, rejected(recording, [AT]))
    assert said.startswith("contact jump")


def test_a_level_that_changes_slowly_is_no_jump() -> None:
    recording = pulse(0.02 * np.minimum(np.arange(10_000) / 100, 1))
    (said,) = reasons(recording, rejected(recording, [AT + 60]))
    assert said.startswith("transient")


def test_a_jump_at_the_edge_of_a_sweep_is_not_told_from_what_lies_beyond_it() -> None:
    plain = pulse(0.02 * np.ones(10_000))
    recording = Recording.from_array(plain.read()[:, 0], RATE, sweep_lengths=[AT + 30, 20_000 - AT - 30])
    (said,) = reasons(recording, rejected(recording, [AT]))
    assert said.startswith("transient")


@pytest.mark.parametrize(
    ("late", "is_edge"), [(0, True), (10, True), (36, True), (60, False), (-5, True), (-30, False)]
)
def test_what_follows_a_change_of_the_command_is_its_edge(late: int, is_edge: bool) -> None:
    current = np.zeros(20_000)
    current[AT - late :] = 150
    noisy = current + np.random.default_rng(1).normal(0, 2, current.size)
    for command in (current, noisy, -noisy):
        recording = with_command(pulse(SPIKE), command)
        (said,) = reasons(recording, rejected(recording, [AT]))
        assert said.startswith("stimulus edge") == is_edge


@pytest.mark.parametrize("command", [np.zeros(20_000), np.random.default_rng(2).normal(0, 1, 20_000)])
def test_a_command_that_does_nothing_explains_nothing(command: np.ndarray) -> None:
    recording = with_command(pulse(SPIKE), command)
    (said,) = reasons(recording, rejected(recording, [AT]))
    assert said.startswith("transient")


def test_a_long_command_is_read_in_pieces() -> None:
    n = _PIECE + 20_000
    current = np.zeros(n, np.int16)
    current[100:200], current[n - AT :] = 100, 100
    trace = np.zeros(n, np.float32)
    recording = with_command(Recording.from_array(trace, RATE), current)
    said = reasons(recording, rejected(recording, [110, n - AT + 4, n - 50]))
    assert [words.split(":")[0] for words in said] == ["stimulus edge", "stimulus edge", "transient"]


def test_events_of_the_protocol_have_edges_and_what_was_blanked_has_none() -> None:
    at = AT / RATE
    for event, is_edge in (
        (Events.at([at - 5e-4], [at + 0.1], source="ttl"), True),
        (Events.at([at - 0.1], [at - 5e-4], source="epoch"), True),
        (Events.at([at - 0.1], [at + 0.1], source="ttl"), False),
        (Events.at([at - 5e-4], [at - 4e-4], label="blank", source="ttl"), False),
    ):
        recording = dataclasses.replace(pulse(SPIKE), events=event)
        (said,) = reasons(recording, rejected(recording, [AT]))
        assert said.startswith("stimulus edge") == is_edge
    elsewhere = dataclasses.replace(Events.at([at - 5e-4], source="ttl"), clock="session")
    recording = dataclasses.replace(pulse(SPIKE), events=elsewhere)
    assert reasons(recording, rejected(recording, [AT]))[0].startswith("transient")


@pytest.mark.parametrize(
    ("frequency", "named"),
    [(50.0, "hum: in step with mains of 50 Hz"), (60.0, "hum: in step with mains of 60 Hz")],
)
def test_artefacts_in_step_with_the_mains_are_hum(frequency: float, named: str) -> None:
    recording = make_recording([], n_samples=60_000)
    rng = np.random.default_rng(3)
    steps = np.cumsum(rng.choice([1, 1, 1, 2], 80)) / frequency + rng.normal(0, 2e-4, 80)
    said = reasons(recording, rejected(recording, [round(t * RATE) for t in steps]))
    assert said.count(named) > 0.9 * len(said)


def test_few_or_irregular_artefacts_are_no_hum() -> None:
    recording = make_recording([], n_samples=200_000)
    few = [round(k * RATE / 50) for k in range(1, 30)]
    irregular = np.unique(np.random.default_rng(4).integers(100, 199_000, 200)).tolist()
    for indices in (few, irregular):
        assert not any("hum" in words for words in reasons(recording, rejected(recording, indices)))


def test_doubtful_ones_are_told_by_probability_or_by_what_they_echo() -> None:
    recording = make_recording([5_000])
    spikes = rejected(recording, [5_014, 9_000], verdict="synaptic", probability=0.9, accepted=[5_000])
    echo, other = reasons(recording, spikes)
    assert echo == "likely enough, but 0.7 ms from a spike that is likelier or higher"
    assert "that is likelier" in other
    below = rejected(recording, [9_000], verdict="synaptic", probability=0.31, accepted=[5_000])
    assert reasons(recording, below) == ["probability 0.31, below the cut of 0.5"]
    near = rejected(recording, [5_014], verdict="synaptic", probability=0.04, accepted=[5_000])
    assert reasons(recording, near) == ["probability 0.04, below the cut of 0.5; 0.7 ms from a spike"]


def test_a_spike_beyond_a_wall_is_not_beside_a_candidate() -> None:
    recording = make_recording([5_000], sweep_lengths=[5_010, 14_990])
    spikes = rejected(
        recording, [5_005, 5_014, 5_050], verdict="synaptic", probability=0.04, accepted=[5_000, 5_040]
    )
    distances = [reason.partition("; ")[2] for reason in reasons(recording, spikes)]
    assert distances == ["0.25 ms from a spike", "1.3 ms from a spike", "0.5 ms from a spike"]
    alone = rejected(recording, [5_014], verdict="synaptic", probability=0.04, accepted=[5_000])
    assert reasons(recording, alone) == ["probability 0.04, below the cut of 0.5"]


def test_small_ones_are_told_with_or_without_a_probability() -> None:
    recording = make_recording([])
    small = rejected(recording, [9_000], verdict="too_small", probability=0.4)
    assert reasons(recording, small) == [
        "probability 0.40, but spikes here cannot be told from the background"
    ]
    unknown = rejected(recording, [9_000], verdict="too_small", probability=np.nan)
    assert reasons(recording, unknown) == ["smaller than by_hand asks of a spike"]


@pytest.mark.parametrize("method", ["adaptive", "bandpass_mad", "prominence"])
def test_every_rejected_candidate_of_every_method_has_a_reason(method: str) -> None:
    recording = make_recording([4_000, 9_000])
    spikes = with_reasons(recording, api.detect(recording, method))
    assert "reason" not in spikes
    assert (spikes.candidates["reason"] != "").all()
    nothing = make_spikes(recording, [4_000])
    assert with_reasons(recording, nothing) is nothing
