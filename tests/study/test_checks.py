from __future__ import annotations

import numpy as np

from spikelens.labels import Labels
from spikelens.learning import drift_words, label, train
from spikelens.recording import Recording
from spikelens.study.checks import adjoining, at_borders, doubtful, peaks_of, shifted, spike_score
from spikelens.windows import Windows
from tests.learning.cells import make_cell


def grid(n: int = 10, sweeps: int = 1) -> Windows:
    """Windows of 100 samples at 4 kHz: 2 ms are 8 samples."""
    trace = np.zeros(n * 100, np.float32)
    return Windows.grid(Recording.from_array(trace, 4000.0, sweep_lengths=[n * 100 // sweeps] * sweeps), 100)


def called(windows: Windows, *spikes: int) -> Labels:
    return Labels.of(windows, np.isin(np.arange(len(windows)), spikes), "me")


def test_spikes_at_borders_are_seen_once_twice_or_never() -> None:
    windows = grid()
    peaks = np.array([50, 203, 398, 605, 795, 992])  # far; near 1|2, 3|4, 5|6, 7|8; at the end
    found = at_borders(windows, called(windows, 0, 1, 2, 3, 5), peaks)
    assert (found.n_spikes, found.near) == (6, 4)
    assert found.doubled == 1  # 203, in windows 1 and 2
    assert found.lost == 1  # 795, in neither 7 nor 8


def test_borders_of_sweeps_and_gaps_between_windows_split_nothing() -> None:
    windows = grid(10, sweeps=2)
    assert at_borders(windows, called(windows), np.array([499, 500])).near == 0
    apart = grid().take(np.array([0, 1, 5]))
    found = at_borders(apart, called(apart), np.array([199, 201, 501, 999]))
    assert (found.n_spikes, found.near) == (2, 0)


def test_false_windows_beside_true_ones_are_counted() -> None:
    windows = grid(10, sweeps=2)
    truth = called(windows, 2, 4)
    assert adjoining(windows, called(windows, 1, 2, 3, 5, 8), truth) == (4, 2)  # 5 is of another sweep


def test_a_shifted_recording_is_the_same_but_higher() -> None:
    recording, _ = make_cell(1)
    assert np.allclose(shifted(recording, 0.012).read() - recording.read(), 0.012, atol=1e-7)
    assert shifted(recording, 0.012).stored() is not None


def test_drift_is_told_when_it_exceeds_the_training_spread() -> None:
    assert drift_words(np.array([-0.070, 0.002]), np.array([-0.069, 0.001])) == ""
    assert "+12.0 mV" in drift_words(np.array([-0.070, 0.002]), np.array([-0.058, 0.002]))
    assert "-3.0 mV" in drift_words(np.array([-0.070, 0.002]), np.array([-0.073, 0.002]))


def test_wrong_labels_come_first_in_the_review() -> None:
    recording, peaks = make_cell(60)
    windows = Windows.grid(recording, 100)
    true = label(windows, "truth", times=recording.time_of(peaks))
    wrong = np.random.default_rng(0).choice(np.flatnonzero(true.are("noise")), 5, replace=False)
    codes = true.codes.copy()
    codes[wrong] = 1
    spoilt = Labels.of(windows, codes, "careless")
    listed = doubtful(train(windows, spoilt, "shape", learner="logistic"), spoilt)
    assert set(windows.number[wrong]) <= set(listed.item.tolist())
    assert (np.diff(listed.probability) >= 0).all()
    assert (listed.probability <= 0.1).all()


def test_peaks_beside_a_border_are_one_spike() -> None:
    trace = np.zeros(1000, np.float32)
    trace[197:204] = [1, 2, 3, 4, 3, 2, 1]  # the top is sample 200, the flank in the window before
    trace[550] = 5
    windows = Windows.grid(Recording.from_array(trace, 4000.0), 100)
    labels = called(windows, 1, 2, 5)
    assert peaks_of(windows, labels).tolist() == [200, 550]
    score = spike_score(windows, labels, np.array([201, 554, 800]))
    assert (score.n_true, score.n_found, score.n_matched) == (3, 2, 2)
    assert peaks_of(windows, called(windows)).size == 0
