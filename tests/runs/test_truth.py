"""Files of spike times, and scores of one against another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelens.errors import UnreadableFile
from spikelens.runs.truth import read_times, score_files
from spikelens.scoring import score_times


def write(path, text):
    path.write_text(text)
    return path


def test_columns_are_found_by_name_in_any_order(tmp_path):
    times = read_times(write(tmp_path / "a.csv", "kind,visible,sweep,time\nx,1,0,0.5\ny,0,2,0.25\n"))
    assert times.time.tolist() == [0.5, 0.25]
    assert times.sweep.tolist() == [0, 2]
    assert times.visible.tolist() == [True, False]


@pytest.mark.parametrize("words", [("1", "0"), ("True", "False"), ("TRUE", "FALSE")])
def test_visible_is_read_as_numbers_or_words(tmp_path, words):
    yes, no = words
    times = read_times(write(tmp_path / "a.csv", f"time,visible\n1,{yes}\n2,{no}\n3,{no}\n"))
    assert times.visible.tolist() == [True, False, False]


def test_without_a_sweep_or_visible_all_are_one_sweep_and_seen(tmp_path):
    times = read_times(write(tmp_path / "a.csv", "time\n1\n2\n"))
    assert times.sweep is None and times.visible.all()


def test_a_table_without_rows_has_no_times(tmp_path):
    empty, some = write(tmp_path / "a.csv", "time,sweep\n"), write(tmp_path / "b.csv", "time,sweep\n1,0\n")
    assert read_times(empty).time.size == 0
    assert score_files(empty, empty, tolerance=1e-3).f1 == 1.0
    assert score_files(some, empty, tolerance=1e-3).f1 == score_files(empty, some, tolerance=1e-3).f1 == 0.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,sweep\n1,first\n", "'sweep' holds something that is not a number"),
        ("time\n1\n\n2\nx\n", "'time' holds something that is not a number"),
        ("time,sweep\n1,0\n2,\n", "'sweep' holds"),
        ("t\n1\n", "no column 'time'; it has: t"),
        ("", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path, text, words):
    with pytest.raises(UnreadableFile, match=words) as caught:
        read_times(write(tmp_path / "a.csv", text))
    assert "\n" not in str(caught.value)


def test_sweeps_part_matches_only_where_both_files_have_them(tmp_path):
    with_sweeps = write(tmp_path / "a.csv", "time,sweep\n1.0,0\n2.0,1\n")
    other_sweeps = write(tmp_path / "b.csv", "time,sweep\n1.0,1\n2.0,1\n")
    without = write(tmp_path / "c.csv", "time\n1.0\n2.0\n")
    assert score_files(with_sweeps, other_sweeps, tolerance=1e-3).n_matched == 1
    assert score_files(with_sweeps, without, tolerance=1e-3).n_matched == 2
    assert score_files(without, with_sweeps, tolerance=1e-3).n_matched == 2


def test_hidden_rows_of_the_truth_are_excused_and_those_of_the_answer_are_not(tmp_path):
    answer = write(tmp_path / "a.csv", "time,visible\n1.0,1\n2.0,0\n3.0,1\n")
    truth = write(tmp_path / "b.csv", "time,visible\n1.0,1\n2.0,0\n")
    score = score_files(answer, truth, tolerance=1e-3)
    assert (score.n_true, score.n_found, score.n_matched) == (1, 2, 1)


def test_rows_may_come_in_any_order(tmp_path):
    answer = write(tmp_path / "a.csv", "time\n3.0\n1.0\n2.0\n")
    truth = write(tmp_path / "b.csv", "time\n2.0005\n1.0\n3.0\n")
    score = score_files(answer, truth, tolerance=1e-3)
    assert score.f1 == 1.0
    assert score.mean_offset == pytest.approx(-0.0005 / 3)


@given(
    st.lists(st.integers(0, 60), max_size=12, unique=True),
    st.lists(st.integers(0, 60), max_size=12, unique=True),
    st.lists(st.integers(0, 60), max_size=6, unique=True),
)
def test_a_score_counts_what_it_says(true, found, hidden):
    hidden = [h for h in hidden if h not in true]
    at = [np.array(x, float) for x in (true, found, hidden)]
    score = score_times(at[0], at[1], tolerance=0.1, ignore=at[2])
    assert score.n_matched == len({*true} & {*found})
    assert score.n_found == len(found) - len({*found} & {*hidden})
    assert score.n_true == len(true)
    if found and score.n_found:
        assert score.precision == score.n_matched / score.n_found


@given(st.lists(st.floats(0, 10), max_size=10), st.lists(st.floats(0, 10), max_size=10), st.floats(1e-3, 1))
def test_precision_and_recall_change_places_with_the_tables(true, found, tolerance):
    a, b = np.array(true), np.array(found)
    one, other = score_times(a, b, tolerance=tolerance), score_times(b, a, tolerance=tolerance)
    assert one.n_matched == other.n_matched and one.f1 == other.f1
    np.testing.assert_equal(one.precision, other.recall)


def test_sweeps_that_only_one_side_has_count_as_missed_or_false():
    one = np.array([0.5, 0.6]), np.array([0.5, 0.7])
    score = score_times(*one, sweeps=(np.array([0, 1]), np.array([0, 2])))
    assert (score.n_true, score.n_found, score.n_matched) == (2, 2, 1)
