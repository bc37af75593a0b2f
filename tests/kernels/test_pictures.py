from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spikelens.kernels import pictures as kernel
from spikelens.kernels.pictures import pictures
from tests.data import recording_file
from tests.learning.cells import make_cell


def slow_twin(values: NDArray[np.float32], low: float, high: float, size: int) -> NDArray[np.float64]:
    """The same picture by interpolation and overlap of intervals, one pixel after the other."""
    n_samples, slices = values.size, kernel.SLICES
    grid = np.arange(n_samples)
    rows = (values.astype(float) - low) * size / (high - low) if high > low else np.full(n_samples, size / 2)
    out = np.zeros((size, size))
    edges = np.linspace(0, n_samples - 1, size * slices + 1)
    inside = [np.r_[a, grid[(grid > a) & (grid < b)], b] for a, b in pairwise(edges)]
    lines = [np.interp(x, grid, rows) for x in inside]
    pen = {-1: kernel.PEN_BESIDE, 0: 0.5, 1: kernel.PEN_BESIDE}
    for s in range(size * slices):
        near = [(lines[s + d], reach) for d, reach in pen.items() if 0 <= s + d < len(lines)]
        top = max(line.max() + reach for line, reach in near)
        bottom = min(line.min() - reach for line, reach in near)
        for row in range(size):
            covered = min(top, row + 1) - max(bottom, row)
            out[size - 1 - row, s // slices] += 255 / slices * np.clip(covered, 0, 1)
    return out


def matplotlib_picture(values: NDArray[np.float32], low: float, high: float, size: int) -> NDArray[np.uint8]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size / 100, size / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, values.size - 1)
    ax.set_ylim(low, high)
    ax.plot(values, color="black", linewidth=72 / 100, snap=False)
    canvas.draw()
    return 255 - np.asarray(canvas.buffer_rgba())[..., 0]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 70), st.sampled_from([3, 8, 32]))
def test_the_kernel_draws_what_its_slow_twin_draws(seed: int, n_samples: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.standard_normal((2, n_samples)), axis=1).astype(np.float32)
    # Narrower than the values, so that lines leave the picture.
    low, high = -1.5, 2.5
    drawn = pictures(values, low, high, size).astype(float)
    for mine, window in zip(drawn, values, strict=True):
        assert np.abs(mine - slow_twin(window, low, high, size)).max() <= 3


@pytest.mark.parametrize("size", [32, 64])
def test_pictures_look_as_matplotlib_draws_them(size: int) -> None:
    """Over 30 windows: correlation above 0.99, mean error below 1 of 255 steps of grey."""
    path = recording_file("ac2_like/ac2_like_sweeps_v5.mat")
    from scipy.io import loadmat

    windows = loadmat(path)["response"].reshape(-1, 100)
    low, high = float(windows.min()), float(windows.max())
    steepest = np.argsort(-np.ptp(windows, axis=1))[:10]
    sample = windows[np.r_[steepest, np.random.default_rng(1).choice(len(windows), 20, replace=False)]]
    mine = pictures(sample, low, high, size).astype(float)
    theirs = np.array([matplotlib_picture(w, low, high, size) for w in sample]).astype(float)
    assert np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] > 0.99
    assert np.abs(mine - theirs).mean() < 1


def test_each_window_can_have_its_own_range() -> None:
    windows = np.array([[0, 1, 0, -1], [0, 100, 0, -100]], np.float32)
    own = pictures(windows, windows.min(axis=1), windows.max(axis=1), 16)
    assert np.array_equal(own[0], own[1])
    common = pictures(windows, -100, 100, 16)
    assert not np.array_equal(common[0], common[1])


def test_a_flat_window_is_a_line_across_the_middle() -> None:
    picture = pictures(np.full((1, 10), -0.07, np.float32), -0.07, -0.07, 8)[0].astype(int)
    assert np.abs(picture.sum(axis=0) - 255).max() <= 3  # each of three slices is rounded in two rows
    assert (picture[[0, 1, 2, 5, 6, 7]] == 0).all()


def test_lines_beyond_the_range_leave_nothing() -> None:
    assert not pictures(np.full((1, 10), 5.0, np.float32), 0, 1, 8).any()
    assert not pictures(np.full((1, 10), -5.0, np.float32), 0, 1, 8).any()


def test_the_first_row_is_the_top() -> None:
    rising = pictures(np.linspace(0, 1, 50, dtype=np.float32)[None], 0, 1, 16)[0]
    assert rising[0, -1] > 0 and rising[-1, 0] > 0
    assert rising[0, 0] == 0 and rising[-1, -1] == 0


def test_values_far_beyond_the_range_do_not_overflow() -> None:
    wild = np.array([[0, 1e30, -1e30, 0]], np.float32)
    assert pictures(wild, 0, 1, 16).any()


def test_windows_of_a_recording_give_as_many_pictures() -> None:
    from spikelens.windows import Windows

    values = Windows.grid(make_cell(2)[0], 100).read()
    assert pictures(values, -0.1, 0.0, 32).shape == (40, 32, 32)
