"""A table corrected edit by edit is the table corrected at once, and measured as any other."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens import api
from spikelens.app.detection import Detected, Settings, detected
from spikelens.app.placing import place, snapped
from spikelens.app.review import Review
from spikelens.edits import Mark
from spikelens.errors import OutsideRecording
from spikelens.exporters.csv import Csv
from spikelens.recording import Recording
from spikelens.session import Log, State
from spikelens.spikes import REQUIRED
from spikelens.stretches import Stretches
from tests.data import recording_file
from tests.factory import make_recording

PEAKS = [2000, 2300, 6000, 11_000, 11_400, 15_000]
FREE = [4000, 9000, 13_000]


@pytest.fixture(scope="module")
def cell() -> Detected:
    """Six spikes in two sweeps, all found by a plain rule."""
    recording = make_recording(PEAKS, sweep_lengths=[10_000, 10_000])
    found = detected(recording, Settings("prominence"))
    assert found.spikes.sample_index.tolist() == PEAKS
    return found


@pytest.fixture(scope="module")
def real() -> Detected:
    return detected(api.read(recording_file("pyabf/2019_07_24_0055_fsi.abf")), Settings())


def same(one, other):
    """Two tables, equal to the last bit, NaN and all."""
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def edited(detection, *edits):
    """A review after edits, one at a time, and the log they came from."""
    log, review = Log(), Review(detection, State())
    for edit in edits:
        log = log.with_action(log.action([edit], author="", time=""))
        review, _ = review.after(log.state, [edit["id"]] if "id" in edit else [])
    return review, log


def row(review, spike):
    table = review.table([spike])
    return {name: column[0] for name, column in table.items()}


def test_without_a_word_it_is_the_methods_own_table(real):
    review = Review(real, State())
    assert review.spikes() is real.spikes
    table = review.table()
    n_candidates = len(real.spikes.candidates)
    assert (table["state"] == "accepted").sum() == len(real.spikes)
    assert (table["state"] == "candidate").sum() == n_candidates
    assert set(table["author"]) == {"method"}
    np.testing.assert_array_equal(table["id"], table["sample_index"])


EDIT = st.one_of(
    st.builds(
        lambda do, i: {"do": do, "id": i}, st.sampled_from(["accept", "reject"]), st.sampled_from(PEAKS)
    ),
    st.builds(lambda i: {"do": "add", "id": i}, st.sampled_from(FREE)),
    st.builds(lambda i: {"do": "reject", "id": i}, st.sampled_from(FREE)),
    st.builds(
        lambda i, to: {"do": "move", "id": i, "to": to},
        st.sampled_from(PEAKS),
        st.sampled_from([2100, 2250, 6010, 11_390, 19_000]),
    ),
    st.builds(lambda i, k: {"do": "kind", "id": i, "kind": k}, st.sampled_from(PEAKS), st.integers(0, 3)),
    st.builds(
        lambda i, w: {"do": "label", "id": i, "label": w},
        st.sampled_from(PEAKS),
        st.sampled_from(["", "noise"]),
    ),
    st.just({"do": "exclude", "start": 5000, "stop": 7000}),
    st.just({"do": "include", "start": 0, "stop": 20_000}),
    st.just("undo"),
)


@settings(max_examples=60)
@given(edits=st.lists(EDIT, max_size=12))
def test_edit_by_edit_and_at_once_give_one_table(cell, edits):
    log, review = Log(), Review(cell, State())
    for edit in edits:
        if edit == "undo" and not log.done:
            continue
        action = log.undoing(author="", time="") if edit == "undo" else log.action([edit], author="", time="")
        log = log.with_action(action)
        kept, before = review, review.table()
        review, _ = review.after(log.state, [e["id"] for e in action.edits if "id" in e])
        same(kept.table(), before)
    same(review.table(), Review(cell, log.state).table())
    if log.state == State():
        assert review.spikes() is cell.spikes


@settings(max_examples=25)
@given(data=st.data())
def test_features_are_those_of_the_corrected_table_measured_whole(real, data):
    """Neighbours bound a spike's rise and fall, so a change beside it changes it, too."""
    ids = Review(real, State()).table()["id"]
    chosen = data.draw(st.lists(st.sampled_from(ids.tolist()), min_size=1, max_size=12, unique=True))
    does = data.draw(
        st.lists(st.sampled_from(["accept", "reject"]), min_size=len(chosen), max_size=len(chosen))
    )
    edits = [{"do": do, "id": i} for do, i in zip(does, chosen, strict=True)]
    review, _ = edited(real, *edits)
    found = review.spikes()
    bare = dataclasses.replace(found, columns={name: found[name] for name in REQUIRED}, candidates=None)
    whole = api.measure(real.chosen, bare)
    for name in whole.columns:
        np.testing.assert_array_equal(found[name], whole[name], err_msg=name)


def test_rejecting_and_undoing_brings_every_number_back(real):
    before = Review(real, State()).table()
    spike = int(before["id"][before["state"] == "accepted"][10])
    review, log = edited(real, {"do": "reject", "id": spike})
    assert row(review, spike)["state"] == "rejected"
    assert len(review.spikes()) == len(real.spikes) - 1
    back = log.with_action(log.undoing(author="", time=""))
    review, _ = review.after(back.state, [spike])
    same(review.table(), before)


