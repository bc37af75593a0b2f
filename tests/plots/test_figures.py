from __future__ import annotations

import dataclasses
import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from spikelens.plots._cutouts import cut_out
from spikelens.plots._exposure import observed_seconds, rates
from spikelens.plots.heights import heights
from spikelens.plots.images import png, svg
from spikelens.plots.intervals import interspike_intervals, intervals
from spikelens.plots.overview import overview
from spikelens.plots.phase_plane import phase_plane
from spikelens.plots.picks import nearly_accepted, telling
from spikelens.plots.probabilities import probabilities
from spikelens.plots.rate import rate
from spikelens.plots.trace import trace
from spikelens.plots.waveforms import waveforms
from spikelens.plots.zooms import zooms
from spikelens.recording import Recording
from tests.factory import PEAK, make_recording, make_spikes, make_trace
from tests.plots.test_trace import artist, drawn

PEAKS = [2000, 2200, 2400, 9000, 15_000]


@pytest.fixture
def recording():
    return make_recording(PEAKS)


@pytest.fixture
def spikes(recording):
    return make_spikes(recording, PEAKS, rejected=[5000, 12_000])


def with_probability(spikes, values):
    return spikes.with_columns({"probability": np.asarray(values, np.float32)})


def test_pyplot_is_never_imported_and_settings_stay():
    code = """
import sys
from tests.factory import make_recording, make_spikes
from spikelens.html import ReportFacts, report
from spikelens.plots.overview import overview
assert "matplotlib" not in sys.modules
recording = make_recording([500, 900])
spikes = make_spikes(recording, [500, 900], rejected=[1500])
import matplotlib
before = matplotlib.rcParams.copy()
overview(recording, spikes)
report(recording, spikes, ReportFacts("cell"))
assert matplotlib.rcParams.copy() == before
assert "matplotlib.pyplot" not in sys.modules
"""
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=path, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("draw", [trace, waveforms, heights, rate, phase_plane])
def test_axes_given_are_the_axes_returned(draw, recording, spikes):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert draw(recording, spikes, ax=ax) is ax
    assert draw(recording, spikes) is not ax


@pytest.mark.parametrize("draw", [waveforms, phase_plane])
def test_no_spikes_is_said_in_words(draw, recording):
    assert [t.get_text() for t in draw(recording, make_spikes(recording, [])).texts] == ["no spikes"]


@pytest.mark.parametrize("polarity", [1, -1])
@pytest.mark.parametrize(("quantity", "unit", "scale"), [("voltage", "mV", 1.0), ("current", "pA", 1e-9)])
def test_every_figure_of_any_quantity_and_polarity_has_its_units(quantity, unit, scale, polarity):
    samples = polarity * scale * make_trace(20_000, 20_000, PEAKS)
    recording = Recording.from_array(samples, 20_000, quantity=quantity)
    spikes = make_spikes(recording, PEAKS, rejected=[4000])
    assert np.sign(spikes.height).tolist() == [polarity] * len(PEAKS)
    for draw in (trace, waveforms, heights):
        assert draw(recording, spikes).get_ylabel().endswith(f"({unit})")
    assert phase_plane(recording, spikes).get_xlabel() == f"{quantity} ({unit})"
    assert (
        phase_plane(recording, spikes)
        .get_ylabel()
        .startswith("dV/dt (V/s)" if scale == 1 else "dI/dt (nA/s)")
    )
    assert zooms(recording, spikes).axes[0].get_ylabel() == f"{quantity} ({unit})"


def test_cutouts_are_aligned_on_the_subsample_peak_and_end_at_sweeps():
    recording = make_recording([100, 300], n_samples=400, sweep_lengths=[110, 290])
    spikes = make_spikes(recording, [100, 300])
    moved = spikes.with_columns({"time_in_sweep": spikes.time_in_sweep + 0.25 / 20_000})
    cut = cut_out(recording, moved, 1e-3, 1e-3, 10)
    np.testing.assert_allclose(cut.time[0, 20], -0.25 / 20_000)
    np.testing.assert_allclose(cut.values[1], recording.read(280, 321)[:, 0])
    assert np.isnan(cut.values[0, 30:]).all() and np.isfinite(cut.values[0, :30]).all()


def test_times_of_onsets_do_not_move_cutouts(recording, spikes):
    onsets = spikes.with_columns({"time_in_sweep": spikes.time_in_sweep - 5e-4})
    np.testing.assert_array_equal(cut_out(recording, onsets, 1e-3, 1e-3, 10).time[:, 20], 0.0)


