"""Truth on traces drawn by hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.recording import Events
from spikelens.simulation.grid import RATE
from spikelens.simulation.membrane import Membrane, find_spikes, tune
from spikelens.simulation.truth import Truth, find_truth


def bumps(
    at: list[float], heights: list[float], rate: float = RATE, width: float = 4e-4
) -> NDArray[np.float32]:
    time = np.arange(round(0.1 * rate)) / rate
    trace = np.full(time.size, -0.065)
    for centre, height in zip(at, heights, strict=True):
        trace += height * np.exp(-(((time - centre) / width) ** 2))
    return trace.astype(np.float32)


def truth_of(
    membrane_at: list[float], trace: NDArray[np.float32], rate: float = 10_000.0, tones: Events | None = None
) -> Truth:
    peak = np.round(np.array(membrane_at) * RATE).astype(np.int64)
    membrane = Membrane(bumps(membrane_at, [0.1] * peak.size), peak - 40, peak, np.ones(peak.size, bool))
    return find_truth(membrane, trace, rate, tones or Events.none())


def test_a_peak_is_found_between_samples_with_its_height() -> None:
    truth = truth_of([0.03], bumps([0.03023], [0.02], 10_000.0))
    assert truth.visible.tolist() == [True] and truth.sample_index.tolist() == [302]
    assert abs(truth.time[0] - 0.03023) < 1e-5
    assert abs(truth.height[0] - 0.02) < 1e-3


def test_a_spike_without_a_peak_of_3_mv_is_not_visible() -> None:
    truth = truth_of([0.03, 0.06], bumps([0.0302, 0.0602], [0.0025, 0.02], 10_000.0))
    assert truth.visible.tolist() == [False, True]
    assert np.isnan(truth.height[0]) and truth.time[0] == 0.03


def test_a_peak_that_a_poor_access_delays_is_found_where_the_trace_still_rises() -> None:
    slow = bumps([0.0381], [0.020], 10_000.0, width=4e-3)
    truth = truth_of([0.03], slow)
    assert truth.visible.tolist() == [True] and abs(truth.time[0] - 0.0381) < 1e-4
    # What rises after a spike that left no peak is not that spike's.
    assert not truth_of([0.03], slow + bumps([0.0304], [0.001], 10_000.0)).visible.any()
    # Nor what rises until the next one begins.
    assert truth_of([0.03, 0.0372], slow).visible.tolist() == [False, True]


def test_two_spikes_never_share_one_peak() -> None:
    # The second's peak has merged into the first's.
    truth = truth_of([0.0300, 0.0322], bumps([0.0304], [0.03], 10_000.0))
    assert truth.visible.tolist() == [True, False]


def test_a_rise_to_the_edge_of_the_search_is_no_peak() -> None:
    ramp = np.linspace(-0.07, -0.01, 1000).astype(np.float32)
    assert not truth_of([0.03], ramp).visible.any()


def test_spikes_after_a_tone_are_evoked() -> None:
    truth = truth_of([0.03, 0.08], bumps([0.03, 0.08], [0.03, 0.03], 10_000.0), tones=Events.at([0.01]))
    assert truth.kind.tolist() == ["evoked", "spontaneous"]
    assert truth_of([], bumps([], [], 10_000.0)).kind.size == 0


def test_membrane_spikes_begin_at_their_foot_and_abortive_ones_are_marked() -> None:
    found = find_spikes(bumps([0.02, 0.05], [0.1, 0.045]), -0.03, -0.01)
    assert found.peak.tolist() == [800, 2000]
    assert found.is_full.tolist() == [True, False]
    assert ((found.peak - found.foot) / RATE < 1.5e-3).all()


def test_a_slow_rise_above_the_level_is_no_spike() -> None:
    assert find_spikes(bumps([0.05], [0.06], width=0.015), -0.03, -0.01).peak.size == 0


def test_tuning_meets_a_count_and_silences() -> None:
    n = round(10 * RATE)

    def count(excitability: float, samples: slice) -> int:
        assert samples == slice(0, n, 2)
        return max(0, round(20 * (excitability + 1)))

    everything = slice(0, n, 2)
    assert abs(count(tune(count, n, 3.0), everything) - 30) <= 3
    assert count(tune(count, n, 0.0), everything) == 0
