"""What a simulated recording promises, over seeds, levels and sampling rates."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from spikelens.errors import BadParameter, UnknownName
from spikelens.simulation import FAMILIES, LEVELS, Simulation, parameter_groups, simulate
from spikelens.simulation.levels import ANY_LEVEL, draw_parameters

HEIGHTS = {"easy": (0.055, 0.080), "medium": (0.020, 0.040), "hard": (0.008, 0.015)}
RATES = {"easy": (0.5, 10), "medium": (0.05, 3), "hard": (0.2, 8)}


@cache
def made(
    difficulty: str, seed: int, sampling_rate: float = 10_000.0, family: str = "conductance"
) -> Simulation:
    return simulate(20.0, sampling_rate, difficulty=difficulty, seed=seed, family=family)


every_family = pytest.mark.parametrize("family", FAMILIES)
every_level = pytest.mark.parametrize("difficulty", LEVELS)
seeds = pytest.mark.parametrize("seed", range(5))


@every_family
@every_level
@seeds
def test_visible_spikes_stand_on_separate_local_maxima(family: str, difficulty: str, seed: int) -> None:
    simulation = made(difficulty, seed, family=family)
    truth, trace = simulation.truth, simulation.noise_free
    peaks = truth.sample_index[truth.visible]
    assert (np.diff(peaks) > 0).all()
    assert (np.diff(truth.time) > 0).all()
    assert (trace[peaks] > trace[peaks - 1]).all()
    assert (trace[peaks] >= trace[peaks + 1]).all()
    assert (truth.height[truth.visible] >= 0.003).all()
    assert np.isnan(truth.height[~truth.visible]).all()
    assert np.abs(truth.time[truth.visible] - peaks / 10_000).max(initial=0) <= 0.5 / 10_000


@every_family
@every_level
@seeds
def test_height_and_rate_are_those_of_the_level(family: str, difficulty: str, seed: int) -> None:
    simulation = made(difficulty, seed, family=family)
    heights = simulation.truth.height[simulation.truth.visible]
    wanted = float(str(simulation.parameters["rate"])) * 20
    assert abs(heights.size - wanted) <= max(2.0, 0.25 * wanted)
    low, high = RATES[difficulty]
    assert wanted == 0 or low * 20 <= wanted <= high * 20
    if heights.size >= 5:
        low, high = HEIGHTS[difficulty]
        assert 0.95 * low <= np.median(heights) <= 1.05 * high


def test_some_medium_cells_are_silent_and_stay_so() -> None:
    simulation = simulate(20.0, 10_000.0, seed=3, rate=0.0)
    assert len(simulation.truth) == 0
    drawn = [simulate(0.1, 1000.0, seed=s).parameters["rate"] for s in range(40)]
    assert 2 <= drawn.count(0.0) <= 14


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again = (simulate(3.0, 10_000.0, seed=5) for _ in range(2))
    assert first.recording.stored().tobytes() == again.recording.stored().tobytes()
    assert first.truth.time.tobytes() == again.truth.time.tobytes()
    other = simulate(3.0, 10_000.0, seed=6)
    assert first.recording.stored().tobytes() != other.recording.stored().tobytes()


@every_level
@pytest.mark.parametrize("sampling_rate", [1000.0, 4000.0, 20_000.0, 33_333.3, 50_000.0])
def test_the_same_seed_is_the_same_cell_at_every_sampling_rate(difficulty: str, sampling_rate: float) -> None:
    reference, other = made(difficulty, 2), made(difficulty, 2, sampling_rate)
    assert len(reference.truth) == len(other.truth)
    assert other.recording.n_samples == round(20 * sampling_rate)
    # At 1 kHz the spikes of a burst merge: there only those well apart must stay visible.
    alone = np.diff(reference.truth.time, append=np.inf) > (0.008 if sampling_rate == 1000 else 0)
    expected = reference.truth.visible & alone
    both = expected & other.truth.visible
    assert both.sum() >= 0.9 * expected.sum()
    late = np.abs(reference.truth.time - other.truth.time)[both]
    assert np.median(late) <= 0.25 / min(sampling_rate, 10_000)
    assert late.max() <= 1.5 / min(sampling_rate, 10_000)


def test_the_recording_looks_like_a_file_of_a_rig() -> None:
    recording = made("medium", 2).recording
    assert recording.stored().dtype == np.int16
    assert recording.mode == "current-clamp"
    volts = recording.read()[:, 0]
    assert -0.1 < np.median(volts) < -0.04
    assert set(recording.events.label) <= {"tone", "pulse"}


def test_an_override_leaves_every_other_parameter_as_it_was() -> None:
    plain = simulate(0.5, 1000.0, seed=1).parameters
    loud = simulate(0.5, 1000.0, seed=1, hum=0.004).parameters
    assert loud["hum"] == 0.004
    assert {k for k in plain if plain[k] != loud[k]} == {"hum"}
    assert 0.05 <= simulate(0.5, 1000.0, height=(0.05, 0.06)).parameters["height"] <= 0.06  # type: ignore[operator]


@every_family
def test_every_declared_parameter_can_be_overridden(family: str) -> None:
    chosen = {p.name: p.default for group in parameter_groups(family) for p in group.schema()}
    parameters = simulate(0.2, 1000.0, family=family, **chosen).parameters
    assert chosen.items() <= parameters.items()


def test_wrong_requests_are_refused_by_name() -> None:
    with pytest.raises(UnknownName, match="hummm"):
        simulate(1.0, hummm=1)
    with pytest.raises(UnknownName, match="easy, medium, hard"):
        simulate(1.0, difficulty="mild")
    with pytest.raises(UnknownName, match="conductance"):
        simulate(1.0, family="none")
    with pytest.raises(BadParameter, match="hum must be at least 0 V"):
        simulate(1.0, hum=-1)
    with pytest.raises(BadParameter, match="pair"):
        simulate(1.0, tones=(0, 1))
    for duration, rate in ((0.0, 1e4), (float("nan"), 1e4), (1.0, 999.0), (1.0, 50_001.0)):
        with pytest.raises(BadParameter):
            simulate(duration, rate)
    with pytest.raises(BadParameter, match="seed"):
        simulate(1.0, seed=-1)


def test_every_drawn_parameter_is_a_declared_one_within_its_bounds() -> None:
    declared = {p.name: p for family in FAMILIES for g in parameter_groups(family) for p in g.schema()}
    drawn = ANY_LEVEL.keys() | {name for level in LEVELS.values() for name in level}
    assert drawn <= declared.keys()
    for seed in range(30):
        for difficulty in LEVELS:
            # Made from its draws, a group checks its own bounds.
            for family in FAMILIES:
                draw_parameters(parameter_groups(family), difficulty, seed, {})


def test_tones_call_spikes_and_are_events_of_the_recording() -> None:
    asked = {"tones": True, "tone_interval": 0.5, "tone_strength": 8.0, "tone_reliability": 1.0}
    simulation = simulate(10.0, 10_000.0, seed=4, rate=1.5, volley_rate=0.0, burst_rate=0.0, **asked)
    events = simulation.recording.events
    tones = events.where(np.array(events.label) == "tone")
    np.testing.assert_allclose(np.diff(tones.start), 0.5)
    np.testing.assert_allclose(tones.stop - tones.start, 0.025)
    assert np.mean(simulation.truth.kind == "evoked") > 0.5


def test_what_happens_to_the_recording_is_among_the_events() -> None:
    loud = {"artefact_rate": 2.0, "jump_rate": 1.0, "seal_loss": 0.5, "noise": 0.0, "hum": 0.0, "drift": 0.0}
    simulation = simulate(10.0, 10_000.0, seed=1, rate=0.0, heartbeat=0.0, jump_size=0.005, **loud)
    labels = simulation.events.label
    assert labels.count("artefact") > 5 and labels.count("jump") > 3 and labels.count("seal loss") == 1
    added = simulation.recording.read()[:, 0] - simulation.noise_free
    jumps = simulation.events.where(np.array(labels) == "jump")
    for at, size in zip(jumps.start, jumps.value, strict=True):
        before, after = (np.median(added[round((at + d) * 1e4) :][:200]) for d in (-0.025, 0.005))
        assert abs(after - before - size) < 1e-3
    late = simulation.noise_free[-1000:].mean() / simulation.noise_free[: 5 * 10_000].mean()
    assert 0.35 < late < 0.65


def test_pulses_move_the_cell_and_stand_in_the_stimulus() -> None:
    simulation = simulate(3.0, 10_000.0, rate=0.0, pulses=True, pulse_current=-2e-10, pulse_duration=0.2)
    recording = simulation.recording
    assert recording.stimulus is not None
    sent = recording.stimulus.read(0, recording.n_samples)
    assert sent.min() == np.float32(-2e-10) and sent.max() == 0
    assert simulation.noise_free[sent < 0].mean() < simulation.noise_free[sent == 0].mean() - 0.001


def test_pulses_climb_a_ladder() -> None:
    asked = {"rate": 0.0, "pulses": True, "pulse_current": 4e-10, "pulse_interval": 0.5}
    events = simulate(4.0, 10_000.0, pulse_ladder=4, tones=False, **asked).recording.events
    np.testing.assert_allclose(events.value, 1e-10 * np.resize([1, 2, 3, 4], len(events)))


def test_noise_hum_and_drift_are_as_large_as_asked() -> None:
    still = {"noise": 0.0, "hum": 0.0, "drift": 0.0, "heartbeat": 0.0, "jump_rate": 0.0, "artefact_rate": 0.0}
    still |= {"rate": 0.0, "pulses": False, "bridge_error": 0.0}

    def added(**changes: float) -> np.ndarray:
        simulation = simulate(10.0, 20_000.0, **{**still, **changes})  # type: ignore[arg-type]
        return simulation.recording.read()[:, 0] - simulation.noise_free

    assert np.abs(added()).max() <= 0.51 / 32768
    assert abs(added(noise=0.001).std() - 0.001) < 2e-4
    assert abs(added(hum=0.001).std() - 0.001 * np.sqrt((1 + 0.15**2 + 0.4**2 + 0.2**2) / 2)) < 2e-5
    assert 2e-4 < added(drift=0.001).std() < 3e-3
