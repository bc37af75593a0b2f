"""Figures of kinds: colours keep to words, nothing and one spike draw, and what is drawn is the data."""

from __future__ import annotations

import numpy as np
import pytest

from spikelens.plots._kinds import kind_colours
from spikelens.plots.burst_raster import burst_raster
from spikelens.plots.firing_patterns import Shown, firing_patterns
from spikelens.plots.images import png
from spikelens.plots.joint_intervals import joint_intervals
from spikelens.plots.kind_heights import kind_heights
from spikelens.plots.kind_waveforms import kind_waveforms
from tests.factory import make_recording, make_spikes

PEAKS = [3000, 3100, 9000, 15_000]
KINDS = np.array(["full", "small", "full", "mine"])


def test_words_of_rules_keep_their_colours_and_others_differ():
    alone, among = kind_colours(["small"]), kind_colours(["mine", "small", "theirs", ""])
    assert alone["small"] == among["small"]
    assert len(set(among.values())) == 4
    assert len(kind_colours([f"unit {k}" for k in range(12)])) == 12


def test_each_kind_has_a_panel_and_each_spike_a_dot():
    recording = make_recording(PEAKS)
    spikes = make_spikes(recording, PEAKS, columns={"kind": KINDS})
    kinds = ["full", "small", "mine"]
    figure = kind_waveforms(recording, spikes, kinds)
    assert [axes.get_title("left") for axes in figure.axes] == ["full, 2", "small, 1", "mine, 1"]
    size = np.array([0.08, 0.03, 0.08, 0.05])
    figure = kind_heights(recording, spikes, size, kinds, levels=[(PEAKS[0], PEAKS[-1], 0.08)])
    dots = [line for line in figure.axes[0].lines if str(line.get_gid()).startswith("kind")]
    assert sorted(np.concatenate([line.get_ydata() for line in dots])) == sorted(size)
    assert sum(bar.get_width() for bar in figure.axes[1].patches) == 4
    png(figure, dpi=30)


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_spikes_are_drawn(n):
    recording = make_recording(PEAKS[:n])
    spikes = make_spikes(recording, PEAKS[:n], columns={"kind": KINDS[:n]})
    png(kind_waveforms(recording, spikes, list(KINDS[:n])), dpi=30)
    png(kind_heights(recording, spikes, np.full(n, 0.08), list(KINDS[:n])), dpi=30)
    lonely = joint_intervals(np.full(n, np.inf), np.full(n, np.inf), KINDS[:n], [], limit=0.01)
    assert lonely.texts[0].get_text() == "no three spikes within one stretch"
    assert burst_raster(np.zeros(n), np.zeros(n, int)).texts[0].get_text() == "no bursts"
    png(firing_patterns([]), dpi=30)


def test_bursts_stand_in_rows_and_intervals_at_their_places():
    axes = burst_raster(np.array([0.1, 0.105, 0.11, 2.0, 2.01, 2.03]), np.array([1, 1, 1, 2, 2, 2]))
    assert axes.get_title("left") == "2 bursts"
    ends = [segment[0][0] for rows in axes.collections for segment in rows.get_segments()]
    assert np.allclose(ends, [0, 0.005, 0.01, 0, 0.01, 0.03])
    before, after = np.array([np.inf, 0.01, 0.2]), np.array([0.01, 0.2, np.inf])
    context = np.array(["doublet", "doublet", "single"])
    axes = joint_intervals(before, after, context, ["single", "doublet"], limit=0.02)
    drawn = {line.get_gid(): line.get_xydata().tolist() for line in axes.lines}
    assert drawn["context doublet"] == [[0.01, 0.2]] and drawn["context single"] == []


def test_a_step_shows_its_trace_its_spikes_and_its_intervals():
    time = np.linspace(-0.1, 0.6, 701)
    step = Shown("2 x rheobase", time, np.zeros(701), np.array([0.05, 0.1, 0.2]), 0.5)
    figure = firing_patterns([step])
    trace, course = figure.axes
    assert trace.get_title("left") == "2 x rheobase"
    intervals = next(line for line in course.lines if line.get_gid() == "intervals")
    assert np.allclose(intervals.get_xydata(), [[0.1, 0.05], [0.2, 0.1]])
