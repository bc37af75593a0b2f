from __future__ import annotations

import numpy as np
from tests.detectors.run import NO_WALLS, detect

from spikelens.detectors.deviation import Deviation
from spikelens.recording import Recording


def found(
    spots: dict[int, float], walls: np.ndarray = NO_WALLS, lengths: list[int] | None = None
) -> list[int]:
    trace = np.full(1_000, -0.07, np.float32)
    for at, millivolts in spots.items():
        trace[at] += millivolts * 1e-3
    recording = Recording.from_array(trace, 4_000.0, sweep_lengths=lengths)
    return detect(recording, Deviation(), walls=walls).sample_index.tolist()


def test_farther_than_the_cutoff_from_the_mean_up_or_down() -> None:
    assert found({150: 25, 350: -25, 550: 19}) == [150, 350]


def test_one_event_a_window_at_the_farthest_sample() -> None:
    assert found({110: 30, 140: -40, 180: 35}) == [140]


def test_doubles_at_a_border_are_merged() -> None:
    assert found({198: 30, 199: 50, 200: 60, 201: 30}) == [200]


def test_the_grid_starts_with_each_sweep_not_with_each_stretch() -> None:
    """Two spots 20 samples apart: one window of the sweep's grid, two of any other."""
    near = {330: 30, 350: 40}
    assert found(near) == [350]
    assert found(near, lengths=[240, 760]) == [330, 350]
    assert found(near, walls=np.array([[0, 240]])) == [350]


def test_windows_across_a_wall_or_an_edge_are_left_out() -> None:
    assert found({510: 40, 590: 40, 630: 40}, walls=np.array([[550, 551]])) == [630]
    assert found({940: 40}, lengths=[950, 50]) == []
