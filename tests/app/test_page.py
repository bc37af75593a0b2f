"""The viewer's page in a real browser, on real recordings: what a person does with it, start to end."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.app.browser import ROOT, Page, Server, browser, folder_served
from tests.data import recording_file

STEPS = "pyabf/171116sh_0018.abf"
FAST = "pyabf/2019_07_24_0055_fsi.abf"
TWO_CHANNELS = "pyabf/File_axon_3.abf"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Any]:
    """Starts servers on copies of recordings, and ends them."""
    started: list[Server] = []

    def start(*names: str) -> Server:
        copies = []
        for name in names:
            source = recording_file(name)
            (tmp_path / "files").mkdir(exist_ok=True)
            copies.append(Path(shutil.copyfile(source, tmp_path / "files" / source.name)))
        server = Server(copies, tmp_path / "sessions")
        (tmp_path / "sessions").mkdir(exist_ok=True)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def page(chrome: Any) -> Iterator[Page]:
    context = chrome.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    opened = Page(context.new_page())
    yield opened
    context.close()
    assert opened.errors == []


def test_the_whole_story(page: Page, serve: Any, tmp_path: Path) -> None:
    server = serve(FAST)
    page.open(server.address)
    found = page.n_spikes()
    assert found > 900

    # Zoom at the pointer, then step through spikes.
    page.settled()
    x, y = page.place(500_000)
    page.tab.mouse.move(x, y)
    for _ in range(6):
        page.tab.mouse.wheel(0, -400)
    page.frames()
    assert page.js("store.range.stop - store.range.start") < 0.1 * page.js("store.n")
    page.press("n")
    first = page.current("sample_index")
    page.press("n", "p")
    assert page.current("sample_index") == first

    # Drag the cutoff of another method: the count is live, and the form follows.
    page.tab.click("#tab-detect")
    page.tab.select_option("#method", "level")
    page.tab.check("#live")
    page.wait(lambda: page.js("store.preview !== null"), "the preview")
    before = page.js("store.preview.count")
    top = page.tab.locator("#trace").bounding_box()["y"]
    lane = page.js("frame().lanes[0]")
    line = top + lane["top"] + lane["height"] * (1 - (-0.020 - lane["low"]) / (lane["high"] - lane["low"]))
    page.tab.mouse.move(x, line)
    page.tab.mouse.down()
    page.tab.mouse.move(x, line - 70, steps=5)
    page.tab.mouse.up()
    page.wait(lambda: page.js("store.preview && store.preview.count") != before, "another count")
    assert float(page.tab.input_value("#parameter-cutoff")) > -15
    assert page.js("store.preview.count") < before
    assert "would vanish" in page.tab.inner_text("#preview")
    page.tab.uncheck("#live")

    # Reject, undo, redo; add by hand where nothing is.
    page.tab.focus("#trace")
    page.edit("x")
    assert page.n_spikes() == found - 1
    page.edit("z")
    assert page.n_spikes() == found
    page.edit("Shift+Z")
    assert page.n_spikes() == found - 1
    page.tab.fill("#goto", "0.30")
    page.press("Enter")
    page.edit("a")
    assert page.n_spikes() == found
    assert page.current("state") == "added"
    page.edit("3")
    assert page.current("kind") == "3"

    # Review: the most doubtful candidate comes first, and is judged.
    doubtful = page.js("store.table.doubtful().length")
    assert doubtful > 0
    page.press("u")
    p = page.current("probability")
    assert abs(p - 0.5) == min(
        abs(v - 0.5) for v in page.js("[...store.table.number('probability')]") if v is not None
    )
    page.edit("y")
    accepted = page.current("sample_index")
    assert page.js("store.table.doubtful().length") == doubtful - 1

    # A crash in between: nothing that was acknowledged is lost, and undo goes on.
    kept = page.samples()
    server.kill()
    page.press("n", "x")
    page.says("does not answer")
    page.open(server.start())
    assert page.samples() == kept
    assert accepted in kept
    assert page.js("store.canUndo")

    # Label ten and more, and teach; what changed can be stepped through.
    page.tab.click("#tab-review")
    page.tab.focus("#trace")
    for _ in range(6):
        page.press("n")
        page.edit("y")
    noise = page.js("[...store.table.ids].filter((id, row) => store.table.states[row] === 3).slice(0, 6)")
    assert len(noise) == 6
    for spike in noise:
        page.js(f"(store.current = {spike}, store.selected.clear())")
        page.edit("k")
    page.tab.fill("#model-name", "my-cell")
    page.tab.click("#train")
    page.wait(lambda: "Taught by" in page.tab.inner_text("#trained"), "the training")
    assert "my-cell.spikemodel" in page.tab.inner_text("#trained")
    taught = page.samples()
    assert set(noise).isdisjoint(taught)
    assert list((tmp_path / "sessions").rglob("my-cell.spikemodel"))

    # Only where model and hand differ is stepped through.
    differ = page.js("store.door.next('differ', 99).then((found) => found.ids)")
    page.tab.click("text=Step through: model and hand differ")
    if differ:
        page.says(f"1 of {len(differ)}")
        page.wait(lambda: page.js("store.current") in differ, "a difference")
    else:
        page.says("none")

    # Export what is there, and find it there when all is opened again.
    exported = page.download("csv", tmp_path)
    assert _column(exported, "sample_index") == taught
    server.kill()
    page.open(server.start())
    assert page.samples() == taught


def _column(path: Path, name: str) -> list[int]:
    import pandas as pd

    return [int(v) for v in pd.read_csv(path)[name]]


def test_export_equals_the_command_line(page: Page, serve: Any, tmp_path: Path) -> None:
    server = serve(STEPS)
    page.open(server.address)
    exported = page.download("csv", tmp_path)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "spikelens", "find", str(server.recordings[0]), "--out", str(out)]
    subprocess.run([*command, "--no-report"], check=True, cwd=ROOT / "src", capture_output=True)
    (from_cli,) = out.rglob("spikes.csv")
    assert exported.read_bytes() == from_cli.read_bytes()


def test_other_formats(page: Page, serve: Any, tmp_path: Path) -> None:
    import h5py
    import pyarrow.parquet as pq

    page.open(serve(TWO_CHANNELS).address)
    page.settled()
    n = page.n_spikes()
    assert pq.read_table(page.download("parquet", tmp_path)).num_rows == n
    with h5py.File(page.download("nwb", tmp_path, subject_id="mouse-7", species="Mus musculus")) as nwb:
        assert nwb["general/subject/subject_id"][()] == b"mouse-7"
        assert nwb["units/spike_times"].shape == (n,)
    png = page.download("png", tmp_path).read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 3 * page.js("frame().width")
    svg = ElementTree.parse(page.download("svg", tmp_path)).getroot()
    text = " ".join(t.text or "" for t in svg.iter("{http://www.w3.org/2000/svg}text"))
    assert "VmRK (mV)" in text
    assert any(p.get("stroke") == "#0072b2" for p in svg.iter("{http://www.w3.org/2000/svg}path"))


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
    over = page.tab.locator("#plots figure:visible").nth(2).locator(".u-over").bounding_box()
    y = over["y"] + over["height"] / 2
    page.tab.mouse.move(over["x"] + over["width"] * 0.55, y)
    page.tab.mouse.down()
    page.tab.mouse.move(over["x"] + over["width"] * 0.98, y, steps=5)
    page.tab.mouse.up()
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
    over = page.tab.locator("#plots figure:visible").nth(4).locator(".u-over").bounding_box()
    y = over["y"] + over["height"] / 2
    page.tab.mouse.move(over["x"] + over["width"] * 0.5, y)
    page.tab.mouse.down()
    page.tab.mouse.move(over["x"] + over["width"] * 0.02, y, steps=6)
    page.tab.mouse.up()
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


def test_the_same_page_from_a_notebook(page: Page, tmp_path: Path) -> None:
    """As a notebook at another port of localhost shows it, in a frame of its own page."""
    import spikelens

    viewer = spikelens.view(recording_file(STEPS), sessions=tmp_path / "s")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "notebook.html").write_text(f"<!doctype html><p>a cell</p>{viewer._repr_html_()}")
    with folder_served(tmp_path / "web") as home:
        page.tab.goto(f"{home}/notebook.html")
        page.wait(lambda: len(page.tab.frames) > 1, "the frame")
        inner = Page(page.tab.frames[1])
        inner.wait(lambda: inner.js("store.table.method !== null") and inner.n_spikes() > 0, "spikes")
        found = inner.n_spikes()
        assert found == len(viewer.spikes())
        inner.tab.focus("#trace")
        page.press("n", "x")
        inner.wait(lambda: inner.n_spikes() == found - 1, "the edit")
        assert len(viewer.spikes()) == found - 1
    viewer.close()


def test_two_windows_agree(page: Page, chrome: Any, serve: Any) -> None:
    server = serve(STEPS)
    page.open(server.address)
    context = chrome.new_context()
    other = Page(context.new_page()).open(server.address)
    page.tab.focus("#trace")
    page.press("n")
    page.edit("x")
    other.wait(lambda: other.revision() == page.revision(), "the other window")
    assert other.n_spikes() == page.n_spikes()

    # An edit made from an old revision is refused, said, and the page is brought up to date.
    other.js("store.table.revision -= 1")
    other.tab.focus("#trace")
    other.press("End", "x")
    other.wait(lambda: other.revision() == page.revision(), "the newest revision")
    assert other.n_spikes() == page.n_spikes()
    context.close()


def test_a_browser_that_goes_away_in_mid_training_loses_nothing(page: Page, chrome: Any, serve: Any) -> None:
    """Ten labels, by keys alone; the page is closed while the model learns, and the next one has it."""
    server = serve(FAST)
    context = chrome.new_context()
    first = Page(context.new_page()).open(server.address)
    first.tab.click("#tab-review")
    first.tab.focus("#trace")
    first.press("n")
    for key in "lllllkkkkk":
        first.edit(key)
        first.wait(lambda: "to label" in first.status(), "the next to label")
    assert "5 spike" in first.tab.inner_text("#labels") and "5 noise" in first.tab.inner_text("#labels")
    said = first.js("[...store.table.column('label')].filter(Boolean).length")
    first.tab.click("#train")
    first.wait(lambda: first.tab.locator("progress[aria-label*=training]").is_visible(), "the training")
    context.close()

    page.open(server.address)
    page.wait(lambda: page.js("store.table.parameters.model") == "taught.spikemodel", "what was learnt")
    assert page.js("[...store.table.column('label')].filter(Boolean).length") == said == 10


def test_bad_files_are_stated(page: Page, serve: Any, tmp_path: Path) -> None:
    server = serve(STEPS)
    server.kill()
    broken = tmp_path / "files" / "broken.abf"
    broken.write_bytes(server.recordings[0].read_bytes()[:700])
    server.recordings.append(broken)
    page.open(server.start(), "171116sh_0018.abf")
    page.tab.select_option("#recordings", label="broken.abf")
    page.complains()
    assert page.status()
    page.tab.select_option("#recordings", label="171116sh_0018.abf")
    page.wait(lambda: page.n_spikes() > 0, "the good one")
    server.recordings[0].unlink()
    page.tab.click("#export")
    page.tab.click("#dialog button[type=submit]")
    page.complains()
    assert "171116sh_0018.abf" in page.status()


def test_what_a_session_has_to_say_is_said(page: Page, serve: Any, tmp_path: Path) -> None:
    """A line torn by a crash is told of, and so is a session that belongs to another recording."""
    server = serve(STEPS)
    server.kill()
    server.keeps_beside = True
    page.open(server.start())
    page.tab.focus("#trace")
    page.press("n")
    page.edit("x")
    kept = page.samples()
    server.kill()
    (log,) = (tmp_path / "files").rglob("edits.jsonl")
    with log.open("a") as out:
        out.write('{"revision": 2, "edi')
    page.open(server.start())
    assert page.samples() == kept
    page.complains()
    page.tab.click("#tab-facts")
    assert page.status() in page.tab.inner_text("#panel-facts")

    server.kill()
    shutil.copyfile(recording_file("pyabf/17o05028_ic_steps.abf"), server.recordings[0])
    page.open(server.start())
    found = page.n_spikes()
    page.complains()
    page.tab.focus("#trace")
    page.press("n", "x")
    page.says("is the session of another recording")
    assert "Nothing you do here can be kept" in page.tab.inner_text("#banner")
    assert page.n_spikes() == found


def test_a_full_disk_is_stated_and_the_page_shows_what_is_on_it(page: Page, serve: Any) -> None:
    """The system itself refuses, after half a line; once there is room again, all goes on."""
    server = serve(STEPS)
    page.open(server.address)
    page.tab.focus("#trace")
    page.press("n")
    page.edit("x")
    found, revision = page.n_spikes(), page.revision()
    (log,) = server.sessions.rglob("edits.jsonl")
    kept = log.read_bytes()
    with server.without_room(len(kept) + 40):
        page.press("n", "x")
        page.says("nothing was changed")
        assert "cannot keep the edit" in page.status()
        assert (page.n_spikes(), page.revision()) == (found, revision)
        assert log.read_bytes() == kept
    page.edit("x")
    assert page.n_spikes() == found - 1


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


def test_by_keyboard_alone(page: Page, serve: Any) -> None:
    page.open(serve(STEPS).address)
    page.press("Tab", "Enter")
    assert (
        page.tab.evaluate("document.activeElement.id || document.activeElement.getAttribute('href')")
        == "trace"
    )
    found = page.n_spikes()
    page.press("n", "ArrowUp", "ArrowRight")
    page.edit("x", "z")
    assert page.n_spikes() == found
    page.press("?")
    assert "next spike" in page.tab.inner_text("#dialog")
    page.press("Escape")
    page.press("g")
    page.tab.keyboard.type("20.5")
    page.press("Enter")
    page.frames()
    middle = page.js("(store.range.start + store.range.stop) / 2")
    assert middle == pytest.approx(20.5 * page.js("store.rate"), abs=2)
    page.tab.focus("#panel-spikes .scroll")
    page.press("ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown")
    assert page.js("store.selected.size") == 3
    page.tab.focus("#tab-spikes")
    page.press("ArrowRight", "ArrowRight")
    assert page.tab.locator("#panel-review").is_visible()
    reached = set()
    for _ in range(60):
        page.press("Tab")
        reached.add(page.tab.evaluate("document.activeElement.id"))
    assert {"export", "theme", "goto", "mode", "trace", "overview", "train"} <= reached


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_for_axe(chrome: Any, serve: Any, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is absent; run npm ci in web/")
    context = chrome.new_context(color_scheme=theme, viewport={"width": 1280, "height": 800})
    page = Page(context.new_page()).open(serve(FAST).address)
    page.tab.evaluate(AXE.read_text(encoding="utf-8"))
    for step in (
        "#tab-spikes",
        "#tab-detect",
        "#tab-review",
        "#tab-kinds",
        "#tab-events",
        "#tab-facts",
        "#keys",
        "#export",
    ):
        page.press("Escape")
        page.tab.click(step)
        page.tab.wait_for_timeout(250)
        found = page.tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            (v["id"], [n["html"][:120] for n in v["nodes"]][:3])
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert serious == [], step
    assert page.tab.locator("#plots [role=application]:visible").count() == 5
    context.close()


def test_a_loop_is_drawn_and_announced_without_a_pointer(page: Page, serve: Any) -> None:
    page.open(serve(STEPS).address)
    page.wait(lambda: page.js("store.waves !== null && store.waves.ids.length > 0"), "waveforms")
    overlay = page.tab.locator("#plots [role=application]").first
    assert "enter sets the corners" in overlay.get_attribute("aria-label")
    overlay.focus()
    # Around the left edge, where every line passes; then left again, and a corner taken back.
    page.press("ArrowLeft", *["Shift+ArrowLeft"] * 9, *["Shift+ArrowUp"] * 9, "Enter")
    page.says("corner 1 at from the peak")
    page.press("ArrowRight", "ArrowRight", "Enter", *["Shift+ArrowDown"] * 9, "Enter", "Backspace")
    page.says("2 corners left")
    page.press("Enter", "Enter")
    page.says(f"{page.n_spikes()} spikes selected")
    page.press("Escape")
    overlay.focus()
    page.press("ArrowLeft", "Enter", "Escape")
    page.says("left the plot as it was")
    assert page.js("store.selected.size") == 0

    # A range of intervals needs two places.
    page.tab.locator("#plots [role=application]:visible").nth(2).focus()
    page.press("ArrowLeft", *["Shift+ArrowLeft"] * 9, "Enter", *["Shift+ArrowRight"] * 20, "Enter")
    page.says("spikes selected")
    assert page.js("store.selected.size") == page.js("store.table.spikes().length") - len(
        page.js("[...new Set([...store.table.spikes()].map((row) => store.table.cell('sweep', row)))]")
    )


def test_a_narrow_window_scrolls_one_way_only(chrome: Any, serve: Any) -> None:
    context = chrome.new_context(viewport={"width": 420, "height": 800})
    page = Page(context.new_page()).open(serve(STEPS).address)
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= 420
    assert page.tab.locator("#trace").bounding_box()["height"] > 250
    context.close()
