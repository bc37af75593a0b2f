"""Several windows, and what goes wrong: stated on the page, nothing lost."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.app.browser import Page, folder_served
from tests.data import recording_file

STEPS = "pyabf/171116sh_0018.abf"
FAST = "pyabf/2019_07_24_0055_fsi.abf"


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
