from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.errors import OutsideRecording
from spikelens.plots import _pixels
from spikelens.plots._pixels import envelopes, pixel_edges, spike_windows
from spikelens.plots._timeline import GAP
from spikelens.plots.images import png
from spikelens.plots.trace import PIXELS, trace
from spikelens.recording import Channel, Events, Recording, Sweeps
from tests.factory import make_recording, make_spikes, make_trace


def artist(ax, gid):
    """The artist of an axes that bears `gid`, or None."""
    found = [child for child in ax.get_children() if child.get_gid() == gid]
    assert len(found) <= 1
    return found[0] if found else None


def drawn(ax, gid):
    return np.asarray(artist(ax, gid).get_xydata())


def test_samples_of_spikes_are_blue_and_all_are_grey_when_every_sample_is_drawn():
    recording = make_recording([500, 1200], n_samples=1800)
    spikes = make_spikes(recording, [500, 1200])
    ax = trace(recording, spikes)
    blue = drawn(ax, "spikes")[:, 1]
    shown = np.flatnonzero(np.isfinite(blue))
    # 1 ms before to 2 ms after each peak, peak included, at 20 kHz.
    expected = np.concatenate([np.arange(480, 541), np.arange(1180, 1241)])
    np.testing.assert_array_equal(shown, expected)
    np.testing.assert_allclose(blue[shown], recording.read()[expected, 0])
    np.testing.assert_allclose(drawn(ax, "rest")[:, 1], recording.read()[:, 0])


def test_windows_end_at_the_edges_of_sweeps():
    recording = make_recording(n_samples=400, sweep_lengths=[200, 200])
    windows = spike_windows(recording, np.array([5, 198, 201]), 1e-3, 2e-3)
    np.testing.assert_array_equal(windows, [[0, 46], [178, 200], [200, 242]])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=6), st.integers(1, 100), st.data())
def test_edges_cover_what_is_shown_and_never_cross_a_sweep(lengths, n_pixels, data):
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    start = data.draw(st.integers(0, int(bounds[-1]) - 1))
    stop = data.draw(st.integers(start + 1, int(bounds[-1])))
    edges = pixel_edges(bounds, start, stop, n_pixels)
    assert (edges[0], edges[-1]) == (start, stop)
    assert (np.diff(edges) > 0).all()
    assert np.isin(bounds[(bounds > start) & (bounds < stop)], edges).all()
    assert edges.size - 1 <= n_pixels + 3 * len(lengths)


@pytest.mark.parametrize("gain", [1e-5, -1e-5])
def test_envelope_of_integers_is_in_si_and_read_in_pieces(gain, monkeypatch):
    monkeypatch.setattr(_pixels, "PIECE", 700)
    stored = np.random.default_rng(0).integers(-9000, 9000, 10_000).astype(">i2")
    recording = Recording.from_array(stored, 1e4, gain=gain)
    edges = pixel_edges(recording.sweeps.bounds, 0, 10_000, 100)
    (found,) = envelopes(recording, edges, [np.array([[0, 10_000]])])
    values = stored.reshape(100, 100) * gain
    np.testing.assert_allclose(found, [values.min(axis=1), values.max(axis=1)])


def test_millions_of_samples_draw_few_vertices_and_lose_no_extreme():
    peaks = [123_457, 1_900_001]
    stored = np.round(make_trace(2_000_000, 20_000, peaks) / 3e-5).astype(np.int16)
    recording = Recording.from_array(stored, 20_000, gain=3e-5)
    ax = trace(recording, make_spikes(recording, peaks))
    rest, blue = drawn(ax, "rest"), drawn(ax, "spikes")
    assert max(len(rest), len(blue)) <= 2 * PIXELS + 10
    assert rest[:, 1].max() == pytest.approx(stored.max() * 3e-5)
    assert rest[:, 1].min() == pytest.approx(stored.min() * 3e-5)
    assert np.nanmax(blue[:, 1]) == pytest.approx(stored.max() * 3e-5)
    assert artist(ax, "ribbon") is not None


def test_nothing_is_read_whole(monkeypatch):
    monkeypatch.setattr(_pixels, "PIECE", 1000)
    recording = make_recording([5000])
    lengths = []

    class Watching:
        shape, dtype = recording.source.shape, recording.source.dtype

        def read(self, start, stop):
            lengths.append(stop - start)
            return recording.source.read(start, stop)

    trace(dataclasses.replace(recording, source=Watching()), make_spikes(recording, [5000]))
    assert sum(lengths) == recording.n_samples
    assert max(lengths) <= 1000


def test_a_tick_per_spike():
    peaks = [1000, 5000, 15_000]
    recording = make_recording(peaks)
    ax = trace(recording, make_spikes(recording, peaks))
    ticks = drawn(ax, "ticks").reshape(3, 3, 2)
    np.testing.assert_allclose(ticks[:, 0, 0], np.array(peaks) / 20_000)


def test_sweeps_stand_end_to_end_with_gaps_and_a_broken_line():
    recording = make_recording(n_samples=3000, sampling_rate=1000.0, sweep_lengths=[1000, 1000, 1000])
    ax = trace(recording)
    x, y = drawn(ax, "rest").T
    assert np.isnan(y).sum() == 2
    assert np.nanmax(x) == pytest.approx(3 + 2 * GAP, abs=0.01)
    assert ax.get_xlabel() == "sweep (1 s each; gaps not to scale)"
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "1", "2"]


