"""The learned detector on what it must not fall for, and on what it must find."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest

from spikelens import api
from spikelens.choosing import Chosen
from spikelens.detectors._trained import shipped
from spikelens.recording import Recording
from spikelens.scoring import Score, score_times
from spikelens.simulation import simulate
from spikelens.spikes import Spikes
from spikelens.training.recipe import digest

RATE = 20_000.0


def found_in(trace: np.ndarray, *, sign: int = 1, rate: float = RATE, **facts: object) -> Spikes:
    recording = Recording.from_array(np.asarray(trace, np.float32), rate, mode="current-clamp", **facts)
    return api.detect(Chosen(recording, sign, ()), "adaptive")


def noise(seconds: float = 10.0, level: float = 2e-4, seed: int = 0) -> np.ndarray:
    return -0.065 + np.random.default_rng(seed).normal(0, level, round(seconds * RATE))


def spike(width: float = 1.0) -> np.ndarray:
    """A spike of 80 mV with a trough, 7 ms long; its peak is 2 ms after the start."""
    t = (np.arange(round(7e-3 * RATE)) / RATE - 2e-3) / width
    rise = np.exp(-0.5 * (t / 2.5e-4) ** 2)
    fall = np.exp(-0.5 * (t / 4.5e-4) ** 2)
    return 0.085 * np.where(t < 0, rise, fall) - 0.006 * np.exp(-0.5 * ((t - 2.5e-3) / 1.2e-3) ** 2)


def planted(times: np.ndarray, *, seconds: float = 10.0, height: np.ndarray | float = 1.0) -> np.ndarray:
    trace = noise(seconds)
    for start, size in zip(times, np.broadcast_to(height, np.shape(times)), strict=True):
        first = round(start * RATE) - round(2e-3 * RATE)
        trace[first : first + spike().size] += size * spike()
    return trace


def scored(found: Spikes, times: np.ndarray) -> Score:
    return score_times(np.asarray(times), found.time)


def test_silence_gives_nothing() -> None:
    assert len(found_in(np.full(40_000, -0.065))) == 0


@pytest.mark.parametrize("seed", range(3))
def test_pure_noise_gives_nothing(seed: int) -> None:
    assert len(found_in(noise(20, seed=seed))) == 0


@pytest.mark.parametrize("frequency", [50.0, 60.0])
def test_pure_hum_gives_nothing(frequency: float) -> None:
    t = np.arange(200_000) / RATE
    hum = sum(
        w * np.sin(2 * np.pi * frequency * k * t + k) for k, w in ((1, 1.0), (2, 0.2), (3, 0.4), (5, 0.2))
    )
    assert len(found_in(noise(10, 5e-5) + 2e-3 * hum)) == 0


def test_artefacts_alone_are_no_spikes() -> None:
    trace = noise(20)
    at = np.arange(10_000, 390_000, 20_000)
    for k, place in enumerate(at):
        trace[place : place + 200] += 0.02 * (-1) ** k * np.exp(-np.arange(200) / 3)
    found = found_in(trace)
    assert len(found) <= 1
    assert found.candidates is not None
    near = np.abs(found.candidates.sample_index[:, None] - at).min(axis=1) < 30
    named = found.candidates["verdict"][near]
    assert (named == "artefact").mean() > 0.8


def test_one_spike_is_one_spike() -> None:
    found = found_in(planted(np.array([5.0])))
    assert scored(found, np.array([5.0])).f1 == 1
    assert found.probability[0] > 0.5


def test_firing_at_100_hz_is_found_whole() -> None:
    times = np.arange(1.0, 9.0, 0.01)
    assert scored(found_in(planted(times)), times).f1 > 0.99


def test_a_plateau_potential_is_no_spike() -> None:
    trace = planted(np.array([2.0, 8.0]))
    edge = np.hanning(2_000)
    plateau = np.concatenate([edge[:1_000], np.ones(6_000), edge[1_000:]])
    trace[80_000 : 80_000 + plateau.size] += 0.03 * plateau
    assert scored(found_in(trace), np.array([2.0, 8.0])).f1 == 1


def test_a_burst_of_shrinking_spikes_is_found_whole() -> None:
    starts = np.arange(1.0, 9.0, 0.5)
    times = (starts[:, None] + np.arange(4) * 0.005).ravel()
    heights = np.tile([1.0, 0.8, 0.62, 0.5], starts.size)
    assert scored(found_in(planted(times, height=heights)), times).f1 > 0.97


def test_spikes_are_followed_as_the_seal_goes() -> None:
    times = np.arange(0.5, 29.5, 0.25)
    heights = np.where(times < 15, 1.0, np.maximum(1 - (times - 15) / 16, 0.12))
    assert scored(found_in(planted(times, seconds=30, height=heights)), times).f1 > 0.97


def test_inverted_spikes_are_found_the_other_way() -> None:
    times = np.arange(0.5, 9.5, 0.5)
    assert scored(found_in(-planted(times), sign=-1), times).f1 == 1


def test_extracellular_units_and_cell_attached_currents_are_found() -> None:
    times = np.arange(0.5, 9.5, 0.2)
    fast = np.gradient(spike() / 0.085) * -6
    for scale, level in ((1e-4, 6e-6), (5e-11, 3e-12)):
        trace = np.random.default_rng(0).normal(0, level, 200_000)
        for start in times:
            first = round(start * RATE) - round(2e-3 * RATE)
            trace[first : first + fast.size] += scale * fast
        peak = (np.argmax(fast) - round(2e-3 * RATE)) / RATE
        assert scored(found_in(trace), times + peak).f1 > 0.9


@pytest.mark.parametrize("family", ["conductance", "integrate-and-fire"])
@pytest.mark.parametrize("rate", [4_000.0, 10_000.0, 50_000.0])
def test_simulated_cells_of_the_usual_kind(family: str, rate: float) -> None:
    made = simulate(30, rate, difficulty="medium", seed=11, family=family, rate=2.0)
    found = api.detect(made.recording, "adaptive")
    seen = made.truth.visible
    score = score_times(np.sort(made.truth.time[seen]), found.time, ignore=made.truth.time[~seen])
    assert score.f1 > 0.97


@pytest.mark.parametrize("chunk", [0.37, 3.1])
def test_same_bytes_for_every_chunk_size(chunk: float) -> None:
    made = simulate(20, 10_000, difficulty="hard", seed=5, rate=4.0)
    whole = api.detect(made.recording, "adaptive", chunk_duration=1e3)
    cut = api.detect(made.recording, "adaptive", chunk_duration=chunk)
    for name in ("time", "height", "probability", "verdict"):
        assert np.array_equal(whole[name], cut[name])
        assert np.array_equal(whole.candidates[name], cut.candidates[name])


def test_the_cut_moves_precision_against_recall() -> None:
    recording = simulate(30, 10_000, difficulty="hard", seed=7, rate=4.0).recording
    counts = [len(api.detect(recording, "adaptive", cut=cut)) for cut in (0.05, 0.5, 0.95)]
    assert counts[0] >= counts[1] >= counts[2]
    assert counts[0] > counts[2]


def test_the_shipped_model_is_what_its_card_says() -> None:
    folder = files("spikelens").joinpath("shipped")
    assert len(folder.joinpath("adaptive.npz").read_bytes()) < 1_000_000
    card = json.loads(folder.joinpath("adaptive.json").read_text("utf-8"))
    assert card["digest"] == digest(shipped().answers.to_arrays())
    assert card["trained_on"] == "simulated recordings alone"


def test_a_shoulder_is_unlikely_once_it_is_taken_for_a_part_of_its_spike() -> None:
    times = np.arange(0.5, 9.5, 0.1)
    trace = planted(times)
    bump = 0.03 * np.exp(-0.5 * ((np.arange(60) - 30) / 6) ** 2)
    for start in times:
        first = round(start * RATE) - round(2e-3 * RATE) - 30
        trace[first : first + bump.size] += bump
    found = found_in(trace)
    assert scored(found, times).f1 == 1
    assert found.candidates is not None
    near = np.abs(found.candidates.time[:, None] - times).min(axis=1)
    shoulders = found.candidates.take((near > 1e-3) & (near < 3e-3))
    assert len(shoulders) > 0
    assert shoulders.probability.max() < 0.1