def test_an_added_spike_is_described_as_a_found_one(cell):
    """Taken away from the detection and added by hand, it has the same numbers."""
    spike = PEAKS[2]
    kept = cell.spikes.take(cell.spikes.sample_index != spike)
    bare = dataclasses.replace(cell, spikes=dataclasses.replace(kept, candidates=None))
    review, _ = edited(bare, {"do": "add", "id": spike})
    by_hand, by_method = row(review, spike), row(Review(cell, State()), spike)
    assert (by_hand["state"], by_hand["author"], bool(by_hand["by_method"])) == ("added", "person", False)
    for name in cell.spikes.columns:
        if name != "probability":
            np.testing.assert_array_equal(by_hand[name], by_method[name], err_msg=name)


def test_an_added_spike_that_is_rejected_goes(cell):
    review, _ = edited(cell, {"do": "add", "id": 4000}, {"do": "reject", "id": 4000})
    assert review.sample_of(4000) is None
    assert 4000 not in review.table()["id"]


def test_a_move_keeps_the_spike_and_changes_where_it_stands(cell):
    review, _ = edited(cell, {"do": "move", "id": 6000, "to": 6010})
    moved = row(review, 6000)
    assert (moved["id"], moved["sample_index"], moved["state"], moved["author"]) == (
        6000,
        6010,
        "accepted",
        "person",
    )
    assert abs(moved["time"] - 6010 / 20_000) < 1e-4
    assert moved["height"] < row(Review(cell, State()), 6000)["height"]
    assert 6010 in review.spikes().sample_index


def test_kinds_labels_and_authors_are_columns_of_what_is_exported(cell, tmp_path):
    review, _ = edited(
        cell, {"do": "kind", "id": 2000, "kind": 2}, {"do": "label", "id": 2300, "label": "=1+1"}
    )
    spikes = review.spikes()
    assert spikes["kind"].tolist() == ["2", *[""] * 5]
    assert spikes["author"].tolist() == ["person", "person", *["method"] * 4]
    Csv().write_spikes(tmp_path / "a.csv", spikes)
    assert ",'=1+1\n" in (tmp_path / "a.csv").read_text()


def test_an_excluded_stretch_takes_its_spikes_and_its_time(cell):
    review, _ = edited(cell, {"do": "exclude", "start": 1000, "stop": 3000, "reason": "seal"})
    spikes = review.spikes()
    assert spikes.sample_index.tolist() == PEAKS[2:]
    assert spikes.stretches.n_samples() == cell.spikes.stretches.n_samples() - 2000
    assert review.table()["excluded"].sum() == 2


def test_marks_find_their_spikes_in_another_methods_table(cell):
    """Another method may place the peak some samples off; the mark's id stays."""
    recording = cell.chosen.recording
    state = State({6004: Mark(state="rejected"), 9000: Mark(state="added"), 17_000: Mark(state="rejected")})
    review = Review(cell, state)
    table = review.table()
    assert 6004 in table["id"] and 6000 not in table["id"]
    assert row(review, 6004)["sample_index"] == 6000
    assert row(review, 6004)["state"] == "rejected"
    assert row(review, 9000)["state"] == "added"
    assert 17_000 not in table["id"]
    assert recording.n_samples == 20_000


def test_two_marks_do_not_claim_one_row(cell):
    review = Review(cell, State({5998: Mark(kind=1), 6002: Mark(state="accepted")}))
    table = review.table()
    assert table["sample_index"][np.isin(table["id"], [5998, 6002])].tolist() == [6000, 6002]


def everything(recording: Recording) -> Stretches:
    return Stretches.between_walls(recording, np.empty((0, 2), np.int64))


@pytest.mark.parametrize("off", [-19, -5, 0, 7, 19])
@pytest.mark.parametrize(("sign", "turned"), [(1, 1), (-1, -1), (0, 1), (0, -1)])
def test_a_click_near_a_peak_lands_on_it(off, sign, turned):
    recording = make_recording([5000, 9000])
    trace = Recording.from_array(turned * recording.read()[:, 0], 20_000.0)
    assert snapped(trace, everything(trace), 5000 + off, sign) == 5000


def test_a_click_on_a_long_flank_climbs_it():
    trace = np.concatenate([np.linspace(-0.07, 0.03, 150), np.linspace(0.03, -0.07, 150)[1:]])
    recording = Recording.from_array(np.pad(trace, 200, constant_values=-0.07), 20_000.0)
    assert snapped(recording, everything(recording), 200 + 90, 1) == 349


def test_nothing_snaps_where_nothing_is_observed():
    recording = make_recording([5000])
    walls = Stretches.between_walls(recording, np.array([[4000, 6000]]))
    with pytest.raises(OutsideRecording, match="missing"):
        snapped(recording, walls, 5000, 1)


def test_spikes_both_ways_are_each_described_upright(cell):
    trace = make_recording([5000]).read()[:, 0]
    trace[10_000:] = 2 * trace[10_000:].mean() - make_recording([15_000]).read()[10_000:, 0]
    recording = Recording.from_array(trace, 20_000.0)
    made = dataclasses.replace(cell.spikes.provenance, polarity=0)
    placed = place(recording, everything(recording), np.array([5000, 15_000]), made)
    assert placed.height[0] > 0.09 and placed.height[1] < -0.09
