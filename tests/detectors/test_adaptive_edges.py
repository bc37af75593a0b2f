"""The learned detector on shapes that no cell in training had, at their edges, and in pieces."""

from __future__ import annotations

import numpy as np
import pytest
from tests.detectors.test_adaptive import RATE, found_in, noise, planted, scored

from spikelens import api
from spikelens.simulation import simulate


@pytest.mark.parametrize("height", [0.02, 0.04])
@pytest.mark.parametrize("duration", [0.05, 0.3, 1.0])
def test_plateaus_of_any_length_are_no_spikes_and_hide_none(height: float, duration: float) -> None:
    times = np.array([1.0, 2.1, 5.0, 8.1])
    trace = planted(times)
    edge = np.hanning(600)
    plateau = np.concatenate([edge[:300], np.ones(round(duration * RATE)), edge[300:]])
    for start in (2.0, 8.0):
        first = round(start * RATE)
        trace[first : first + plateau.size] += height * plateau
    assert scored(found_in(trace), times).f1 == 1


@pytest.mark.parametrize("lead", [-3e-3, 2.2e-3, 3.5e-3])
@pytest.mark.parametrize("height", [0.07, 2.0])
def test_a_stimulus_just_before_or_after_spikes_hides_none(height: float, lead: float) -> None:
    times = np.arange(0.5, 9.5, 0.4)
    trace = planted(times)
    stimuli = times[::2] - lead
    box = np.convolve(np.ones(round(4e-4 * RATE)), [0.25, 0.5, 0.25])
    for start in stimuli:
        first = round((start - 2e-4) * RATE)
        trace[first : first + box.size] += height * box
    found = found_in(trace)
    assert scored(found, times).recall == 1
    assert not (np.abs(found.time[:, None] - stimuli) < 3e-4).any()
    told = found.candidates
    assert told is not None
    beside = (np.abs(told.time[:, None] - stimuli) < 3e-4).any(axis=1)
    assert beside.sum() == stimuli.size and set(told["verdict"][beside]) == {"artefact"}


@pytest.mark.parametrize("decay", [2e-4, 5e-4, 1e-3, 2e-3, 4e-3])
def test_what_jumps_and_decays_is_no_spike_however_high(decay: float) -> None:
    times = np.arange(0.5, 9.5, 0.4)
    trace = planted(times)
    t = np.arange(round(0.02 * RATE)) / RATE
    for start in times[::2] - 0.15:
        first = round(start * RATE)
        trace[first : first + t.size] += 0.07 * np.exp(-t / decay)
    score = scored(found_in(trace), times)
    assert score.recall == score.precision == 1


@pytest.mark.parametrize("height", [0.01, 0.02, 0.03])
@pytest.mark.parametrize(
    ("charged", "constant"), [(2e-3, 0.005), (2e-3, 0.01), (5e-3, 0.01), (5e-3, 0.02), (1e-2, 0.02)]
)
def test_what_pulses_make_of_a_passive_membrane_is_no_spike(
    height: float, charged: float, constant: float
) -> None:
    found = found_in(noise(10.0) + answers(charged, constant, height))
    assert len(found) == 0
    assert found.candidates is not None
    # The smallest may also be left as too small to tell.
    assert np.isin(found.candidates["verdict"], ["artefact", "too_small"]).sum() >= 20
    assert height == 0.01 or (found.candidates["verdict"] == "artefact").sum() >= 20


def test_pulses_that_make_a_cell_fire_hide_no_spike() -> None:
    times = np.arange(0.3055, 9.5, 0.4)
    trace = planted(times) + answers(5e-3, 0.01, 0.02)
    assert scored(found_in(trace), times).f1 == 1


def answers(charged: float, constant: float, height: float) -> np.ndarray:
    """What pulses every 0.4 s make of a membrane with a time constant (s) in 10 s, V."""
    t = np.arange(round(0.4 * RATE)) / RATE - 0.3
    rising = 1 - np.exp(-np.clip(t, 0, charged) / constant)
    one = height * rising * np.exp(-np.clip(t - charged, 0, None) / constant) / rising.max()
    return np.asarray(np.tile(one, 25))


def test_a_few_fast_spikes_among_broad_ones_are_no_artefacts() -> None:
    fast = np.arange(0.75, 9.5, 1.0)
    trace = planted(fast)
    t = np.arange(-0.03, 0.06, 1 / RATE)
    broad = 0.04 * np.where(t < 0, np.exp(-0.5 * (t / 1.4e-3) ** 2), np.exp(-t / 4.4e-3))
    for start in np.arange(0.5, 9.5, 0.25)[::2]:
        first = round((start - 0.03) * RATE)
        trace[first : first + broad.size] += broad
    assert scored(found_in(trace), fast).recall == 1


@pytest.mark.parametrize("lost", [0.3, 0.12])
def test_what_is_left_of_a_lost_seal_is_no_train_of_false_spikes(lost: float) -> None:
    """Half way the seal goes at once: spikes shrink, noise grows, and the baseline leaves for zero."""
    times = np.arange(0.5, 29.5, 0.25)
    trace = planted(times, seconds=30, height=np.where(times < 15, 1.0, lost))
    t = np.arange(trace.size) / RATE
    trace += 0.045 / (1 + np.exp(-(t - 15) / 0.2))
    trace += np.where(t > 15, np.random.default_rng(1).normal(0, 6e-4, t.size), 0)
    assert scored(found_in(trace), times).f1 > 0.97


def test_the_mirror_image_has_the_same_numbers_turned_over() -> None:
    trace = planted(np.arange(0.5, 9.5, 0.4)).astype(np.float32)
    up, down = found_in(trace), found_in(-trace, sign=-1)
    for name in ("time", "probability", "verdict"):
        assert np.array_equal(up[name], down[name])
        assert np.array_equal(up.candidates[name], down.candidates[name])
    np.testing.assert_allclose(down.height, -up.height, rtol=1e-6)


@pytest.mark.parametrize("seconds", [1e-3, 0.02, 0.2])
def test_recordings_too_short_for_anything_have_nothing(seconds: float) -> None:
    assert len(found_in(noise(seconds))) == 0


@pytest.mark.parametrize("sampling_rate", [4_000, 10_000, 50_000])
@pytest.mark.parametrize("chunk", [0.1, 0.37, 3.1, 20.0])
def test_same_bytes_for_every_chunk_size(chunk: float, sampling_rate: int) -> None:
    made = simulate(20, sampling_rate, difficulty="hard", seed=5, rate=4.0)
    whole = api.detect(made.recording, "adaptive", chunk_duration=1e3)
    cut = api.detect(made.recording, "adaptive", chunk_duration=chunk)
    assert len(whole) and len(whole.candidates)
    for name in whole.columns:
        assert whole[name].tobytes() == cut[name].tobytes()
        assert whole.candidates[name].tobytes() == cut.candidates[name].tobytes()
