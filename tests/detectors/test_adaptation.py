"""Long recordings are looked at in parts, none of which is long or holds too much."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens.detectors._adaptation import LONGEST, MOST, parts


@pytest.mark.parametrize(("hours", "per_second"), [(0.1, 3.0), (0.45, 3.0), (5.0, 3.0), (0.45, 200.0)])
def test_parts_cover_everything_once_and_are_short(hours: float, per_second: float) -> None:
    duration = hours * 3600
    seconds = np.sort(np.random.default_rng(0).uniform(0, duration, round(duration * per_second)))
    cut = parts(seconds)
    assert [p.start for p in cut] == [0, *(p.stop for p in cut[:-1])] and cut[-1].stop == seconds.size
    assert all(np.ptp(seconds[p]) <= LONGEST for p in cut)
    assert all(p.stop - p.start < 1.2 * MOST for p in cut)
    assert (len(cut) == 1) == (duration < LONGEST and seconds.size < MOST)


def test_nothing_has_no_parts_and_a_gap_makes_no_empty_one() -> None:
    assert parts(np.empty(0)) == []
    far = parts(np.array([0.0, 1.0, 9 * LONGEST]))
    assert [p.stop - p.start for p in far] == [2, 1]
