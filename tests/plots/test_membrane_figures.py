"""Figures of membrane potential and quality, from known arrays; where there is nothing, they say so."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.image import imread

from spikelens.plots.bridges import bridges
from spikelens.plots.coherence import coherence
from spikelens.plots.distribution import distribution
from spikelens.plots.images import png, svg
from spikelens.plots.qualities import qualities
from spikelens.plots.states import states
from spikelens.plots.sweep_averages import sweep_averages
from spikelens.plots.triggered import triggered
from tests.factory import make_recording

LAG = np.linspace(-0.1, 0.1, 101)
CURVES = {"mean": -0.06 + 1e-3 * np.cos(50 * LAG), "control": np.full(101, -0.06)}
CURVES |= {"low": CURVES["control"] - 1e-4, "high": CURVES["control"] + 1e-4}
EDGES = np.linspace(-0.1, 0, 101)
COUNTS = np.bincount(np.random.default_rng(0).binomial(100, 0.4, 5000), minlength=100)
TIME = np.arange(10) + 0.5


def drawn_triggered(n=20):
    return triggered(LAG, CURVES, ("membrane potential", "V"), n=n)


FIGURES = {
    "bridges": lambda: bridges(make_recording([5000]), make_recording(), np.array([[4980, 5040]])),
    "distribution": lambda: distribution({"control": COUNTS, "drug": COUNTS[::-1]}, EDGES, levels=(-0.06,)),
    "triggered": drawn_triggered,
    "coherence": lambda: coherence(np.arange(1, 300.0), np.linspace(0, 0.9, 299), level=0.1),
    "sweep_averages": lambda: sweep_averages({"3 sweeps": (TIME, TIME * 1e-3, np.full(10, 1e-3))}),
    "states": lambda: states(TIME, np.float32(TIME * 1e-3), np.array([[2.0, 4.0]]), cutoffs=(0.002, 0.006)),
    "qualities": lambda: qualities(TIME, {"rest": (TIME * 1e-3, "V"), "hum": (TIME * np.nan, "V")}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_the_same_twice_as_pixels_and_as_vectors(name):
    figures = [getattr(drawn, "figure", drawn) for drawn in (FIGURES[name](), FIGURES[name]())]
    first, again = (png(figure, dpi=40) for figure in figures)
    assert first == again
    assert len(np.unique(imread(io.BytesIO(first)).reshape(-1, 4), axis=0)) > 10
    assert svg(figures[0]).startswith(b"<?xml")


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (lambda: bridges(make_recording(), make_recording(), np.empty((0, 2), np.int64)), "no spikes"),
        (lambda: distribution({"none": np.zeros(100, np.int64)}, EDGES), "no samples"),
        (lambda: drawn_triggered(0), "no spike as far"),
        (lambda: sweep_averages({}), "no two sweeps"),
        (lambda: qualities(TIME, {"hum": (TIME * np.nan, "V")}).axes[0], "nothing could be measured"),
    ],
)
def test_where_there_is_nothing_it_is_said(drawn, words):
    assert any(words in text.get_text() for text in drawn().texts)


def test_the_line_is_the_data():
    line = next(line for line in drawn_triggered().lines if line.get_gid() == "mean")
    np.testing.assert_array_equal(line.get_ydata(), CURVES["mean"])
    axes = FIGURES["bridges"]()
    recorded, bridged = (next(x for x in axes.lines if x.get_gid() == gid) for gid in ("recorded", "bridged"))
    assert recorded.get_ydata().max() > 0 > bridged.get_ydata().max()


def test_a_histogram_is_a_share_of_time_per_mv():
    axes = distribution({"all": COUNTS}, EDGES)
    values, edges, _ = axes.patches[0].get_data()
    assert (values * np.diff(edges) * 1e3).sum() == pytest.approx(1.0)
    low, high = axes.get_xlim()
    assert COUNTS[(EDGES[:-1] >= low) & (EDGES[1:] <= high)].sum() > 0.998 * COUNTS.sum()


def test_panels_without_values_are_left_out_and_proposed_time_is_shaded():
    measures = {"rest": (TIME * 1e-3, "V"), "hum": (TIME * np.nan, "V"), "noise": (TIME * 1e-6, "V")}
    figure = qualities(TIME, measures, marked={"noise": [(2.0, 4.0)]})
    assert len(figure.axes) == 2
    assert [sum(p.get_gid() == "proposed" for p in axes.patches) for axes in figure.axes] == [0, 1]
