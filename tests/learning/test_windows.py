from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.errors import BadParameter, OutsideRecording
from spikelens.recording import Recording
from spikelens.stretches import Stretches
from spikelens.windows import Windows, value_range
from tests.factory import make_recording, make_spikes


def counting(lengths: list[int], rate: float = 1000.0) -> Recording:
    return Recording.from_array(np.arange(sum(lengths), dtype=np.float32), rate, sweep_lengths=lengths)


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(2, 20), st.integers(0, 19), st.data()
)
def test_grid_windows_hold_consecutive_samples_of_one_sweep(
    lengths: list[int], length: int, overlap: int, data: st.DataObject
) -> None:
    overlap = min(overlap, length - 1)
    recording = counting(lengths)
    if max(lengths) < length:
        with pytest.raises(OutsideRecording, match="no window"):
            Windows.grid(recording, length, overlap=overlap)
        return
    windows = Windows.grid(recording, length, overlap=overlap)
    step = length - overlap
    assert len(windows) == sum(max(0, (n - length) // step + 1) for n in lengths)
    values = windows.read()
    assert np.array_equal(values, windows.start[:, None] + np.arange(length))
    last = recording.sweeps.at(windows.start + length - 1)
    assert np.array_equal(windows.sweep, last)
    assert np.array_equal(windows.number, np.arange(1, len(windows) + 1))


def test_without_overlap_the_grid_is_the_study_reshaping() -> None:
    recording = counting([1050])
    by_hand = np.arange(1050, dtype=np.float32)[:1000].reshape(10, 100)
    assert np.array_equal(Windows.grid(recording, 100).read(), by_hand)


def test_a_wall_starts_the_grid_anew() -> None:
    recording = counting([1000])
    where = Stretches.between_walls(recording, np.array([[250, 260]]))
    windows = Windows.grid(recording, 100, stretches=where)
    assert windows.start[:4].tolist() == [0, 100, 260, 360]


def test_windows_in_any_order_are_read_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikelens.windows._PIECE", 150)
    windows = Windows.grid(counting([2000]), 50)
    shuffled = windows.take(np.random.default_rng(0).permutation(len(windows)))
    assert np.array_equal(shuffled.read(), shuffled.start[:, None] + np.arange(50))


def test_nothing_is_read_before_it_is_asked_for() -> None:
    class Forbidden:
        shape = (1000, 1)
        dtype = np.dtype("f4")

        def read(self, start: int, stop: int) -> np.ndarray:
            raise AssertionError("read too early")

    import dataclasses

    lazy = dataclasses.replace(counting([1000]), source=Forbidden())
    windows = Windows.grid(lazy, 100).between(2, 4)
    with pytest.raises(AssertionError, match="too early"):
        windows.read()


def test_around_cuts_before_and_after_each_peak() -> None:
    recording = make_recording([400, 900])
    spikes = make_spikes(recording, [400, 900])
    windows = Windows.around(recording, spikes, before=1e-3, after=2e-3)
    assert windows.n_samples == 60
    values = windows.read()
    assert np.array_equal(values[1], recording.read(880, 940)[:, 0])
    assert values.argmax(axis=1).tolist() == [20, 20]


def test_around_names_the_first_spike_too_close_to_an_edge() -> None:
    recording = make_recording([400, 900])
    for walls in (np.empty((0, 2), np.int64), np.array([[910, 915]])):
        spikes = make_spikes(recording, [10, 900] if not walls.size else [400, 900], walls=walls)
        with pytest.raises(OutsideRecording, match=r"spike at 0\.0\d+ s lies too close"):
            Windows.around(recording, spikes, before=1e-3, after=2e-3)


def test_around_refuses_windows_of_no_length() -> None:
    recording = make_recording([400])
    with pytest.raises(BadParameter, match="shorter than 2"):
        Windows.around(recording, make_spikes(recording, [400]), before=0, after=1e-6)


@pytest.mark.parametrize(("length", "overlap"), [(1, 0), (100, 100), (100, -1)])
def test_lengths_and_overlaps_out_of_bounds_are_refused(length: int, overlap: int) -> None:
    with pytest.raises(BadParameter, match=r"samples"):
        Windows.grid(counting([1000]), length, overlap=overlap)


def test_ranges_count_from_one_and_include_both_ends() -> None:
    windows = Windows.grid(counting([1000]), 100)
    assert windows.between(1, 3).start.tolist() == [0, 100, 200]
    assert windows.between(4, 4).number.tolist() == [4]
    for first, last in ((0, 3), (1, 11)):
        with pytest.raises(OutsideRecording, match=r"there are 1:10"):
            windows.between(first, last)
    with pytest.raises(OutsideRecording, match="empty range"):
        windows.between(5, 4)


def test_hold_says_which_windows_contain_a_sample() -> None:
    windows = Windows.grid(counting([1000]), 100, overlap=50)
    held = windows.hold(np.array([0, 149, 999]))
    assert np.flatnonzero(held).tolist() == [0, 1, 2, 18]


def test_value_range_leaves_out_what_is_missing() -> None:
    assert value_range(Recording.from_array(np.array([np.nan, 1, -2, np.inf]), 1000.0)) == (-2, 1)
    assert value_range(Recording.from_array(np.full(3, np.nan), 1000.0)) == (0, 0)


def test_a_notebook_shows_what_windows_are() -> None:
    assert "10" in Windows.grid(counting([1000]), 100)._repr_html_()
