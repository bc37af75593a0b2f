"""What is said of a recording: true to the figures, and worse for worse recordings."""

from __future__ import annotations

import numpy as np

from spikelens import api
from spikelens.choosing import choose
from spikelens.judging import Judgement, judge
from spikelens.simulation import simulate


def judged(**facts: object) -> Judgement:
    recording = simulate(20, 10_000, seed=4, **{"rate": 2.0, **facts}).recording
    chosen = choose(recording)
    return judge(chosen, api.detect(chosen, "adaptive"))


def test_a_clear_recording_is_trusted() -> None:
    made = judged(difficulty="easy")
    assert made.n_spikes > 10
    assert made.expected_precision > 0.95
    assert made.height_over_noise > 50
    assert made.found_again[0][1] >= 0.9
    assert made.smallest_found <= made.found_again[0][0]
    assert "estimates, not bounds" in made.words()


def test_spikes_close_to_the_noise_are_told_apart_less_well() -> None:
    clear, poor = judged(difficulty="medium"), judged(difficulty="hard", height=0.006, noise=7e-4)
    assert poor.height_over_noise < clear.height_over_noise
    if poor.found_again:
        assert poor.found_again[-1][1] <= clear.found_again[-1][1] + 0.05


def test_nothing_found_is_said_plainly() -> None:
    made = judged(difficulty="easy", rate=0.0)
    assert made.n_spikes == 0
    assert np.isnan(made.expected_precision)
    assert made.found_again == ()
    assert "No spikes were accepted" in made.words()


def test_slow_sampling_is_warned_of() -> None:
    recording = simulate(20, 2_000, difficulty="easy", seed=1, rate=2.0).recording
    chosen = choose(recording)
    made = judge(chosen, api.detect(chosen, "adaptive"))
    assert any("3 kHz" in warning for warning in made.warnings)