def test_overlaid_sweeps_share_one_axis():
    recording = make_recording([500], n_samples=3000, sampling_rate=1000.0, sweep_lengths=[1000, 2000])
    ax = trace(recording, make_spikes(recording, [500, 2500]), overlaid=True)
    assert ax.get_xlim() == (0.0, 2.0)
    assert ax.get_xlabel().startswith("time in sweep")
    assert artist(ax, "ticks") is None


def test_a_part_is_shown_on_the_clock():
    recording = make_recording([10_000])
    recording = dataclasses.replace(recording, sweeps=Sweeps.of_lengths([20_000], [5.0]))
    ax = trace(recording, make_spikes(recording, [10_000]), start=5.49, stop=5.52)
    x = drawn(ax, "rest")[:, 0]
    assert x.size == 600
    assert (x[0], x[-1]) == (pytest.approx(5.49), pytest.approx(5.52 - 5e-5))
    with pytest.raises(OutsideRecording):
        trace(recording, start=7.0, stop=8.0)


def test_a_part_of_one_sweep_stands_on_the_clock_and_a_part_of_two_end_to_end():
    recording = make_recording(n_samples=3000, sampling_rate=1000.0, sweep_lengths=[1000, 1000, 1000])
    one = trace(recording, start=1.2, stop=1.4)
    assert one.get_xlim() == (pytest.approx(1.2), pytest.approx(1.4))
    assert one.get_xlabel() == "time (s)"
    two = trace(recording, start=1.2, stop=2.8)
    assert two.get_xlim() == (pytest.approx(1.2 + GAP), pytest.approx(2.8 + 2 * GAP))
    assert [t.get_text() for t in two.get_xticklabels()] == ["1", "2"]


def test_unobserved_time_is_hatched():
    recording = make_recording(n_samples=20_000, sweep_lengths=[10_000, 10_000])
    walls = np.array([[2000, 4000], [9000, 11_000]])
    ax = trace(recording, make_spikes(recording, [6000], walls=walls))
    boxes = [path.get_extents() for path in artist(ax, "unobserved").get_paths()]
    second = 0.5 * (1 + GAP)
    expected = [(0.1, 0.2), (0.45, 0.5), (second, second + 0.05)]
    np.testing.assert_allclose([(b.x0, b.x1) for b in boxes], expected)
    assert artist(ax, "unobserved").get_hatch()
    assert artist(trace(recording, make_spikes(recording, [6000])), "unobserved") is None


def test_missing_samples_leave_a_hole():
    samples = make_trace(1000, 20_000)
    samples[300:400] = np.nan
    ax = trace(Recording.from_array(samples, 20_000))
    missing = np.isnan(drawn(ax, "rest")[:, 1])
    np.testing.assert_array_equal(np.flatnonzero(missing), np.arange(300, 400))


def test_events_are_marked_and_named_once():
    events = Events.at([0.1, 0.4, 0.7], [0.2, 0.4, 0.8], label=["tone", "tone", "blank"])
    ax = trace(dataclasses.replace(make_recording(), events=events))
    np.testing.assert_allclose(drawn(ax, "events")[:, 0], [0.4])
    assert [t.get_text() for t in ax.texts] == ["tone"]


def test_the_rate_is_drawn_only_where_it_has_bins_enough():
    recording = make_recording([5000, 15_000])
    spikes = make_spikes(recording, [5000, 15_000])
    assert artist(trace(recording, spikes), "ribbon") is not None
    assert artist(trace(recording, spikes, start=0.2, stop=0.4), "ribbon") is None


def test_names_with_dollar_signs_are_no_formulas():
    events = Events.at([0.1], label="$5 \\frac$")
    figure = trace(dataclasses.replace(make_recording(), events=events)).figure
    assert len(png(figure)) > 1000


@pytest.mark.parametrize(
    ("quantity", "scale", "label"),
    [("voltage", 1.0, "voltage (mV)"), ("current", 1e-9, "current (pA)"), ("other", 1.0, "other")],
)
def test_axes_carry_units(quantity, scale, label):
    recording = Recording.from_array(make_trace(1000, 20_000) * scale, 20_000, quantity=quantity)
    ax = trace(recording)
    assert ax.get_ylabel() == label
    assert ax.get_xlabel() == "time (ms)"


def test_the_channel_of_the_spikes_is_drawn():
    both = np.column_stack([np.zeros(500), make_trace(500, 20_000, [250])])
    recording = Recording.from_array(both, 20_000)
    spikes = make_spikes(recording.select(1), [250])
    np.testing.assert_allclose(drawn(trace(recording, spikes), "rest")[:, 1], both[:, 1], atol=1e-7)


def test_no_spikes_one_sample_and_none():
    quiet = make_recording()
    assert np.isnan(drawn(trace(quiet, make_spikes(quiet, [])), "spikes")[:, 1]).all()
    single = Recording.from_array(np.array([-0.07]), 1000.0)
    assert len(drawn(trace(single, make_spikes(single, [0])), "rest")) == 1
    empty = Recording(single.source.__class__(np.empty((0, 1))), 1.0, (Channel("v"),), Sweeps.of_lengths([0]))
    assert [t.get_text() for t in trace(empty).texts] == ["no samples"]
