from __future__ import annotations

import numpy as np
from tests.detectors.run import detect

from spikelens.detectors.level import Level
from spikelens.recording import Recording


def found(trace: list[float] | np.ndarray, **parameters: float) -> list[int]:
    recording = Recording.from_array(np.asarray(trace, np.float32), 1_000.0)
    return detect(recording, Level(**parameters)).sample_index.tolist()


REST, UP = [-0.07] * 5, [-0.01, 0.02, 0.01]


def test_the_highest_point_between_the_crossings() -> None:
    assert found(REST + UP + REST + UP + REST) == [6, 14]


def test_nothing_before_the_first_up_crossing_nor_after_the_last_unfinished_one() -> None:
    assert found([0.01, 0.03, *REST, *UP, *REST]) == [8]
    assert found([*REST, *UP]) == []


def test_the_level_itself_is_not_above_the_level() -> None:
    assert found([*REST, -0.02, *REST], cutoff=float(np.float32(-0.02))) == []


def test_the_search_is_bounded() -> None:
    plateau = [0.0, 0.03, *[0.01] * 30, 0.05, 0.0]
    assert found(REST + plateau + REST, search=0.020) == [6]
    assert found(REST + plateau + REST, search=0.050) == [37]


def test_a_plateau_as_long_as_the_search_is_no_spike() -> None:
    saturated = [*REST, *[0.03] * 25, *REST]
    assert found(saturated, search=0.020) == []
    assert found(saturated, search=0.030) == [5]


def test_stored_integers_decide_as_volts_do() -> None:
    rng = np.random.default_rng(1)
    for gain in (1e-5, 3.0517578e-5, 1.7e-4):
        stored = rng.integers(-0.03 / gain, 0.0, 5_000).astype(np.int16)
        volts = np.asarray(Recording.from_array(stored, 1e4, gain=gain).read()[:, 0])
        fast = detect(Recording.from_array(stored, 1e4, gain=gain), Level(refractory=0))
        assert (
            fast.sample_index.tolist()
            == detect(Recording.from_array(volts, 1e4), Level(refractory=0)).sample_index.tolist()
        )
        assert fast.sample_index.size > 100


def test_a_level_beyond_what_can_be_stored() -> None:
    stored = np.array([0, 32_767, 0] * 9, np.int16)
    assert detect(Recording.from_array(stored, 1e3, gain=1e-6), Level(cutoff=0.1)).sample_index.size == 0


def test_what_outlasts_the_search_is_decided_by_the_search_alone() -> None:
    """Where eFEL, which sees the whole trace, counts nothing unless it comes down in the end."""
    fell_and_stayed_up = [*REST, 0.0, 0.03, *[0.01] * 30]
    assert found(fell_and_stayed_up, search=0.020) == [6]
    assert found(fell_and_stayed_up, search=0.050) == []
