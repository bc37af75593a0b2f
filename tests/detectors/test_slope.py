from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import bessel, filtfilt
from tests.detectors.run import NO_WALLS, detect

from spikelens.detectors.slope import Slope, _smoothed, _weights
from spikelens.passes import read_chunk, spans
from spikelens.recording import Recording
from spikelens.stretches import Stretches

RATE = 20_000.0


def found(millivolts: list[float], **parameters: float) -> list[int]:
    trace = np.asarray([-70.0] * 20 + millivolts + [-70.0] * 20, np.float32) * np.float32(1e-3)
    return (detect(Recording.from_array(trace, RATE), Slope(**parameters)).sample_index - 20).tolist()


def test_a_fast_rise_with_a_peak() -> None:
    assert found([-60, -30, 10, 20, -10, -50]) == [3]


def test_slow_low_and_small_rises_are_none() -> None:
    assert found([-70 + 0.9 * k for k in range(80)]) == []
    assert found([-60, -45, -31, -50]) == []
    assert found([-60, -45, -31, -50], min_peak=-0.04) == [2]
    assert found([-60, -45, -31, -50], min_peak=-0.04, min_height=0.05) == []


def test_a_rise_that_hesitates_is_one_spike() -> None:
    assert found([-60, -30, -29.5, -29, 0, 20, -10]) == [5]


def test_a_peak_too_late_is_none() -> None:
    late = [-60.0, -30.0, *np.linspace(-29, 20, 150), -10.0]
    assert found(late) == []
    assert found(late, max_interval=0.010) == [151]


def test_stored_integers_decide_as_volts_do() -> None:
    rng = np.random.default_rng(1)
    gain = 3.0517578e-5
    stored = rng.integers(-2_400, 400, 5_000).astype(np.int16)
    fast = detect(Recording.from_array(stored, RATE, gain=gain), Slope())
    slow = detect(Recording.from_array(stored.astype(np.int32), RATE, gain=gain), Slope())
    assert fast.sample_index.tolist() == slow.sample_index.tolist()
    assert fast.sample_index.size > 100


@pytest.mark.parametrize("rate", [25_000.0, 50_000.0, 200_000.0])
def test_smoothing_is_scipys_filtfilt(rate: float) -> None:
    trace = np.random.default_rng(0).normal(-0.07, 0.01, (3_000, 1)).astype(np.float32)
    recording = Recording.from_array(trace, rate)
    (span,) = spans(Stretches.between_walls(recording, NO_WALLS), 3_000, 0)
    got = _smoothed(read_chunk(recording, span), _weights(10_000.0, rate))
    expected = filtfilt(*bessel(4, 10_000.0, fs=rate), trace[:, 0].astype(np.float64))
    assert np.abs(got - expected)[200:-200].max() < 3e-8


def test_no_smoothing_where_the_sampling_is_too_slow_for_it() -> None:
    assert _weights(10_000.0, 20_000.0).size == 1
