"""Figures of responses draw what they are given, and what there is not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from spikelens.plots.first_spikes import first_spikes
from spikelens.plots.frequency_level import frequency_level
from spikelens.plots.images import png, svg
from spikelens.plots.psth import psth
from spikelens.plots.raster import LABELS, MOST, raster
from spikelens.plots.tuning_curve import number, tuning_curve
from tests.plots.test_trace import artist

EDGES = np.linspace(-0.1, 0.1, 21)
NOTHING = np.empty(0)


def render(ax):
    drawn = png(ax.get_figure(root=True), dpi=40)
    assert len(np.unique(imread(io.BytesIO(drawn)).reshape(-1, 4), axis=0)) > 2
    assert svg(ax.get_figure(root=True)).startswith(b"<?xml")
    return drawn


def some_raster(n_trials, n_groups=1, **settings):
    rng = np.random.default_rng(0)
    trial = np.sort(rng.integers(0, n_trials, 2 * n_trials))
    time, group = rng.uniform(-0.1, 0.1, trial.size), rng.integers(0, n_groups, n_trials)
    names = [f"tone {k}" for k in range(n_groups)]
    return raster(trial, time, group, names=names, shown=(-0.1, 0.1), **settings), (trial, time, group)


def test_every_spike_of_the_raster_stands_in_its_trials_row():
    ax, (trial, time, group) = some_raster(60, 3)
    x, y = np.asarray(artist(ax, "raster").get_offsets()).T
    rows = np.empty(60)
    rows[np.argsort(group, kind="stable")] = np.arange(60)
    wanted = sorted(zip(time, rows[trial] + 0.5, strict=True))
    np.testing.assert_allclose(sorted(zip(x, y, strict=True)), wanted)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["tone 0", "tone 1", "tone 2"]
    render(ax)


def test_of_many_trials_some_are_drawn_and_it_is_said():
    ax, _ = some_raster(3 * MOST, 100)
    assert f"{MOST:,} drawn" in ax.get_title(loc="left")
    assert len(ax.get_yticklabels()) <= LABELS
    assert ax.get_ylim() == (0, MOST)
    assert "drawn" not in some_raster(30)[0].get_title(loc="left")


def test_windows_are_shaded_and_the_onset_is_a_line():
    bare, _ = some_raster(10)
    shaded, _ = some_raster(10, windows=[(0.005, 0.055), (-0.1, 0.0)])
    assert len(shaded.patches) == len(bare.patches) + 2
    assert render(bare) != render(shaded)


def test_the_psth_draws_its_rate_band_and_gaps():
    rate = np.full(20, 5.0)
    rate[3] = np.nan
    ax = psth(EDGES, rate, (rate - 1, rate + 2), spontaneous=4.0, windows=[(0.0, 0.05)])
    np.testing.assert_array_equal(artist(ax, "psth").get_data().values, rate)
    assert artist(ax, "spontaneous").get_ydata()[0] == 4.0
    assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] >= 7
    render(ax)


def test_a_wide_band_does_not_dwarf_the_rates():
    rate = np.ones(20)
    high = np.where(np.arange(20) == 4, 1000.0, 2.0)
    assert psth(EDGES, rate, (rate * 0, high)).get_ylim()[1] < 2
    assert psth(EDGES, rate * 0, (rate * 0, high)).get_ylim()[1] > 0


def test_the_tuning_curve_has_a_line_per_level_and_marks_the_best():
    values = np.geomspace(2000, 32_000, 9)
    curves = {f"level {k}": (values / 1e3 * k, values * 0, values / 1e3 * 2 * k) for k in (1, 2, 3)}
    ax = tuning_curve(values, curves, factor="frequency", is_log=True, best=8000.0)
    assert ax.get_xscale() == "log" and ax.get_xlabel() == "frequency"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(curves)
    assert list(artist(ax, "best").get_xdata()) == [8000.0, 8000.0]
    assert any(t.get_text() == "2k" for t in ax.get_xticklabels())
    alone = tuning_curve(values, {"evoked": curves["level 1"]}, factor="angle")
    assert alone.get_legend() is None and alone.get_xscale() == "linear"
    render(ax)


def test_the_map_has_a_cell_per_condition_and_dots_on_those_beyond_chance():
    evoked = np.arange(12.0).reshape(3, 4)
    evoked[0, 0] = np.nan
    ax = frequency_level(
        np.array([2e3, 4e3, 8e3, 16e3]), np.array([20.0, 40, 60]), evoked, is_excited=evoked > 9
    )
    drawn = artist(ax, "map").get_array()
    np.testing.assert_array_equal(np.ma.filled(drawn, np.nan), evoked)
    np.testing.assert_allclose(artist(ax, "excited").get_offsets(), [[2.5, 2.5], [3.5, 2.5]])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2k", "4k", "8k", "16k"]
    render(ax)


def test_first_spikes_are_counted_once_each():
    late = np.array([0.01, 0.012, 0.011, 0.03])
    ax = first_spikes(late, window=(0.005, 0.055), n_trials=10, minimum=0.0095, by_chance=2.0)
    assert artist(ax, "first_spikes").get_data().values.sum() == 4
    assert "4 of 10 trials" in ax.get_title(loc="left")
    assert {t.get_text() for t in ax.get_legend().get_texts()} == {
        "median 11.5 ms",
        "minimum 9.5 ms",
        "by chance alone",
    }
    assert len(first_spikes(late, window=(0.005, 0.055), n_trials=10).get_legend().get_texts()) == 1
    render(ax)


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (
            lambda ax: raster(NOTHING.astype(int), NOTHING, NOTHING.astype(int), shown=(0, 1), ax=ax),
            "no trials",
        ),
        (lambda ax: psth(np.zeros(1), NOTHING, (NOTHING, NOTHING), ax=ax), "no bin"),
        (lambda ax: tuning_curve(NOTHING, {}, ax=ax), "no condition"),
        (lambda ax: first_spikes(NOTHING, window=(0, 1), n_trials=3, ax=ax), "no spike in the window"),
    ],
)
def test_what_there_is_not_is_said_on_the_axes_given(draw, told):
    ax = Figure().add_subplot()
    assert draw(ax) is ax
    assert [t.get_text() for t in ax.texts] == [told]


def test_numbers_are_short():
    assert [number(v) for v in (8000.0, 12_345.0, 0.5, -20.0)] == ["8k", "12.3k", "0.5", "-20"]