def test_waveforms_show_each_spike_and_their_median(recording, spikes):
    ax = waveforms(recording, spikes, before=1e-3, after=1e-3)
    assert len(artist(ax, "waveforms").get_segments()) == len(PEAKS)
    x, y = drawn(ax, "median").T
    assert x[np.argmax(y)] == pytest.approx(0.0, abs=1e-9)
    assert y.max() == pytest.approx(PEAK, abs=1e-3)
    thinned = waveforms(recording, spikes, most=2)
    assert len(artist(thinned, "waveforms").get_segments()) == 2
    assert thinned.get_title(loc="left").startswith("2 of 5 spikes")


def test_long_spikes_are_shown_for_longer_unless_told(recording, spikes):
    provenance = dataclasses.replace(spikes.provenance, survey={"clock": 2.5})
    long = dataclasses.replace(spikes, provenance=provenance)
    assert waveforms(recording, spikes).get_xlim() == pytest.approx((-2e-3, 4e-3))
    assert waveforms(recording, long).get_xlim() == pytest.approx((-5e-3, 10e-3))
    assert waveforms(recording, long, before=1e-3).get_xlim() == pytest.approx((-1e-3, 10e-3))


def test_phase_plane_is_the_slope_over_the_voltage():
    ramp = np.linspace(-0.07, 0.03, 201)
    recording = Recording.from_array(ramp, 1000.0)
    ax = phase_plane(recording, make_spikes(recording, [100]), before=0.02, after=0.02)
    orbit = artist(ax, "orbits").get_paths()[0].vertices
    np.testing.assert_allclose(orbit[:, 1], 0.0005 * 1000, rtol=1e-4)
    np.testing.assert_allclose(orbit[:, 0], ramp[80:121], atol=1e-7)


def test_intervals_never_cross_walls_or_sweeps():
    recording = make_recording(n_samples=20_000, sweep_lengths=[10_000, 10_000])
    indices = [1000, 1200, 5000, 9900, 10_100, 10_200]
    spikes = make_spikes(recording, indices, walls=np.array([[3000, 4000]]))
    np.testing.assert_allclose(interspike_intervals(spikes), [0.01, 0.245, 0.005])


@pytest.mark.parametrize("log", [True, False])
def test_intervals_are_all_counted_and_the_short_ones_told(log):
    recording = make_recording(n_samples=20_000)
    spikes = make_spikes(recording, [1000, 1010, 1400, 1800, 3000])
    ax = intervals(spikes, log=log, refractory=1e-3)
    counts = artist(ax, "intervals").get_data().values
    assert counts.sum() == (4 if log else 3)  # the linear one ends at the 95th percentile
    assert ax.get_title(loc="left") == "4 intervals, 1 below 1 ms"
    assert ax.get_xscale() == ("log" if log else "linear")
    assert drawn(ax, "refractory")[0, 0] == 1e-3


def test_a_single_spike_has_no_interval(recording):
    assert "no two spikes" in intervals(make_spikes(recording, [500])).texts[0].get_text()


def test_only_observed_time_counts_for_rates():
    recording = make_recording(n_samples=20_000)
    spikes = make_spikes(recording, [100, 15_000], walls=np.array([[0, 0], [5000, 12_000]]))
    edges = np.array([0, 5000, 10_000, 20_000])
    np.testing.assert_allclose(observed_seconds(spikes, edges), [0.25, 0.0, 0.4])
    np.testing.assert_allclose(rates(spikes, edges), [4.0, np.nan, 2.5])
    nothing = make_spikes(recording, [], walls=np.array([[0, 20_000]]))
    assert np.isnan(rates(nothing, edges)).all()


def test_rate_per_sweep_and_over_time(recording, spikes):
    sweeps = make_recording(n_samples=20_000, sweep_lengths=[10_000, 10_000])
    per_sweep = rate(sweeps, make_spikes(sweeps, [100, 200, 15_000]))
    np.testing.assert_allclose(drawn(per_sweep, "rate"), [[0, 4.0], [1, 2.0]])
    over_time = artist(rate(recording, spikes, bin=0.5), "rate").get_data()
    np.testing.assert_allclose(over_time.values, [8.0, 2.0])
    np.testing.assert_allclose(over_time.edges, [0.0, 0.5, 1.0])


def test_heights_show_rejected_candidates_in_grey(recording, spikes):
    ax = heights(recording, spikes)
    np.testing.assert_allclose(drawn(ax, "spikes")[:, 1], spikes.height)
    np.testing.assert_allclose(drawn(ax, "rejected")[:, 0], [0.25, 0.6])
    assert ax.get_ylim()[0] <= 0


def test_probabilities_are_counted_or_said_to_be_absent(spikes):
    assert "no probability" in probabilities(spikes).texts[0].get_text()
    sure = with_probability(spikes, [0.99, 0.99, 0.9, 0.7, np.nan])
    sure = dataclasses.replace(sure, candidates=with_probability(spikes.candidates, [0.1, 0.3]))
    ax = probabilities(sure)
    assert artist(ax, "spikes").get_data().values.sum() == 4
    stacked = artist(ax, "rejected").get_data()
    assert (stacked.values - stacked.baseline).sum() == 2


