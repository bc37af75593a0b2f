"""Pages, tables and notes that the build makes: they say what the code declares, and leave nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from manual import changes, methods, python, tables
from manual.generated import pages as generated
from manual.papers import PAPERS

import spikelens
from spikelens import rooms
from spikelens.cli import commands
from tests.manual.pages import PAGES, ROOT

EVERY = [(room, name) for room in rooms.ROOMS for name in rooms.names(room)]


@pytest.mark.parametrize(("room", "name"), EVERY)
def test_a_method_has_a_page_with_all_that_it_declares(room: str, name: str) -> None:
    method, page = rooms.load(room, name), methods.method_page(room, name)
    assert page.startswith(f"# `{name}`")
    for p in method.schema():
        assert f"| `{p.flag}` |" in page and p.help in page
    for f in getattr(method, "features", ()):
        assert f"{{ #{f.name} }}" in page and f.meaning.split("`")[0] in page
        assert f.formula in page
        assert not f.efel or f"`{f.efel}`" in page
        assert not f.ipfx or f"`{f.ipfx}`" in page
    assert all(work in page for work in method.references)
    assert all(f"`{suffix}`" in page for suffix in getattr(method, "suffixes", ()))
    assert ">>>" not in page and "``" not in page.replace("```", "")


PLAIN = {"spikes", "average_rate", "latency", "first_isi", "mean_isi", "median_isi", "bursts", "pauses"}
PLAIN |= {"clipped", "limited", "shape", "polarity", "isi_type", "end_time"}
"""Counts, times and words that need no paper."""


@pytest.mark.parametrize("name", rooms.names("features"))
def test_a_feature_names_a_paper_that_tells_more_of_it(name: str) -> None:
    page = methods.method_page("features", name)
    for f in rooms.load("features", name).features:
        part = page.partition(f"{{ #{f.name} }}")[2].partition("### ")[0]
        assert f.name in PLAIN or re.search(r"To read: .*\(\d{4}\) .* \d+:\d+", part), f.name


def test_every_paper_is_of_a_feature_there_is() -> None:
    there = {f.name for name in rooms.names("features") for f in rooms.load("features", name).features}
    assert set(PAPERS) <= there


def test_each_room_lists_its_methods() -> None:
    made = methods.pages()
    for room, name in EVERY:
        assert f"({name}.md)" in made[f"methods/{room}/index.md"]
        assert f"methods/{room}/{name}.md" in made


def test_the_reference_holds_every_public_name_and_every_command() -> None:
    reference = python.page()
    for name in spikelens.__all__:
        assert name == "__version__" or re.search(
            rf"^::: spikelens\.[\w.]+\.{name}$", reference, re.MULTILINE
        )
    told = generated()["commands.md"]
    for name in commands.list_commands(None):
        assert f"## `spikelens {name}`" in told
    assert "--onset-fraction" in told.partition("## `spikelens find`")[2]


def test_tables_that_pages_ask_for_are_made() -> None:
    asked = {
        name
        for page in PAGES.values()
        for name in re.findall(r"<!-- table: (\w+) -->", page.read_text("utf-8"))
    }
    assert asked == set(tables.TABLES)
    for name in asked:
        table = tables.filled(f"<!-- table: {name} -->").splitlines()
        assert len(table) > 4 and len({len(re.findall(r"(?<!\\)\|", row)) for row in table}) == 1
    with pytest.raises(KeyError):
        tables.filled("<!-- table: nothing -->")


def test_the_measured_tables_are_those_of_the_benchmarks_page() -> None:
    measured = tables.MEASURED.read_text("utf-8")
    groups = [row.split("|")[1].strip() for row in tables.accuracy().splitlines()[2:]]
    assert len(groups) > 5 and all(f"| {group} |" in measured for group in groups)
    first = tables.accuracy().splitlines()[2].split("|")[2].strip()
    assert re.fullmatch(r"[\d.]+ \([\d.]+\)", first)
    f1, worst = re.findall(r"[\d.]+", first)
    assert re.search(rf"\| {groups[0]} \| {f1} \[[\d.-]+\], worst {worst} \|", measured)
    speeds = [float(row.split("|")[2]) for row in tables.speed().splitlines()[2:]]
    assert speeds == sorted(speeds, reverse=True)


def test_efels_names_lead_to_ours() -> None:
    assert "| `AP_amplitude` | [`amplitude`](methods/features/spikelens.md#amplitude) | V |" in tables.efel()
    assert "| `threshold_v` | [`threshold_v`](methods/features/spikelens.md#threshold_v) |" in tables.ipfx()


def test_pages_show_no_figure_that_is_not_drawn() -> None:
    shown = {
        name for page in PAGES.values() for name in re.findall(r"figures/(\w+)\.svg", page.read_text("utf-8"))
    }
    drawn = set(
        re.findall(r"made = \((.*?)\)", (ROOT / "manual" / "figures.py").read_text("utf-8"))[0].split(", ")
    )
    assert shown == drawn


def test_release_notes_gather_every_fragment_by_kind_and_are_kept(tmp_path: Path) -> None:
    fragments = tmp_path / "changelog.d"
    fragments.mkdir()
    (fragments / "a.fixed.md").write_text("Mends b.\n")
    (fragments / "c.added.md").write_text("- Adds d.\n- Adds e.\n")
    (fragments / "f.added.md").write_text("Adds g,\nwhich is long.\n")
    lists = "### Added\n\n- Adds d.\n- Adds e.\n- Adds g, which is long.\n\n### Mended\n\n- Mends b.\n"
    assert changes.notes(tmp_path, title="1.2.0") == f"## 1.2.0\n\n{lists}"
    (tmp_path / "CHANGELOG.md").write_text("## 1.1.0\n\n- Older.\n")
    changes.release(tmp_path)
    kept = (tmp_path / "CHANGELOG.md").read_text()
    assert re.fullmatch(
        rf"## {spikelens.__version__}, \d{{4}}-\d\d-\d\d\n\n{re.escape(lists)}\n## 1.1.0\n\n- Older.\n", kept
    )
    assert not list(fragments.iterdir()) and changes.notes(tmp_path) == ""
    assert changes.page(tmp_path) == f"# Changes\n\n{kept}"


def test_a_fragment_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "changelog.d" / "x.odd.md").write_text("y")
    with pytest.raises(ValueError, match=r"x\.odd\.md must end"):
        changes.notes(tmp_path)
