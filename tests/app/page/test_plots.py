"""Plots and table: one selection, curves, rasters, loops."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.app.browser import Page

STEPS = "pyabf/171116sh_0018.abf"
FAST = "pyabf/2019_07_24_0055_fsi.abf"


def test_the_overlay_holds_what_was_added_by_hand(page: Page, serve: Any) -> None:
    page.open(serve(STEPS).address)
    page.wait(lambda: page.js("store.waves !== null && store.waves.ids.length > 0"), "waveforms")
    page.tab.fill("#goto", "0.30")
    page.press("Enter")
    page.edit("a")
    added = page.js("store.current")
    assert page.current("state") == "added"
    page.wait(lambda: added in page.js("[...store.waves.ids]"), "its waveform")


def test_one_selection_links_plots_and_table(page: Page, serve: Any) -> None:
    page.open(serve(FAST).address)
    page.wait(lambda: page.js("store.waves !== null && store.waves.ids.length > 0"), "waveforms")
    page.frames()
    drag_across(page, 2, 0.55, 0.98)
    page.wait(lambda: page.js("store.selected.size") > 0, "a selection of intervals")
    by_interval = page.js("store.selected.size")
    assert by_interval < page.n_spikes()
    page.tab.select_option("#panel-spikes select", "selected")
    assert page.tab.inner_text("#panel-spikes .said").startswith(f"{by_interval:,} selected")

    # A lasso across all waveforms before the peak, where every line passes: also those that are not drawn.
    over = page.tab.locator("#plots figure:visible").nth(0).locator(".u-over").bounding_box()
    page.tab.mouse.move(over["x"] + 8, over["y"] + 3)
    page.tab.mouse.down()
    for dx, dy in ((20, 3), (20, over["height"] - 3), (8, over["height"] - 3)):
        page.tab.mouse.move(over["x"] + dx, over["y"] + dy, steps=4)
    page.tab.mouse.up()
    assert page.js("store.waves.ids.length") < page.n_spikes()
    page.wait(lambda: page.js("store.selected.size") == page.n_spikes(), "the lasso")
    page.tab.focus("#trace")
    page.edit("2")
    assert set(
        page.js("[...store.selected].map((id) => store.table.text('kind', store.table.indexOf(id)))")
    ) == {"2"}


def test_raster_and_rate_around_events(page: Page, serve: Any) -> None:
    """The rate is that of the spikes counted here, over what was observed; blanked time is none."""
    server = serve("pyabf/opto_aps_good_units.abf")
    server.kill()
    server.flags = ["--blank", "epoch:0:20ms"]
    page.open(server.start())
    page.tab.click("#tab-events")
    page.tab.select_option("#panel-events select", "A step")
    page.tab.click("#panel-events button.primary")
    page.wait(lambda: page.js("store.responses !== null"), "the raster")
    events = np.array(page.js("store.facts.events.filter((e) => e.label === 'A step').map((e) => e.start)"))
    blanked = page.js("store.facts.events.filter((e) => e.label === 'blank').map((e) => [e.start, e.stop])")
    bounds = np.array(page.js("store.sweeps.bounds"))
    assert (page.js("store.responses.n_events"), events.size, len(blanked)) == (3, 3, 6)
    is_seen = np.ones(bounds[-1], bool)
    for a, b in blanked:
        is_seen[a:b] = False
    spikes = np.array(page.samples())
    assert is_seen[spikes].all()
    edges, rate = (np.array(page.js(f"store.responses.{name}"), float) for name in ("edges", "rate"))
    counts, seconds = np.zeros(rate.size), np.zeros(rate.size)
    for event in events:
        low, high = bounds[np.searchsorted(bounds, event, "right") - 1 :][:2]
        own = spikes[(spikes >= low) & (spikes < high)]
        counts += np.histogram((own - event) / 20_000, edges)[0]
        ends = np.clip(np.rint(event + edges * 20_000).astype(int), low, high)
        seconds += [is_seen[a:b].sum() / 20_000 for a, b in pairwise(ends)]
    assert (seconds[10:12] == 0).all()
    assert np.isnan(rate[seconds == 0]).all()
    there = seconds > 0
    np.testing.assert_allclose(rate[there], counts[there] / seconds[there])


def test_the_sweep_curve_counts_what_detection_finds(page: Page, serve: Any) -> None:
    page.open(serve(STEPS).address)
    page.tab.click("#tab-detect")
    page.tab.select_option("#method", "prominence")
    page.tab.click("text=Draw the curve")
    page.says("counted at")
    assert page.tab.locator("#panel-detect figure").is_visible()
    page.tab.click("#detect")
    page.wait(lambda: page.js("store.table.method") == "prominence", "the detection")
    page.says("spikes by prominence")

    # Another method over the whole recording: only where the two differ is stepped through.
    page.tab.select_option("#method", "level")
    page.tab.fill("#parameter-cutoff", "60")
    page.tab.click("text=Compare the whole")
    page.says("level differs in")
    places = page.js("[...store.preview.appear, ...store.preview.vanish]")
    assert places and page.js("store.preview.part") == [0, page.js("store.n")]
    assert page.js("store.table.method") == "prominence"
    page.tab.click("text=Step through differences")
    seen = []
    for _ in places[:5]:
        page.frames()
        seen.append(page.current("sample_index"))
        page.press("w")
    assert seen == sorted(places)[:5]


def test_the_cut_of_a_probability_is_dragged_in_its_plot(page: Page, serve: Any) -> None:
    page.open(serve(FAST).address)
    page.tab.click("#tab-detect")
    page.tab.check("#live")
    page.wait(lambda: page.js("store.preview !== null"), "the preview")
    before = page.js("store.preview.count")
    drag_across(page, 4, 0.5, 0.02)
    assert float(page.tab.input_value("#parameter-cut")) == pytest.approx(0.02, abs=0.011)
    page.wait(lambda: page.js("store.preview.count") > before, "more spikes")
    assert page.js("store.preview.appear.length") == page.js("store.preview.count") - before
    assert page.js("store.selected.size") == 0


def test_windows_are_labelled_the_most_uncertain_first(page: Page, serve: Any) -> None:
    page.open(serve(FAST).address)
    page.tab.click("#tab-review")
    page.tab.select_option("#to-label", "windows")
    page.tab.fill("#label-window", "50")
    page.tab.click("button:has-text('Most uncertain')")
    page.wait(lambda: page.js("store.asked !== null"), "a window")
    window = page.js("({...store.asked})")
    assert window["stop"] - window["start"] == 1000
    assert page.js("store.range.start") < window["start"] < window["stop"] < page.js("store.range.stop")
    inside = page.js("store.asked.rows.map((row) => store.table.ids[row])")
    page.edit("k")
    labels = "[...store.table.ids].filter((id, row) => store.table.text('label', row) === 'noise')"
    assert set(page.js(labels)) == set(inside)
    page.wait(lambda: page.js("store.asked.start") != window["start"], "the next window")
    likeliest = page.js("store.table.ids[store.asked.rows[0]]")
    page.edit("l")
    assert page.js(f"store.table.text('label', store.table.indexOf({likeliest}))") == "spike"
    page.edit("z")
    assert page.js(f"store.table.text('label', store.table.indexOf({likeliest}))") == ""


def drag_across(page: Page, plot: int, start: float, stop: float) -> None:
    """Drag in a plot, from one share of its width to another."""
    over = page.tab.locator("#plots figure:visible").nth(plot).locator(".u-over").bounding_box()
    y = over["y"] + over["height"] / 2
    page.tab.mouse.move(over["x"] + over["width"] * start, y)
    page.tab.mouse.down()
    page.tab.mouse.move(over["x"] + over["width"] * stop, y, steps=6)
    page.tab.mouse.up()
