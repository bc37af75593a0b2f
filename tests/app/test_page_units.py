"""Sorted units on the page: named, merged, split by a loop drawn with keys alone; kept across a crash."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikelens import api
from spikelens.exporters.parquet import Parquet
from spikelens.sorters import SORTED
from tests.app.browser import Page, Server, browser
from tests.factory import make_spikes

RATE = 20_000
SECONDS = 6


def wire() -> np.ndarray:
    """One wire with two neurons: a low narrow spike and a tall wide one, in white noise, V."""
    rng = np.random.default_rng(0)
    trace = rng.normal(0, 5e-6, SECONDS * RATE)
    t = np.arange(-20, 40) / RATE
    for height, width in ((-60e-6, 1.5e-4), (-110e-6, 2.5e-4)):
        shape = height * np.exp(-0.5 * (t / width) ** 2) - 0.3 * height * np.exp(
            -0.5 * ((t - 7e-4) / 3e-4) ** 2
        )
        at = (np.cumsum(rng.exponential(0.06, 200) + 0.004) * RATE).astype(int)
        for peak in at[(at > 40) & (at < trace.size - 60)]:
            trace[peak - 20 : peak + 40] += shape
    return trace.astype(np.float32)


@pytest.fixture
def page() -> Iterator[Page]:
    with browser() as chrome:
        context = chrome.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        opened = Page(context.new_page())
        yield opened
        context.close()
    assert opened.errors == []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    np.save(tmp_path / "wire.npy", wire())
    (tmp_path / "sessions").mkdir()
    made = Server([tmp_path / "wire.npy"], tmp_path / "sessions")
    made.flags = ["--unit", "V", "--sampling-rate", str(RATE)]
    made.start()
    yield made
    made.kill()


def units_of(page: Page) -> list[int]:
    return list(page.js("[...store.table.spikes()].map((row) => store.table.unitOf(row))"))


def tick(page: Page, *units: int) -> None:
    for unit in units:
        page.tab.check(f"#panel-kinds input[aria-label='unit {unit}']")


def draw_by_keys(page: Page, place: Any, across: float) -> None:
    """A loop around the left part of a plot, up to `across` of its width, by arrows and enter alone."""
    place.focus()
    width = place.locator(".u-over").bounding_box()["width"]
    page.press("ArrowLeft", *["Shift+ArrowLeft"] * 20, *["Shift+ArrowUp"] * 20, "Enter")
    page.press(*["ArrowRight"] * round(across * width / 4), "Enter")
    page.press(*["Shift+ArrowDown"] * 30, "Enter")
    page.press(*["Shift+ArrowLeft"] * 20, "Enter")
    assert page.status().startswith("corner 4 at first")
    page.press("Enter")


def test_units_are_named_merged_and_split_and_survive_a_crash(
    page: Page, server: Server, tmp_path: Path
) -> None:
    page.open(server.address)
    page.tab.click("#tab-detect")
    page.tab.select_option("#method", "pursuit")
    page.tab.click("#detect")
    page.says("spikes by pursuit")
    found = units_of(page)
    assert set(found) == {0, 1}
    assert page.tab.locator("figure", has_text="Phase plane").is_hidden()

    # Named in its row; a name that is taken is refused and does not stay in the field.
    page.tab.click("#tab-kinds")
    page.tab.fill("input[aria-label='name of unit 1']", "narrow")
    page.press("Enter")
    page.says("unit 1 is called narrow")
    page.tab.fill("input[aria-label='name of unit 0']", "narrow")
    page.press("Enter")
    page.says("merge the two")
    page.wait(lambda: page.tab.input_value("input[aria-label='name of unit 0']") == "", "the old name")
    page.wait(lambda: "…" not in page.tab.inner_text("#panel-kinds"), "the units' figures")

    tick(page, 0, 1)
    page.tab.focus("#trace")
    page.edit("m")
    assert set(units_of(page)) == {0}
    page.edit("z")
    assert units_of(page) == found
    assert page.js("store.table.called.units") == {"1": "narrow"}
    page.edit("Shift+Z")

    # A crash, and on: what was merged is parted again by a loop around one of two clouds.
    server.kill()
    page.open(server.start())
    assert set(units_of(page)) == {0}
    components = page.tab.locator("figure", has_text="Components").locator("[role=application]")
    page.wait(lambda: components.locator(".u-over").count() == 1, "the components")
    page.frames()
    draw_by_keys(page, components, 0.28)
    page.says("selected")
    chosen = page.js("[...store.selected]")
    assert 0 < len(chosen) < len(found)
    page.tab.focus("#trace")
    page.edit("s")
    parted = units_of(page)
    new = max(parted)
    assert new == 2
    assert parted.count(new) == len(chosen)
    same = [(a == found[0]) == (b == parted[0]) for a, b in zip(found, parted, strict=True)]
    assert np.mean(same) > 0.97
    page.edit("z")
    assert set(units_of(page)) == {0}
    assert page.js("store.selected.size") == len(chosen)
    page.edit("Shift+Z")

    # One unit alone in the plots; intervals are those within units.
    page.tab.click("#tab-kinds")
    tick(page, new)
    page.tab.check("#only-ticked")
    page.wait(lambda: page.js("store.plotted().length") == len(chosen), "one unit alone")

    assert _column(page.download("csv", tmp_path), "unit_id") == parted
    with zipfile.ZipFile(page.download("phy", tmp_path)) as phy:
        phy.extractall(tmp_path)
    (clusters,) = tmp_path.rglob("spike_clusters.npy")
    assert np.load(clusters).tolist() == parted


def _column(path: Path, name: str) -> list[int]:
    import pandas as pd

    return [int(v) for v in pd.read_csv(path)[name]]


def test_kinds_are_named_and_merged(page: Page, server: Server) -> None:
    page.open(server.address)
    page.tab.focus("#trace")
    page.press("n")
    page.edit("1")
    page.press("n")
    page.edit("2")
    page.tab.click("#tab-kinds")
    page.tab.fill("input[aria-label='name of kind 1']", "tall")
    page.press("Enter")
    page.says("kind 1 is called tall")
    kinds = "[...store.table.column('kind')].filter(Boolean).sort()"
    assert page.js(kinds) == ["1", "2"]
    for kind in (1, 2):
        page.tab.check(f"#panel-kinds input[aria-label='kind {kind}']")
    page.tab.click("#panel-kinds button:has-text('Merge ticked'):visible")
    page.says("part of kind 1 tall")
    assert page.js(kinds) == ["1", "1"]
    page.tab.focus("#trace")
    page.edit("z", "z")
    assert page.js(kinds) == ["1", "2"]
    assert page.js("store.table.called.kinds") == {}


def write_sorting(folder: Path) -> None:
    """What `spikelens sort` leaves beside the wire: every second of some spikes is one unit's."""
    recording = api.read(folder / "wire.npy", unit="V", sampling_rate=RATE)
    at = np.arange(1000, recording.n_samples - 1000, 1500)
    columns = {name: np.zeros(at.size, kind) for name, kind, _ in SORTED}
    spikes = make_spikes(recording, at, columns=columns | {"unit_id": np.arange(at.size, dtype=np.int32) % 2})
    made = dataclasses.replace(spikes.provenance, method="pursuit", mode="extracellular", polarity=0)
    (folder / "spikelens-sort").mkdir()
    Parquet().write_spikes(
        folder / "spikelens-sort" / "spikes.parquet", dataclasses.replace(spikes, provenance=made)
    )


def test_a_sorting_beside_the_recording_is_there_and_is_merged_and_undone(
    page: Page, server: Server, tmp_path: Path
) -> None:
    server.kill()
    write_sorting(tmp_path)
    page.open(server.start())
    page.says("of spikelens-sort/spikes.parquet")
    found = units_of(page)
    assert set(found) == {0, 1} and page.js("store.table.method") == "pursuit"
    page.tab.click("#tab-kinds")
    tick(page, 0, 1)
    page.tab.focus("#trace")
    page.edit("m")
    assert set(units_of(page)) == {0}
    page.tab.click("#tab-detect")
    page.tab.select_option("#method", label="spikelens-sort/spikes.parquet")
    assert page.tab.is_disabled("#live")
    page.tab.click("#detect")
    page.says("of spikelens-sort/spikes.parquet")
    assert set(units_of(page)) == {0}
    page.tab.focus("#trace")
    page.edit("z")
    assert units_of(page) == found
