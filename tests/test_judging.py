"""What is said of a recording: true to the figures, worse for worse recordings, and within bounds of work."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens import api, judging
from spikelens.choosing import choose
from spikelens.detectors.adaptive import Adaptive
from spikelens.judging import Judgement, judge
from spikelens.recording import Recording
from spikelens.simulation import simulate
from tests.factory import make_recording, make_trace


def made_of(recording: Recording, *, inject: bool = True) -> Judgement:
    chosen = choose(recording)
    made = judge(chosen, api.detect(chosen, "adaptive"), inject=inject)
    assert made is not None
    return made


def judged(**facts: object) -> Judgement:
    return made_of(simulate(20, 10_000, seed=4, **{"rate": 2.0, **facts}).recording)


def test_a_clear_recording_is_trusted() -> None:
    made = judged(difficulty="easy")
    assert made.n_spikes > 10
    assert made.expected_precision > 0.95
    assert made.height_over_noise > 50
    assert made.found_again[0][1] >= 0.9
    assert made.smallest_found <= made.found_again[0][0]
    assert "an estimate, not a bound" in made.words()
    assert "assumes that the cell resembles those it was trained on" in made.words()
    assert made.warnings == ()


def test_spikes_close_to_the_noise_are_told_apart_less_well() -> None:
    clear, poor = judged(difficulty="medium"), judged(difficulty="hard", height=0.006, noise=7e-4)
    assert poor.height_over_noise < clear.height_over_noise
    assert poor.found_again[-1][1] < 0.9
    assert poor.found_again[-1][1] <= clear.found_again[-1][1] + 0.05


def test_nothing_found_is_said_plainly() -> None:
    made = judged(difficulty="easy", rate=0.0)
    assert made.n_spikes == 0
    assert np.isnan(made.expected_precision)
    assert made.found_again == ()
    assert "No spikes were accepted" in made.words()


def test_slow_sampling_is_warned_of() -> None:
    made = made_of(simulate(20, 2_000, difficulty="easy", seed=1, rate=2.0).recording)
    assert any("3 kHz" in warning for warning in made.warnings)


def test_figures_are_those_of_the_table() -> None:
    chosen = choose(simulate(20, 10_000, difficulty="hard", seed=13).recording)
    spikes = api.detect(chosen, "adaptive")
    made = judge(chosen, spikes, inject=False)
    assert made.expected_precision == pytest.approx(float(np.mean(spikes.probability)))
    assert made.expected_missed == pytest.approx(float(np.sum(spikes.candidates.probability)))
    noise = spikes.provenance.survey["noise_level"]
    assert made.height_over_noise == pytest.approx(np.median(spikes.height) / noise)
    facts = made.facts()
    assert facts["expected_missed"] == made.expected_missed and facts["found_again"] == []


def test_spikes_are_put_back_only_where_that_is_asked() -> None:
    recording = make_recording([*range(2_000, 98_000, 6_000)], n_samples=100_000)
    assert made_of(recording, inject=False).found_again == ()
    assert len(made_of(recording).found_again) == len(judging.SCALES)


def test_a_rule_without_probabilities_is_not_judged() -> None:
    chosen = choose(make_recording([3_000, 9_000]))
    assert judge(chosen, api.detect(chosen, "prominence")) is None


def test_short_sweeps_are_searched_as_one_long_one_is() -> None:
    peaks = [*range(1_000, 199_000, 9_000)]
    trace = make_trace(200_000, 20_000.0, peaks)
    whole = made_of(Recording.from_array(trace, 20_000.0))
    cut = made_of(Recording.from_array(trace, 20_000.0, sweep_lengths=[10_000] * 20))
    assert [share for _, share in cut.found_again] == [share for _, share in whole.found_again]
    assert cut.found_again[0][1] == 1.0


def test_spikes_that_point_down_are_put_back_downwards() -> None:
    peaks = [*range(1_000, 99_000, 6_000)]
    fast = -1e-9 * (make_trace(100_000, 20_000.0, peaks, noise=1e-3) + 0.065)
    held = Recording.from_array(fast.astype(np.float32), 20_000.0, quantity="current", mode="cell-attached")
    made = made_of(held)
    assert choose(held).polarity == -1
    assert made.found_again[0][1] >= 0.9
    assert made.unit == "A" and "pA: " in made.words()


def test_the_work_is_bounded_whatever_the_length(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []
    detect = api.detect

    def counting(chosen: object, *args: object, **kwargs: object) -> object:
        searched.append(chosen.recording.n_samples)  # type: ignore[attr-defined]
        return detect(chosen, *args, **kwargs)  # type: ignore[arg-type]

    recording = make_recording([*range(2_000, 398_000, 6_000)], n_samples=400_000)
    chosen = choose(recording)
    spikes = detect(chosen, "adaptive")
    monkeypatch.setattr(judging, "MOST_SAMPLES", 100_000)
    monkeypatch.setattr(api, "detect", counting)
    judge(chosen, spikes)
    assert searched == [100_000] * len(judging.SCALES)


def test_the_detector_that_found_them_is_asked_again() -> None:
    chosen = choose(simulate(20, 10_000, difficulty="hard", seed=13).recording)
    strict = Adaptive(cut=0.99)
    spikes = api.detect(chosen, strict)
    if len(spikes) >= 3:
        by_name, by_hand = judge(chosen, spikes), judge(chosen, spikes, strict)
        assert by_name == by_hand
    usual = judge(chosen, api.detect(chosen, "adaptive"))
    assert usual.found_again
