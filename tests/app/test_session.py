"""The fold: any history undone and redone comes to what it should, on disk as in memory."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelens.edits import Excluded, Mark, check_asked
from spikelens.errors import (
    BadParameter,
    OutputExists,
    RequestError,
    UnknownName,
    UnreadableFile,
    WriteFailed,
)
from spikelens.session import Log, State
from spikelens.sessionfiles import EDITS, HEADER, Identity, Overtaken, SessionFiles, folded

ME = Identity("cell", "f" * 64)
IDS = st.integers(0, 5)
STRETCHES = st.tuples(st.integers(0, 40), st.integers(1, 9)).map(
    lambda pair: {"start": pair[0], "stop": sum(pair)}
)
EDITS_MADE = st.one_of(
    st.builds(lambda do, i: {"do": do, "id": i}, st.sampled_from(["accept", "reject", "add"]), IDS),
    st.builds(lambda i, to: {"do": "move", "id": i, "to": to}, IDS, st.integers(0, 99)),
    st.builds(lambda i, k: {"do": "kind", "id": i, "kind": k}, IDS, st.none() | st.integers(0, 9)),
    st.builds(
        lambda i, w: {"do": "label", "id": i, "label": w}, IDS, st.sampled_from(["", "spike", "noise"])
    ),
    st.builds(lambda do, s: {"do": do, **s}, st.sampled_from(["exclude", "include"]), STRETCHES),
)
STEPS = st.lists(
    st.one_of(st.lists(EDITS_MADE, min_size=1, max_size=4), st.sampled_from(["undo", "redo"])), max_size=25
)


def step(log, what):
    """The log one step on; undo and redo with nothing to do leave it."""
    try:
        if what == "undo":
            return log.with_action(log.undoing(author="", time=""))
        if what == "redo":
            return log.with_action(log.redoing(author="", time=""))
    except RequestError:
        return log
    return log.with_action(log.action(what, author="", time=""))


@given(STEPS)
def test_undo_and_redo_walk_through_the_states_there_were(steps):
    """The twin keeps every state on two stacks."""
    log, past, future = Log(), [], []
    for what in steps:
        before = log.state
        log = step(log, what)
        if what == "undo":
            if past:
                future.append(before)
                assert log.state == past.pop()
        elif what == "redo":
            if future:
                past.append(before)
                assert log.state == future.pop()
        else:
            past.append(before)
            future.clear()
        assert (len(log.done), len(log.undone)) == (len(past), len(future))


@settings(max_examples=30)
@given(STEPS, st.integers(0, 30))
def test_a_session_reopened_at_any_point_goes_on_as_if_it_had_not_been(steps, reopened_at):
    with tempfile.TemporaryDirectory() as folder:
        files, log = SessionFiles(Path(folder) / "s", ME), Log()
        for number, what in enumerate(steps):
            if number == reopened_at:
                files = SessionFiles(Path(folder) / "s", ME)
                log, _ = folded(files.load(), 0)
            after = step(log, what)
            if after is not log:
                files.append(action_between(log, what))
                log = after
        again, senseless = folded(SessionFiles(Path(folder) / "s", ME).load(), 0)
        assert senseless == 0
        assert (again.state, again.revision, len(again.done), len(again.undone)) == (
            log.state,
            log.revision,
            len(log.done),
            len(log.undone),
        )


def action_between(log, what):
    if what == "undo":
        return log.undoing(author="", time="")
    if what == "redo":
        return log.redoing(author="", time="")
    return log.action(what, author="", time="")


def test_a_lasso_of_ten_thousand_is_one_action_that_undoes_whole():
    edits = [{"do": "reject", "id": k} for k in range(10_000)]
    log = Log().with_action(Log().action(edits, author="", time=""))
    assert len(log.state.marks) == 10_000
    assert log.with_action(log.undoing(author="", time="")).state == State()


def test_taking_in_the_middle_of_a_stretch_leaves_its_ends():
    state = State(excluded=(Excluded(10, 50, "seal lost"),))
    left = state.after([{"do": "include", "start": 20, "stop": 30}]).excluded
    assert left == (Excluded(10, 20, "seal lost"), Excluded(30, 50, "seal lost"))
    assert State(excluded=left).after([{"do": "include", "start": 0, "stop": 60}]).excluded == ()


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        ({"do": "explode", "id": 1}, "accept"),
        ({"do": "accept"}, "id"),
        ({"do": "accept", "id": True}, "id"),
        ({"do": "accept", "id": -1}, "id"),
        ({"do": "move", "id": 1, "to": 2.5}, "to"),
        ({"do": "kind", "id": 1, "kind": 1000}, "99"),
        ({"do": "label", "id": 1, "label": "x" * 201}, "200"),
        ({"do": "label", "id": 1, "label": "a\nb"}, "one line"),
        ({"do": "exclude", "start": 5, "stop": 5}, "holds nothing"),
    ],
)
def test_edits_that_make_no_sense_are_refused_whole(edit, complaint):
    log = Log()
    with pytest.raises((BadParameter, UnknownName), match=complaint):
        log.action([{"do": "reject", "id": 3}, edit], author="", time="")
    assert log.state == State()


@pytest.mark.parametrize("asked", [None, "accept", [1], [{"do": "restore", "id": 1, "mark": None}], [{}]])
def test_only_what_people_can_do_may_be_asked_for(asked):
    with pytest.raises((BadParameter, UnknownName)):
        check_asked(asked)


def test_an_action_without_edits_is_none():
    with pytest.raises(BadParameter, match="at least one"):
        Log().action([], author="", time="")


@pytest.mark.parametrize(
    ("mark", "verdict"),
    [
        (Mark(), None),
        (Mark(state="accepted"), True),
        (Mark(state="rejected"), False),
        (Mark(state="rejected", label="spike"), True),
        (Mark(state="accepted", label="noise"), False),
        (Mark(state="accepted", label="complex"), None),
    ],
)
def test_a_label_counts_before_a_state(mark, verdict):
    assert mark.is_spike is verdict


def kept(tmp_path, *edits):
    """A session with one action per edit."""
    files, log = SessionFiles(tmp_path / "s", ME), Log()
    for edit in edits:
        action = log.action([edit], author="me", time="2026-01-01")
        files.append(action)
        log = log.with_action(action)
    return files, log


def test_looking_writes_nothing(tmp_path):
    files = SessionFiles(tmp_path / "s", ME)
    assert files.load() == []
    assert not files.folder.exists()


def test_a_line_is_one_action_with_author_time_and_inverse(tmp_path):
    files, _ = kept(tmp_path, {"do": "reject", "id": 7})
    (line,) = (files.folder / EDITS).read_text().splitlines()
    row = json.loads(line)
    assert (row["author"], row["time"], row["revision"]) == ("me", "2026-01-01", 1)
    assert row["edits"] == [{"do": "reject", "id": 7}]
    assert row["inverse"] == [{"do": "restore", "id": 7, "mark": None}]
    assert json.loads((files.folder / HEADER).read_text())["fingerprint"] == ME.fingerprint


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_torn_last_line_is_reported_and_written_over(tmp_path, cut):
    files, _ = kept(tmp_path, {"do": "reject", "id": 1}, {"do": "reject", "id": 2})
    log_file = files.folder / EDITS
    os.truncate(log_file, log_file.stat().st_size - cut)
    again = SessionFiles(files.folder, ME)
    log, _ = folded(again.load(), 0)
    assert set(log.state.marks) == {1}
    assert len(again.reported) == 1 and "cut off" in again.reported[0]
    again.append(log.action([{"do": "accept", "id": 5}], author="", time=""))
    third = SessionFiles(files.folder, ME)
    assert set(folded(third.load(), 0)[0].state.marks) == {1, 5}
    assert third.reported == []


def test_a_damaged_line_costs_only_itself(tmp_path):
    files, _ = kept(tmp_path, *({"do": "reject", "id": k} for k in range(3)))
    log_file = files.folder / EDITS
    lines = log_file.read_bytes().splitlines(keepends=True)
    log_file.write_bytes(lines[0] + b"{garbage}\n" + lines[2])
    again = SessionFiles(files.folder, ME)
    assert set(folded(again.load(), 0)[0].state.marks) == {0, 2}
    assert again.reported == ["line 2 of edits.jsonl is damaged and left out"]


def test_lines_that_parse_and_mean_nothing_are_counted(tmp_path):
    files, log = kept(tmp_path, {"do": "reject", "id": 1})
    with (files.folder / EDITS).open("a") as out:
        row = json.loads((files.folder / EDITS).read_text())
        out.write(json.dumps(row | {"edits": [{"do": "explode"}]}) + "\n")
    again, senseless = folded(SessionFiles(files.folder, ME).load(), 0)
    assert (again.state, senseless) == (log.state, 1)


def test_a_session_of_another_file_is_refused(tmp_path):
    files, _ = kept(tmp_path, {"do": "reject", "id": 1})
    with pytest.raises(OutputExists, match="another recording"):
        SessionFiles(files.folder, Identity("cell", "0" * 64)).load()


@pytest.mark.parametrize("header", ["", "[]", '{"name": "cell"}', "\xff"])
def test_a_damaged_header_is_said_in_one_line(tmp_path, header):
    files, _ = kept(tmp_path, {"do": "reject", "id": 1})
    (files.folder / HEADER).write_text(header, encoding="latin-1")
    with pytest.raises(UnreadableFile, match="move it away") as caught:
        SessionFiles(files.folder, ME).load()
    assert "\n" not in str(caught.value)


def test_two_servers_cannot_write_over_each_other(tmp_path):
    files, log = kept(tmp_path, {"do": "reject", "id": 1})
    other = SessionFiles(files.folder, ME)
    other_log, _ = folded(other.load(), 0)
    other.append(other_log.action([{"do": "reject", "id": 2}], author="", time=""))
    with pytest.raises(Overtaken, match="another server"):
        files.append(log.action([{"do": "reject", "id": 3}], author="", time=""))
    assert set(folded(SessionFiles(files.folder, ME).load(), 0)[0].state.marks) == {1, 2}


@pytest.mark.parametrize("written", [0, 1, 30])
def test_a_full_disk_leaves_the_log_as_it_was(tmp_path, monkeypatch, written):
    files, log = kept(tmp_path, {"do": "reject", "id": 1})
    before = (files.folder / EDITS).read_bytes()
    write = os.write

    def full(handle, data):
        write(handle, data[:written])
        raise OSError(28, "No space left on device")

    action = log.action([{"do": "reject", "id": 2}], author="", time="")
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(WriteFailed, match="No space left on device; nothing was changed"):
        files.append(action)
    monkeypatch.undo()
    assert (files.folder / EDITS).read_bytes() == before
    files.append(action)
    assert set(folded(SessionFiles(files.folder, ME).load(), 0)[0].state.marks) == {1, 2}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("room", [0, 1, 40])
def test_a_disk_that_truly_refuses_in_the_middle_of_a_line_leaves_the_log_as_it_was(tmp_path, room):
    """The system itself lets `room` more bytes be written, and refuses the rest."""
    import resource

    files, log = kept(tmp_path, {"do": "reject", "id": 1})
    before = (files.folder / EDITS).read_bytes()
    action = log.action([{"do": "reject", "id": 2}], author="", time="")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, limits[1]))
    try:
        with pytest.raises(WriteFailed, match="too large"):
            files.append(action)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (files.folder / EDITS).read_bytes() == before
    files.append(action)
    assert set(folded(SessionFiles(files.folder, ME).load(), 0)[0].state.marks) == {1, 2}


def test_wherever_a_log_is_cut_its_whole_lines_are_there(tmp_path):
    files, _ = kept(tmp_path, *({"do": "reject", "id": k} for k in range(3)))
    whole = (files.folder / EDITS).read_bytes()
    for length in range(len(whole) + 1):
        (files.folder / EDITS).write_bytes(whole[:length])
        again = SessionFiles(files.folder, ME)
        n_lines = whole[:length].count(b"\n")
        assert [action.revision for action in again.load()] == list(range(1, n_lines + 1))
        assert len(again.reported) == (0 if whole[:length].endswith(b"\n") or not length else 1)


def test_it_is_on_disk_before_it_counts(tmp_path, monkeypatch):
    """The line is flushed, and after the first one the folder, too, or the log itself might be lost."""
    synced = []
    fsync = os.fsync

    def noted(handle):
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else os.fstat(handle).st_size
        synced.append(kind)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    files, log = kept(tmp_path, {"do": "reject", "id": 1})
    size = (files.folder / EDITS).stat().st_size
    if sys.platform != "win32":
        assert synced[-2:] == [size, "folder"]
    files.append(log.action([{"do": "reject", "id": 2}], author="", time=""))
    assert synced[-1] == (files.folder / EDITS).stat().st_size > size


def test_channels_have_histories_of_their_own(tmp_path):
    files = SessionFiles(tmp_path / "s", ME)
    first = Log(channel=0).action([{"do": "reject", "id": 1}], author="", time="")
    files.append(first)
    second = Log(channel=2, revision=1).action([{"do": "accept", "id": 1}], author="", time="")
    files.append(second)
    actions = SessionFiles(files.folder, ME).load()
    assert folded(actions, 0)[0].state.marks[1].state == "rejected"
    assert folded(actions, 2)[0].state.marks[1].state == "accepted"


def test_of_servers_that_write_at_once_one_wins_and_the_log_stays_whole(tmp_path):
    """Each has read the same log; the system's lock lets them in one by one, and the later ones are told."""
    files, log = kept(tmp_path, {"do": "reject", "id": 1})
    others = [SessionFiles(files.folder, ME) for _ in range(8)]
    for other in others:
        other.load()

    def write(number: int) -> bool:
        try:
            others[number].append(log.action([{"do": "reject", "id": 10 + number}], author="", time=""))
        except Overtaken:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        wrote = list(pool.map(write, range(8)))
    assert sum(wrote) == 1
    again = SessionFiles(files.folder, ME)
    assert len(again.load()) == 2 and again.reported == []
