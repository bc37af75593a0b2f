"""The trace: what is drawn where, and how it is moved in, edited and left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.app.browser import Page
from tests.data import recording_file

STEPS = "pyabf/171116sh_0018.abf"
FAST = "pyabf/2019_07_24_0055_fsi.abf"
TWO_CHANNELS = "pyabf/File_axon_3.abf"


def test_the_wheel_zooms_at_the_pointer_and_a_drag_pans(page: Page, serve: Any) -> None:
    page.open(serve(STEPS).address)
    page.settled()
    sample = 400_000
    x, y = page.place(sample)
    page.tab.mouse.move(x, y)
    page.tab.mouse.wheel(0, -500)
    page.frames()
    assert page.js("store.range.stop - store.range.start") < page.js("store.n") * 0.6
    assert page.place(sample)[0] == pytest.approx(x, abs=1.5)

    page.tab.mouse.down()
    page.tab.mouse.move(x + 100, y, steps=4)
    page.tab.mouse.up()
    page.frames()
    assert page.place(sample)[0] == pytest.approx(x + 100, abs=1.5)

    low, high = page.js("[frame().lanes[0].low, frame().lanes[0].high]")
    page.tab.keyboard.down("Shift")
    page.tab.mouse.wheel(0, -300)
    page.tab.keyboard.up("Shift")
    page.frames()
    closer = page.js("[frame().lanes[0].low, frame().lanes[0].high]")
    assert closer[1] - closer[0] < high - low
    page.tab.mouse.dblclick(x, y)
    page.frames()
    assert page.js("[frame().lanes[0].low, frame().lanes[0].high]") == [low, high]


def test_values_are_those_of_the_file(page: Page, serve: Any) -> None:
    """Time to the sample and volts, at every zoom, against the reader; the ranges are whole columns."""
    import spikelens

    recording = spikelens.read(recording_file(STEPS))
    page.open(serve(STEPS).address)
    for start, stop in ((0, recording.n_samples), (299_008, 401_408), (364_544, 368_640), (367_900, 368_000)):
        page.js(f"(store.range = {{start: {start}, stop: {stop}}}, store.touch('view'))")
        page.settled()
        columns = page.js("(({low, high}) => ({low: [...low], high: [...high]}))(frame().columns.get(-1))")
        volts = recording.read(start, stop)[:, 0]
        assert max(v for v in columns["high"] if v is not None) == pytest.approx(volts.max(), abs=1e-7)
        assert min(v for v in columns["low"] if v is not None) == pytest.approx(volts.min(), abs=1e-7)
    x, y = page.place(367_950)
    page.tab.mouse.move(x, y)
    page.frames()
    told = page.tab.inner_text("#readout")
    assert f"{float(recording.time_of(367_950)):.5f} s" in told
    assert "367,950" in told
    millivolts = 1e3 * float(recording.read(367_950, 367_951)[0, 0])
    assert f"{millivolts:.4g}".replace("-", "\N{MINUS SIGN}") in told


def test_spikes_are_blue_and_the_rest_grey(page: Page, serve: Any) -> None:
    page.open(serve(STEPS).address)
    page.tab.focus("#trace")
    page.press("n")
    page.press(*["ArrowUp"] * 9)
    page.settled()
    spike = page.current("sample_index")
    page.press("Escape")
    page.frames()
    near = _colours(page, *page.place(spike))
    far = _colours(page, *page.place(spike - 0.01 * page.js("store.rate")))
    assert (0, 0x72, 0xB2) in near
    assert (0, 0x72, 0xB2) not in far
    assert any(max(c) - min(c) < 12 and 0x90 < c[0] < 0xF0 for c in far)


def _colours(page: Page, x: float, _: float) -> set[tuple[int, int, int]]:
    """The colours of a narrow column of the lane, below the marks."""
    box = page.tab.locator("#trace").bounding_box()
    lane = page.js("frame().lanes[0]")
    area = f"{x - box['x'] - 3}, {lane['top'] + 25}, 6, {lane['height'] - 30}"
    flat = page.js(f"[...document.getElementById('trace').getContext('2d').getImageData({area}).data]")
    pixels = np.array(flat).reshape(-1, 4)[:, :3]
    return {(int(r), int(g), int(b)) for r, g, b in pixels}


def test_a_spike_is_moved_by_dragging_its_mark(page: Page, serve: Any) -> None:
    page.open(serve(STEPS).address)
    page.tab.focus("#trace")
    page.press("n", *["ArrowUp"] * 10)
    page.settled()
    was = page.current("sample_index")
    revision = page.revision()
    x, _ = page.place(was)
    box = page.tab.locator("#trace").bounding_box()
    lane = page.js("frame().lanes[0]")
    value = page.js(f"(frame().columns.get(-1).high[Math.floor({x - box['x']} - 62)])")
    y = (
        box["y"]
        + lane["top"]
        + lane["height"] * (1 - (value - lane["low"]) / (lane["high"] - lane["low"]))
        - 9
    )
    page.tab.mouse.move(x, y)
    page.tab.mouse.down()
    page.tab.mouse.move(x + 6, y, steps=3)
    page.tab.mouse.up()
    page.wait(lambda: page.revision() > revision, "the move")
    page.edit("z")
    assert page.current("sample_index") == was

    # By keys it moves by a sample, off its peak; undoing it from afar brings it back into view.
    page.tab.focus("#trace")
    page.edit("Alt+ArrowRight", "Alt+ArrowRight", "Alt+ArrowLeft")
    assert page.current("sample_index") == was + 1
    page.press("Escape", "End")
    page.edit("z", "z", "z")
    assert page.current("sample_index") == was
    assert page.js("store.range.start") < was < page.js("store.range.stop")


def test_sweeps_overlaid_stacked_and_other_channels(page: Page, serve: Any) -> None:
    page.open(serve(TWO_CHANNELS).address)
    page.tab.click("#lanes summary")
    page.tab.check("#lanes label:nth-child(1) input")
    page.settled()
    assert page.js("frame().lanes.length") == 3
    assert page.js("store.facts.channels[store.facts.channel].name") == "VmRK"
    for mode, strips in (("overlaid", 5), ("stacked", 5), ("chained", 1)):
        page.tab.select_option("#mode", mode)
        page.settled()
        assert page.js("frame().strips.length") == strips
        assert page.js("frame().columns.size") == strips
    # Sweeps start at 0, 90, 180 s ...: a time in a gap goes to the end of the sweep before it.
    page.tab.fill("#goto", "90.5")
    page.press("Enter")
    page.frames()
    assert page.js("store.cursor") == page.js("store.sweeps.bounds[1]") + 10_000


def test_a_stretch_is_left_out_and_taken_back(page: Page, serve: Any) -> None:
    page.open(serve(FAST).address)
    found = page.n_spikes()
    page.js("(store.range = {start: 700000, stop: 800000}, store.touch('view'))")
    page.settled()
    page.tab.click("#exclude")
    page.tab.fill("#reason", "electrode lost")
    page.tab.click("#dialog button[type=submit]")
    page.wait(lambda: page.js("store.table.excluded.length") == 1, "the stretch")
    page.wait(lambda: page.n_spikes() < found, "fewer spikes")
    assert all(not 700_000 <= s < 800_000 for s in page.samples())
    page.tab.click("#tab-events")
    assert "electrode lost" in page.tab.inner_text("#panel-events")
    page.tab.focus("#trace")
    page.edit("z")
    assert page.n_spikes() == found


def test_a_filtered_trace_is_drawn_from_other_samples(page: Page, serve: Any) -> None:
    page.open(serve(STEPS).address)
    page.settled()
    raw = page.js("frame().columns.get(-1).low.reduce((a, b) => a + b)")
    page.tab.select_option("#filter", "butterworth")
    page.settled()
    assert page.js("frame().isComplete")
    assert abs(page.js("frame().columns.get(-1).low.reduce((a, b) => a + b)")) < 0.5 * abs(raw)

    # Its parameters are a form made from its declarations; what is drawn is named, and what detects stated.
    total = "frame().columns.get(-1).high.reduce((a, b) => a + b)"
    wide = page.js(total)
    page.tab.click("#filter-settings summary")
    assert "Default: 300" in page.tab.inner_text("#filter-settings")
    page.tab.fill("#filter-low", "1000")
    page.tab.fill("#filter-high", "")
    page.wait(lambda: "low=1000&high=none" in page.js("store.filter"), "the other filter")
    page.settled()
    assert page.js(total) < 0.8 * wide
    assert page.js("store.filterWords") == "butterworth, low 1\u202fkHz, order 3"
    page.tab.fill("#filter-low", "99000")
    page.complains()
    assert "99000" in page.status()
    page.tab.click("#tab-detect")
    assert "sought them in the trace as recorded" in page.tab.inner_text("#sought")
    page.tab.select_option("#method", "bandpass_mad")
    page.tab.click("#detect")
    page.says("spikes by bandpass_mad")
    assert "through butterworth" in page.tab.inner_text("#sought")
    page.tab.click("#sought button")
    page.settled()
    assert page.tab.input_value("#filter") == "butterworth"
    assert float(page.tab.input_value("#filter-low")) < 1000

    page.tab.select_option("#filter", "")
    page.settled()
    assert page.js("frame().columns.get(-1).low.reduce((a, b) => a + b)") == pytest.approx(raw)
