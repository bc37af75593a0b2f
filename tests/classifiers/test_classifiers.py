from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spikelens import rooms
from spikelens.calibration import brier, reweighted
from spikelens.classifiers._learners import LEARNERS
from spikelens.errors import BadParameter, OutsideRecording, RequestError, UnknownName
from spikelens.labels import NONE, Labels, compare
from spikelens.learning import classify, cut, label, train
from spikelens.models import Model
from spikelens.windows import Windows
from tests.learning.cells import RATE, make_cell

RECORDING, PEAKS = make_cell(60, fingerprint="a cell")
WINDOWS = cut(RECORDING, 100)
TRAINING, TEST = WINDOWS.between(1, 600), WINDOWS.between(601, 1200)
TRUE = label(WINDOWS, "truth", times=RECORDING.time_of(PEAKS))
NAMES = rooms.names("classifiers")


def fitted(name: str = "waveform", **settings: Any) -> Model:
    return train(TRAINING, TRUE, name, **{"learner": "logistic", **settings})


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_pair_gives_probabilities_and_learns(name: str, learner: str) -> None:
    model = fitted(name, learner=learner)
    probabilities = model.predict_proba(TEST)
    assert probabilities.shape == (600, 2)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities > 0).all()
    agreement = compare(model.predict(TEST), TRUE)
    # Most windows are noise: who always says so agrees by this share.
    never = compare(Labels.of(TEST, np.zeros(600), "never"), TRUE).share
    assert agreement.share > never, agreement.confusion
    again = fitted(name, learner=learner).predict_proba(TEST)
    assert np.array_equal(probabilities, again)


def test_the_classes_of_a_held_out_range_are_told_well() -> None:
    assert compare(fitted("shape", learner="forest").predict(TEST), TRUE).f1("spike") > 0.97


def test_predictions_carry_the_probability_of_their_label() -> None:
    model = fitted()
    labels, probabilities = model.predict(TEST), model.predict_proba(TEST)
    assert np.allclose(labels.probability, probabilities.max(axis=1))
    assert np.array_equal(labels.codes, probabilities.argmax(axis=1))
    assert set(labels.author) == {"waveform logistic"}


def test_priors_equal_to_the_training_frequencies_change_nothing() -> None:
    plain = fitted().predict_proba(TEST)
    shares = ",".join(map(str, fitted().observed_))
    assert np.allclose(fitted(priors=shares).predict_proba(TEST), plain, atol=1e-12)


def test_uniform_priors_reweigh_by_bayes_rule() -> None:
    model = fitted()
    expected = reweighted(model.predict_proba(TEST), model.observed_, np.array([0.5, 0.5]))
    assert np.allclose(fitted(priors="uniform").predict_proba(TEST), expected)
    assert fitted(priors="uniform").predict(TEST).counts["spike"] >= model.predict(TEST).counts["spike"]


def test_held_out_probabilities_are_calibrated_and_of_unseen_windows() -> None:
    model = fitted("images", learner="forest")
    spike = model.held_out_[:, 1]
    true = TRUE.laid_on(TRAINING).are("spike")
    base = brier(np.full(true.size, true.mean()), true)
    assert model.facts["scores"]["brier"] == brier(spike, true) < base
    # Seen windows are told better than unseen ones.
    assert brier(model.predict_proba(TRAINING)[:, 1], true) < brier(spike, true)


def test_pictures_have_one_range_for_the_whole_recording() -> None:
    model = fitted("images")
    low, high = model.ground_["y_range"]
    trace = RECORDING.read()
    assert (low, high) == (trace.min(), trace.max())


def test_a_windows_own_range_hides_its_level_and_size() -> None:
    images = rooms.load("classifiers", "images")(y_range="window", size="64")
    values = TEST.read()
    own = images.describe(values, RATE, images.ground(TEST))
    assert own.shape == (600, 64 * 64)
    moved = images.describe(values * np.float32(2) + np.float32(0.5), RATE, images.ground(TEST))
    assert np.abs(own.astype(int) - moved).mean() < 1


@pytest.mark.parametrize(("name", "settings", "matters"), [("waveform", {}, False), ("shape", {}, False),
    ("waveform", {"centred": False}, True), ("images", {}, True)])  # fmt: skip
def test_which_descriptions_the_resting_level_reaches(name: str, settings: dict, matters: bool) -> None:
    classifier = rooms.load("classifiers", name)(**settings)
    ground = classifier.ground(TEST)
    values = TEST.read()
    here = classifier.describe(values, RATE, ground).astype(float)
    there = classifier.describe(values + np.float32(0.012), RATE, ground).astype(float)
    assert np.allclose(here, there, rtol=1e-3, atol=1e-6) != matters


