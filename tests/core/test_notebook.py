"""How our types show themselves in a notebook: bounded, escaped, and true."""

from __future__ import annotations

import dataclasses
import inspect
import re

import numpy as np
import pytest
from tests.factory import make_recording, make_spikes

import spikelens
from spikelens.cards import framed, rows_card
from spikelens.recording import Events, Recording
from spikelens.runs.analysis import Analysis
from spikelens.sources import ArraySource
from spikelens.sparklines import WIDTH
from spikelens.windows import Windows

PEAKS = [3000, 9000, 15_000]


class Counting(ArraySource):
    """A source that knows how much was asked of it."""

    asked = 0

    def read(self, start, stop):
        Counting.asked += stop - start
        return super().read(start, stop)


def test_a_recording_shows_its_beginning_and_reads_no_more():
    source = Counting(np.zeros((3_000_000, 1), np.float32) - 0.07)
    plain = Recording.from_array(np.zeros(3_000_000, np.float32), 20_000.0, name="a<b")
    Counting.asked = 0
    html = dataclasses.replace(plain, source=source)._repr_html_()
    assert Counting.asked == 200_000
    assert "a&lt;b" in html and "<b" not in html.replace("<b>", "") and "first 10 s: -0.07 to -0.07 V" in html
    assert len(html) < 60_000


def test_a_trace_spans_the_picture_and_its_gaps_are_left_out():
    trace = np.sin(np.linspace(0, 20, 6400)).astype(np.float32)
    trace[3200:] = np.nan
    html = Recording.from_array(trace, 6400.0)._repr_html_()
    columns = [float(x) for x in re.findall(r"M([\d.]+) ", html)]
    assert columns[0] == 0 and max(columns) == pytest.approx(WIDTH / 2, abs=2)
    assert "-1 to 1 V" in html
    nothing = Recording.from_array(np.full(10, np.nan, np.float32), 1000.0)
    assert "<svg" not in nothing._repr_html_()
    assert "<svg" not in Recording.from_array(np.empty(0, np.float32), 1000.0)._repr_html_()


def test_spikes_show_a_tick_each_where_they_are():
    recording = make_recording(PEAKS, sweep_lengths=[10_000, 10_000])
    html = make_spikes(recording, PEAKS)._repr_html_()
    ticks = re.findall(r"M([\d.]+) ([\d.]+)v", html)
    assert [float(x) / WIDTH for x, _ in ticks] == pytest.approx([0.3, 0.9, 0.5], abs=1e-3)
    assert float(ticks[0][1]) == float(ticks[1][1]) < float(ticks[2][1])
    assert "3 spikes; 2 sweeps, first on top, each of up to 0.5 s" in html
    assert "<svg" not in make_spikes(recording, [])._repr_html_()


def test_windows_show_some_of_them_and_their_mean():
    recording = make_recording(PEAKS)
    windows = Windows.around(recording, make_spikes(recording, PEAKS))
    html = windows._repr_html_()
    assert html.count("<polyline") == 4 and "3 of 3 windows" in html
    many = Windows.grid(recording, 20)._repr_html_()
    assert many.count("<polyline") == 51 and "50 of 1000 windows" in many


def test_results_show_their_report_in_a_frame_of_its_own():
    recording = make_recording(PEAKS)
    spikes = spikelens.find(recording, "prominence")
    html = spikelens.measure_quality(recording, spikes)._repr_html_()
    assert html.startswith("<iframe srcdoc=") and 'sandbox=""' in html and "Quality" in html
    assert "<script" not in html
    told = Analysis(command="steps", title=("<b>", ""), verdict="Two & three.")._repr_html_()
    assert "Two &amp;amp; three." in told and "<b>" not in told


PLAIN = {"None", "Axes", "Path", "list", "dict", "str", "Epoch", "Stretches"}
"""What Jupyter shows by itself, or what is a plain value."""
FUNCTIONS = [n for n in spikelens.__all__ if callable(getattr(spikelens, n))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_public_displays_itself(name):
    function = getattr(spikelens, name)
    if isinstance(function, type):
        assert hasattr(function, "_repr_html_") or name == "Beside"
        return
    told = re.split(r"[|\[\], ]+", str(inspect.signature(function).return_annotation))
    for word in set(filter(None, told)) - PLAIN:
        assert hasattr(getattr(inspect.getmodule(function), word), "_repr_html_"), f"it returns {word}"


def test_counts_and_rows_of_results_are_shown():
    recording = make_recording(PEAKS)
    spikes = spikelens.find(recording, "prominence")
    assert "<th>full</th><td>3</td>" in spikelens.name_kinds(spikes)._repr_html_()
    assert "not applicable" in spikelens.measure_patterns(recording, spikes)._repr_html_()
    units = spikelens.compare_units(*[np.array([0.1, 0.2]), np.array([0, 1])] * 2)._repr_html_()
    assert "(2)" in units and "<td>1</td>" in units
    assert "tone" in Events.at([0.1], [0.2], label="tone")._repr_html_()


def test_tables_are_escaped_and_short():
    rows = [{"cell": "<i>", "rate": 1 / 3}, {"cell": None}] + [{"cell": "x"}] * 20
    html = rows_card("Cells", rows)
    assert "&lt;i&gt;" in html and "0.3333" in html and "(22)" in html and html.count("<tr>") == 13
    assert framed("<p>").count("&lt;p&gt;") == 1
