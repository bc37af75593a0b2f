"""Kinds and units as wholes: named, merged, split; one action each, undone whole, kept and exported."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.app.detection import Detected
from spikelens.app.library import Library
from spikelens.app.review import Review
from spikelens.choosing import choose
from spikelens.exporters.phy import Phy
from spikelens.regrouping import Units, sorting_of
from spikelens.session import Log, State
from spikelens.sessionfiles import folded
from spikelens.sorters import SORTED
from tests.app.serving import Page
from tests.factory import make_recording, make_spikes

PEAKS = [2000, 4000, 6000, 6001, 8000, 10_000, 12_000, 14_000]
UNITS = [0, 1, 0, 2, 1, 0, 2, 1]
S = "a" * 16


def sorted_table(recording, units=UNITS):
    """Spikes of several units; two of them at the same sample, as neurons may fire together."""
    at = np.array(PEAKS)
    at[3] = at[2]
    n = at.size
    columns = {name: np.zeros(n, kind) for name, kind, _ in SORTED}
    columns |= {"unit_id": np.array(units, np.int32), "unit_probability": np.full(n, 0.9, np.float32)}
    made = make_spikes(recording, at, columns=columns)
    return Detected(choose(recording, mode="extracellular"), made, recording)


@pytest.fixture
def page(tmp_path):
    """A page on a sorted recording; the sorting itself is tried elsewhere."""
    recording = make_recording(PEAKS)
    library = Library([recording], sessions=tmp_path / "sessions", author="ann")
    made = Page(library)
    made.wait()
    show(made, recording)
    yield made
    library.close()


def show(page, recording):
    desk = page.library.open(page.id).desk
    desk._adopt(sorted_table(recording), desk.settings)


def units_of(page):
    columns = page.get("/spikes")["columns"]
    return dict(zip(columns["id"], columns["unit_id"], strict=True))


def done(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


NUMBERS = st.integers(0, 4)
UNIT_EDITS = st.one_of(
    st.builds(
        lambda ids, u: {"do": "unit", "ids": ids, "unit": u, "sorting": S},
        st.lists(NUMBERS, min_size=1, max_size=3),
        NUMBERS,
    ),
    st.builds(
        lambda u, n: {"do": "name_unit", "unit": u, "name": f"{n} {u}", "sorting": S}, NUMBERS, NUMBERS
    ),
    st.builds(
        lambda a, b: {"do": "merge_units", "units": [a], "into": (a + 1 + b) % 6, "sorting": S},
        NUMBERS,
        NUMBERS,
    ),
    st.builds(lambda i, k: {"do": "kind", "id": i, "kind": k}, NUMBERS, NUMBERS),
    st.builds(lambda k, n: {"do": "name_kind", "kind": k, "name": f"{n} {k}"}, NUMBERS, NUMBERS),
    st.builds(lambda a, b: {"do": "merge_kinds", "kinds": [a], "into": (a + 1 + b) % 6}, NUMBERS, NUMBERS),
)


@given(st.lists(st.lists(UNIT_EDITS, min_size=1, max_size=3), max_size=8))
def test_each_action_is_undone_whole_and_the_log_as_text_comes_to_the_same(actions):
    log, past, lines = Log(), [], []
    for edits in actions:
        past.append(log.state)
        action = log.action(edits, author="", time="")
        lines.append(action)
        log = log.with_action(action)
    again, senseless = folded([type(a)(**json.loads(json.dumps(vars(a)))) for a in lines], 0)
    assert (again.state, senseless) == (log.state, 0)
    for wanted in reversed(past):
        log = log.with_action(log.undoing(author="", time=""))
        assert log.state == wanted


@given(st.lists(st.tuples(st.sampled_from("ms"), NUMBERS, NUMBERS), max_size=10))
def test_units_are_those_that_changing_them_one_by_one_gives(steps):
    """The twin keeps the unit of each spike, and changes it spike by spike."""
    ids, base = np.arange(6), np.array([0, 1, 2, 3, 4, 0])
    twin, units = base.tolist(), Units()
    for what, a, b in steps:
        if what == "m" and a != b:
            units = units.merged_into([a], b)
            twin = [b if unit == a else unit for unit in twin]
        elif what == "s":
            units = units.with_spikes([a], b)
            twin[a] = b
        assert units.applied(ids, base).tolist() == twin


def test_spikes_at_one_sample_are_two_rows(page):
    assert list(units_of(page).values()) == UNITS
    assert list(units_of(page))[2:4] == [6000, 6001]
    assert page.get("/spikes")["columns"]["sample_index"][2:4] == [6000, 6000]


def test_merging_is_one_line_of_the_log_and_holds_after_a_restart(page, tmp_path):
    answer = done(page.edit({"do": "merge_units", "units": [2], "into": 0}))
    assert answer["columns"]["unit_id"] == [0, 1, 0, 0, 1, 0, 0, 1]
    split = done(page.edit({"do": "unit", "ids": [6001, 2000]}))
    assert split["columns"]["unit_id"] == [3, 1, 0, 3, 1, 0, 0, 1]
    done(page.edit({"do": "name_unit", "unit": 3, "name": "odd ones"}))
    (log,) = tmp_path.rglob("edits.jsonl")
    assert len(log.read_text().splitlines()) == 3

    recording = make_recording(PEAKS)
    library = Library([recording], sessions=tmp_path / "sessions")
    again = Page(library)
    again.wait()
    show(again, recording)
    assert list(units_of(again).values()) == [3, 1, 0, 3, 1, 0, 0, 1]
    assert again.get("/spikes")["names"]["units"] == {"3": "odd ones"}
    for wanted in ([3, 1, 0, 3, 1, 0, 0, 1], [0, 1, 0, 0, 1, 0, 0, 1], UNITS):
        back = done(again.post("/undo", revision=again.get("/spikes")["revision"]))
        assert back["columns"]["unit_id"] == wanted
    assert not back["can_undo"] and back["names"] == {"kinds": {}, "units": {}}
    redone = done(again.post("/redo", revision=back["revision"]))
    assert redone["columns"]["unit_id"] == [0, 1, 0, 0, 1, 0, 0, 1]
    library.close()


def test_what_was_said_of_another_sorting_is_not_laid_on_this_one(page):
    done(page.edit({"do": "merge_units", "units": [2], "into": 0}))
    desk = page.library.open(page.id).desk
    other = sorted_table(desk.recording, [0, 0, 0, 1, 2, 2, 2, 2])
    desk._adopt(other, desk.settings)
    assert list(units_of(page).values()) == [0, 0, 0, 1, 2, 2, 2, 2]
    show(page, desk.recording)
    assert list(units_of(page).values()) == [0, 1, 0, 0, 1, 0, 0, 1]


def test_kinds_are_named_and_merged(page):
    done(page.edit({"do": "kind", "id": 2000, "kind": 3}, {"do": "kind", "id": 4000, "kind": 1}))
    done(page.edit({"do": "name_kind", "kind": 3, "name": "wide"}))
    merged = done(page.edit({"do": "merge_kinds", "kinds": [1], "into": 3}))
    assert merged["columns"]["kind"][:3] == [3, 3, None]
    text = page.post("/export", format="csv").text
    kinds = [row["kind"] for row in csv.DictReader(io.StringIO(text))]
    assert kinds[:3] == ["wide", "wide", ""]
    back = done(page.post("/undo", revision=merged["revision"]))
    assert back["columns"]["kind"][:3] == [3, 1, None]
    assert set(back["about"]) == {4000}


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        ({"do": "merge_units", "units": [7], "into": 0}, "unit"),
        ({"do": "merge_units", "units": [1], "into": 1}, "other than 1"),
        ({"do": "merge_units", "units": [], "into": 1}, "list"),
        ({"do": "unit", "ids": [5]}, "no spike 5"),
        ({"do": "unit", "ids": "all"}, "list"),
        ({"do": "name_unit", "unit": 1, "name": "a\nb"}, "one line"),
        ({"do": "name_unit", "unit": 1, "name": "first"}, "merge the two"),
        ({"do": "merge_kinds", "kinds": [1], "into": 100}, "99"),
        ({"do": "restore_units", "sorting": S, "names": [], "merged": [], "moved": []}, "edit"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(page, edit, complaint):
    done(page.edit({"do": "name_unit", "unit": 0, "name": "first"}))
    answer = page.edit(edit)
    assert answer.status_code in (400, 404)
    assert complaint in answer.json()["error"]
    assert list(units_of(page).values()) == UNITS


def test_spikes_that_nobody_sorted_have_no_units(tmp_path):
    library = Library([make_recording(PEAKS)], sessions=tmp_path / "s")
    page = Page(library)
    page.wait()
    answer = page.edit({"do": "merge_units", "units": [1], "into": 0})
    assert answer.status_code == 400 and "sort them first" in answer.json()["error"]
    assert page.get("/units")["units"] == []
    library.close()


def test_units_go_into_every_export_with_their_names(page, tmp_path):
    done(page.edit({"do": "merge_units", "units": [2], "into": 0}))
    done(page.edit({"do": "name_unit", "unit": 0, "name": "tall"}))
    done(page.edit({"do": "add", "sample_index": 16_000}))
    rows = list(csv.DictReader(io.StringIO(page.post("/export", format="csv").text)))
    assert [row["unit_id"] for row in rows] == ["0", "1", "0", "0", "1", "0", "0", "1", "-1"]
    assert [row["unit_name"] for row in rows][:2] == ["tall", ""]

    import pandas as pd

    frame = pd.read_parquet(io.BytesIO(page.post("/export", format="parquet").content))
    assert frame["unit_id"].tolist() == [0, 1, 0, 0, 1, 0, 0, 1, -1]
    with zipfile.ZipFile(io.BytesIO(page.post("/export", format="phy").content)) as phy:
        phy.extractall(tmp_path / "phy")
    (folder,) = (tmp_path / "phy").iterdir()
    spikes = Phy().read_spikes(folder, make_recording(PEAKS))
    assert spikes["unit_id"].tolist() == [0, 1, 0, 0, 1, 0, 0, 1, 3]
    assert spikes["unit_name"].tolist()[:2] == ["tall", ""]
    assert spikes["unit_name"][-1] == "in no unit"


def test_figures_of_units_follow_what_was_merged(page):
    before = {row["unit_id"]: row["n_spikes"] for row in page.get("/units")["units"]}
    assert before == {0: 3, 1: 3, 2: 2}
    done(page.edit({"do": "merge_units", "units": [2], "into": 0}))
    assert {row["unit_id"]: row["n_spikes"] for row in page.get("/units")["units"]} == {0: 5, 1: 3}


def test_components_part_what_differs(tmp_path):
    """Spikes of two heights lie apart along the first component, the larger of all."""
    peaks = list(range(1000, 19_000, 600))
    trace = make_recording(peaks[::2]).read()[:, 0] + 0.4 * (make_recording(peaks[1::2]).read()[:, 0] + 0.065)
    recording = type(make_recording()).from_array(trace.astype(np.float32), 20_000.0)
    spikes = make_spikes(recording, peaks)
    library = Library([recording], sessions=tmp_path / "s")
    page = Page(library)
    page.wait()
    desk = page.library.open(page.id).desk
    desk.review = Review(Detected(choose(recording), spikes), State())
    data = page.ask("/components").content
    n = len(peaks)
    scores = np.frombuffer(data, "<f4", offset=16 + 4 * n).reshape(n, 2)
    assert np.frombuffer(data, "<i4", n, 16).tolist() == peaks
    assert (scores[::2, 0].min() > scores[1::2, 0].max()) or (scores[::2, 0].max() < scores[1::2, 0].min())
    assert scores.std(0)[0] > 5 * scores.std(0)[1]
    library.close()


def test_a_sorting_is_told_by_what_it_says():
    at, units = np.array([1, 5, 9]), np.array([0, 1, 0])
    assert sorting_of(at, units) == sorting_of(at.astype(np.int32), units.astype(np.int64))
    assert sorting_of(at, units) != sorting_of(at, units[::-1] + 1)


def test_the_table_as_bytes_says_what_the_table_as_json_says(page):
    done(page.edit({"do": "kind", "id": 2000, "kind": 3}, {"do": "label", "id": 4000, "label": "spike"}))
    done(page.edit({"do": "add", "sample_index": 16_000}))
    wanted = page.get("/spikes")
    data = page.ask("/spikes", **{"as": "bytes"}).content
    assert data[:4] == b"SLS1"
    at = 8 + int.from_bytes(data[4:8], "little")
    head = json.loads(data[8:at])
    assert {name: head[name] for name in ("revision", "method", "names", "filter")} == {
        name: wanted[name] for name in ("revision", "method", "names", "filter")
    }
    assert [column["name"] for column in head["columns"]] == list(wanted["columns"])
    for column in head["columns"]:
        assert at % 8 == 0
        found = np.frombuffer(data, f"<{column['type']}", head["n"], at)
        at += -(-found.nbytes // 8) * 8
        theirs = wanted["columns"][column["name"]]
        if "words" in column:
            said = ["" if word is None else str(word) for word in theirs]
            assert [column["words"][code] for code in found] == said, column["name"]
        else:
            numbers = np.array([np.nan if value is None else value for value in theirs], np.float64)
            np.testing.assert_allclose(found, numbers, rtol=1e-6, atol=1e-7, err_msg=column["name"])
    assert at == len(data)