def test_shape_measures_a_spike_by_hand() -> None:
    from spikelens.classifiers.shape import NAMES as MEASURES

    rate = 10_000.0
    row = np.zeros(100, np.float32)
    row[48:53] = [0.01, 0.03, 0.04, 0.02, -0.01]
    measured = rooms.load("classifiers", "shape")().describe(row[None], rate, {})[0]
    told = dict(zip(MEASURES, measured, strict=True))
    assert np.isclose(told["peak above the median"], 0.04)
    assert np.isclose(told["trough below the median"], 0.01)
    assert np.isclose(told["rise into the peak within 2 ms"], 0.04)
    assert np.isclose(told["fall from the peak within 2 ms"], 0.05)
    assert np.isclose(told["upstroke"], 0.02 * rate)
    assert np.isclose(told["downstroke"], 0.03 * rate)
    assert np.isclose(told["width at half height"], 2 / rate)


def test_one_class_only_is_refused() -> None:
    noise = Labels.of(TRAINING, np.zeros(600), "me")
    with pytest.raises(BadParameter, match="all 600 training windows are labelled noise"):
        train(TRAINING, noise, "waveform")
    with pytest.raises(BadParameter, match="only one training window is labelled spike"):
        train(TRAINING, Labels.of(TRAINING, np.arange(600) == 7, "me"), "waveform")
    with pytest.raises(BadParameter, match="no window is labelled"):
        train(TRAINING, Labels.of(TRAINING, np.full(600, NONE), "me"), "waveform")


def test_labels_of_another_recording_are_refused() -> None:
    other, _ = make_cell(5, fingerprint="another cell")
    with pytest.raises(RequestError, match="another recording"):
        train(cut(other, 100), TRUE, "waveform")
    with pytest.raises(OutsideRecording, match="of another recording"):
        train(cut(replace(other, fingerprint=""), 100), TRUE, "waveform")


def test_unlabelled_windows_are_left_out_of_training() -> None:
    codes = np.where(np.arange(600) < 400, TRUE.codes[:600], NONE)
    model = train(TRAINING, Labels.of(TRAINING, codes, "me"), "waveform", learner="logistic")
    assert len(model.training_start_) == len(model.held_out_) == 400


def test_few_and_rare_labels_are_said_to_be_so() -> None:
    few = fitted()
    assert any("few labels" in w for w in few.warnings) == (few.facts["counts"]["spike"] < 20)
    rare = Labels.of(WINDOWS, np.arange(1200) % 50 == 0, "me")
    model = train(WINDOWS, rare, "waveform", learner="logistic")
    assert model.warnings == ("skewed labels: 24 of 1200 training windows (2.0%) are spike",)


def test_settings_are_checked_when_a_classifier_is_made() -> None:
    with pytest.raises(UnknownName, match="there are: logistic"):
        fitted(learner="oracle")
    with pytest.raises(BadParameter, match="priors must be"):
        fitted(priors="half")


def test_a_model_refuses_another_rate_unit_or_window() -> None:
    model = fitted()
    other = replace(RECORDING, sampling_rate=5000.0)
    with pytest.raises(RequestError, match=r"trained at 4000 Hz.*--resample"):
        classify(other, model)
    current = replace(RECORDING, channels=(replace(RECORDING.channels[0], quantity="current"),))
    with pytest.raises(RequestError, match="values in V"):
        classify(current, model)
    with pytest.raises(RequestError, match="windows of 100 samples"):
        classify(cut(RECORDING, 80), model)
    rounded = replace(RECORDING, sampling_rate=RATE * (1 - 5e-8))
    assert len(classify(rounded, model)) == 1200


def test_a_model_told_to_resample_agrees_with_itself() -> None:
    from scipy.signal import resample_poly

    model = fitted("shape", learner="forest")
    sweeps = [
        resample_poly(RECORDING.read_sweep(k)[:, 0].astype(float), 2, 1, padtype="line") for k in range(60)
    ]
    faster = type(RECORDING).from_array(
        np.concatenate(sweeps).astype(np.float32), 2 * RATE, sweep_lengths=[4000] * 60
    )
    labels = classify(faster, model, resample=True)
    assert (len(labels), labels.n_samples[0]) == (1200, 200)
    assert (labels.codes == classify(RECORDING, model).codes).mean() > 0.99


def test_classify_takes_a_range_of_windows() -> None:
    labels = classify(RECORDING, fitted(), windows=(5, 9))
    assert labels.item.tolist() == [5, 6, 7, 8, 9]
    with pytest.raises(OutsideRecording, match=r"there are 1:1200"):
        classify(RECORDING, fitted(), windows=(1, 1201))


def test_windows_that_were_trained_on_are_counted() -> None:
    model = fitted()
    assert model.saw(WINDOWS.between(590, 610)) == 11
    assert model.saw(TEST) == 0
    shifted = Windows.grid(RECORDING, 100, overlap=50).between(1, 20)
    assert model.saw(shifted) == 20


def test_a_model_shows_itself_in_a_notebook() -> None:
    assert "waveform logistic" in fitted()._repr_html_()