def test_telling_spikes(spikes):
    size = np.array([90, 80, 85, 70, 100]) * 1e-3
    spikes = spikes.with_columns({"height": size})
    told = {pick.why: pick.row for pick in telling(spikes)}
    assert told["typical"] == 2
    assert told["smallest"] == np.argmin(size) and told["tallest"] == np.argmax(size)
    assert told["fastest three"] == 1
    assert "rejected: too small" in told
    sure = with_probability(spikes, [0.9, 0.9, 0.9, 0.5, 0.9])
    assert {pick.why: pick.row for pick in telling(sure)}["smallest, least certain"] == 3
    assert [pick.why for pick in telling(spikes.take(np.array([0])))] == ["the only spike"]


def test_nearest_candidates_come_first(spikes):
    rejected = with_probability(spikes.candidates, [0.1, 0.4])
    picks = nearly_accepted(dataclasses.replace(spikes, candidates=rejected), 5)
    assert [pick.row for pick in picks] == [1, 0]
    assert all(pick.is_rejected for pick in picks)


def test_zooms_have_the_spikes_samples_in_blue_and_one_scale(recording, spikes):
    panels = zooms(recording, spikes).axes
    assert len(panels) == len(telling(spikes))
    by_title = {ax.get_title(loc="left").split("\n")[0]: ax for ax in panels}
    blue = {name: np.isfinite(drawn(ax, "spikes")[:, 1]).sum() for name, ax in by_title.items()}
    assert blue["fastest three"] == 3 * 61
    assert blue["rejected: too small"] == 0
    np.testing.assert_allclose([np.ptp(ax.get_ylim()) for ax in panels], np.ptp(panels[0].get_ylim()))
    assert artist(by_title["typical"], "threshold") is None


def test_zooms_mark_the_threshold_where_it_was_measured(recording, spikes):
    measured = spikes.with_columns({"threshold_v": np.full(5, -0.05), "peak_v": np.full(5, 0.03)})
    typical = zooms(recording, measured).axes[0]
    assert drawn(typical, "threshold")[0, 1] == -0.05
    np.testing.assert_allclose(drawn(typical, "peak"), [[0.0, 0.03]])


def test_overview_draws_any_outcome(recording, spikes):
    figure = overview(recording, spikes)
    assert "5 spikes in 1 s, 5 per s" in figure.subfigs[0].get_suptitle()
    assert png(figure)[:8] == b"\x89PNG\r\n\x1a\n"
    quiet = overview(recording, make_spikes(recording, []))
    assert "0 spikes" in quiet.subfigs[0].get_suptitle()
    single = Recording.from_array(np.array([-0.07]), 1000.0)
    png(overview(single, make_spikes(single, [0])))


def test_missing_samples_and_unknown_sweep_starts_are_drawn():
    samples = make_trace(9000, 20_000, [1000, 4000, 7000])
    samples[3990:4010] = np.nan
    samples[6000:9000] = np.nan
    recording = Recording.from_array(samples, 20_000, sweep_lengths=[3000, 3000, 3000])
    assert np.isnan(recording.sweeps.start_times).all()
    spikes = make_spikes(recording, [1000, 4000, 7000], walls=np.array([[3980, 4020], [6000, 9000]]))
    for figure in (
        overview(recording, spikes),
        waveforms(recording, spikes).figure,
        heights(recording, spikes).figure,
    ):
        assert len(png(figure)) > 1000


def test_images_are_the_same_for_the_same_figure(recording, spikes):
    drawn_once, drawn_twice = (svg(waveforms(recording, spikes).figure) for _ in range(2))
    assert drawn_once == drawn_twice
    assert b"<dc:date>" not in drawn_once
    assert matplotlib.rcParams["svg.fonttype"] == matplotlib.rcParamsDefault["svg.fonttype"]


def test_a_mark_between_two_samples_lies_on_the_trace():
    recording = make_recording([5000])
    spikes = make_spikes(recording, [5000])
    late = spikes.with_columns({"time_in_sweep": spikes.time_in_sweep + 0.5 / recording.sampling_rate})
    panel = zooms(recording, late).axes[0]
    mark, rest = (next(line for line in panel.lines if line.get_gid() == gid) for gid in ("peak", "rest"))
    assert mark.get_ydata()[0] == pytest.approx(np.interp(mark.get_xdata()[0], *rest.get_data()))
    assert mark.get_ydata()[0] < recording.read(5000, 5001)[0, 0]
