from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from spikelens.calibration import reliability as reliability_of
from spikelens.errors import OutsideRecording
from spikelens.labels import Labels, compare
from spikelens.learning import cut, label
from spikelens.plots.classified import classified
from spikelens.plots.confusion import confusion
from spikelens.plots.contacts import contacts
from spikelens.plots.images import png
from spikelens.plots.levels import levels
from spikelens.plots.reliability import reliability
from tests.learning.cells import RATE, make_cell

RECORDING, PEAKS = make_cell(4)
WINDOWS = cut(RECORDING, 100)
LABELS = label(WINDOWS, "truth", times=RECORDING.time_of(PEAKS))


def line(axes, name):
    return next(drawn for drawn in axes.lines if drawn.get_gid() == name)


def test_the_samples_of_spike_windows_are_blue_and_no_others():
    axes = classified(RECORDING, LABELS, start=0.0, stop=0.5)
    trace = RECORDING.read()[:2000, 0]
    grey, blue = line(axes, "rest").get_ydata(), line(axes, "spikes").get_ydata()
    inside = np.repeat(LABELS.are("spike")[:20], 100)
    # 2000 samples are more than there are pixels: a spike's window keeps its highest value.
    assert np.nanmax(blue) == np.float32(trace[inside].max())
    assert np.nanmin(grey) == np.float32(trace.min())
    at = line(axes, "spikes").get_xdata()[np.isfinite(blue)]
    windows = np.clip((at * RATE + 0.5).astype(int) // 100, 0, 19)
    assert LABELS.are("spike")[windows].all()


def test_the_limits_are_those_of_the_trace_and_borders_reach_across():
    axes = classified(RECORDING, LABELS, start=0.0, stop=0.1)
    low, high = axes.get_ylim()
    assert -0.09 < low < high < 0.0
    borders = next(drawn for drawn in axes.collections if drawn.get_gid() == "borders")
    assert [round(float(path.vertices[0, 0]), 3) for path in borders.get_paths()] == [0.025, 0.05, 0.075]


def test_a_long_stretch_has_no_borders():
    assert not classified(RECORDING, LABELS).collections


def test_ticks_tell_the_recordings_clock_across_sweeps():
    axes = classified(RECORDING, LABELS, start=0.3, stop=1.2)
    shown = [float(text.get_text()) for text in axes.get_xticklabels()]
    assert shown == sorted(shown) and 0.3 <= shown[0] < shown[-1] <= 1.2
    # Sweeps stand apart in the drawing, but their ticks tell recorded time.
    assert axes.get_xticks()[-1] > shown[-1]


def test_no_spike_window_leaves_all_grey():
    axes = classified(RECORDING, Labels.of(WINDOWS, np.zeros(len(WINDOWS)), "never"))
    assert not np.isfinite(line(axes, "spikes").get_ydata()).any()


def test_what_is_not_labelled_is_not_drawn():
    with pytest.raises(OutsideRecording, match="no labelled window"):
        classified(RECORDING, LABELS.take(np.arange(5)), start=1.0, stop=1.5)


def test_a_contact_sheet_shows_every_picture_with_its_name():
    pictures = np.full((15, 32, 32), 200, np.uint8)
    figure = contacts(pictures, range(1, 16), title="fifteen")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == [str(k) for k in range(1, 16)]
    sheet = axes.images[0].get_array()
    assert (sheet == 200).sum() >= 15 * 30 * 30
    assert contacts(pictures[:0], []).axes[0].texts[0].get_text() == "no window of this class"


def test_reliability_draws_a_curve_per_name():
    rng = np.random.default_rng(0)
    probability = rng.random(500)
    curve = reliability_of(probability, rng.random(500) < probability)
    axes = reliability({"0.020 V": curve})
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["0.020 V"]
    assert np.array_equal(axes.lines[1].get_ydata(), curve.true)


def test_confusion_prints_the_counts():
    rule = label(WINDOWS, cutoff=0.02)
    agreement = compare(rule, LABELS)
    axes = confusion(agreement, reference="the truth")
    assert [text.get_text() for text in axes.texts] == [f"{n:,}" for n in agreement.confusion.ravel()]
    assert axes.get_ylabel() == "the truth"


def test_levels_draws_scores_over_shifts_in_millivolts():
    axes = levels((0.0, 0.012), {"pictures": (0.9, 0.2)})
    axes.get_figure().draw_without_rendering()
    assert "(mV)" in axes.get_xlabel()
    assert axes.lines[0].get_ydata()[-1] == 0.2


def test_all_take_axes_and_can_be_drawn():
    figure = Figure()
    axes = figure.subplots(2, 2).ravel()
    classified(RECORDING, LABELS, ax=axes[0])
    confusion(compare(LABELS, LABELS), ax=axes[1])
    levels((0.0, 0.01), {"a": (1.0, 0.5)}, ax=axes[2])
    reliability({"a": reliability_of(np.array([0.1, 0.9]), np.array([False, True]))}, ax=axes[3])
    assert png(figure).startswith(b"\x89PNG")
