"""By keyboard alone, in a narrow window, and as screen readers find it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.browser import ROOT, Page

STEPS = "pyabf/171116sh_0018.abf"
FAST = "pyabf/2019_07_24_0055_fsi.abf"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


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
