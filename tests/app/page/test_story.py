"""One recording from opening to export, and what the exports hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.app.browser import ROOT, Page

STEPS = "pyabf/171116sh_0018.abf"
FAST = "pyabf/2019_07_24_0055_fsi.abf"
TWO_CHANNELS = "pyabf/File_axon_3.abf"


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
