from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, confusion_matrix, precision_recall_fscore_support

from spikelens.errors import OutsideRecording, RequestError, UnknownName, UnreadableFile
from spikelens.labelfiles import COLUMNS, read_labels, write_labels
from spikelens.labels import NONE, Labels, compare
from spikelens.recording import Recording
from spikelens.windows import Windows


def windows(n: int = 10, length: int = 100) -> Windows:
    return Windows.grid(Recording.from_array(np.zeros(n * length, np.float32), 1000.0), length)


def test_counts_names_and_unlabelled_items() -> None:
    labels = Labels.of(windows(4), np.array([0, 1, NONE, 1]), "me")
    assert labels.counts == {"noise": 1, "spike": 2}
    assert labels.names.tolist() == ["noise", "spike", "", "spike"]
    assert labels.are("spike").tolist() == [False, True, False, True]
    with pytest.raises(UnknownName, match="there are: noise, spike"):
        labels.are("burst")


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_compare_gives_scikit_learns_figures(pairs: list[tuple[int, int]]) -> None:
    found, true = (np.array(column) for column in zip(*pairs, strict=True))
    classes = ("noise", "spike", "artefact")
    grid = windows(len(pairs))
    agreement = compare(
        Labels.of(grid, found, "a", classes=classes), Labels.of(grid, true, "b", classes=classes)
    )
    assert np.array_equal(agreement.confusion, confusion_matrix(true, found, labels=[0, 1, 2]))
    precision, recall, f1, _ = precision_recall_fscore_support(
        true, found, labels=[0, 1, 2], zero_division=np.nan
    )
    mine = [(agreement.precision(c), agreement.recall(c)) for c in classes]
    assert np.allclose(mine, np.column_stack([precision, recall]), equal_nan=True)
    used = np.union1d(found, true)
    assert np.allclose([agreement.f1(classes[k]) for k in used], f1[used])
    if used.size > 1:
        assert np.isclose(agreement.kappa, cohen_kappa_score(true, found))
    assert agreement.differing.tolist() == np.flatnonzero(found != true).tolist()
    assert np.isclose(agreement.share, np.mean(found == true))


def test_items_are_paired_by_the_samples_they_cover_and_classes_by_name() -> None:
    grid = windows(6)
    mine = Labels.of(grid, np.array([0, 1, 0, 1, 0, NONE]), "me")
    shuffled = grid.take(np.array([3, 1, 0, 5]))
    theirs = Labels.of(shuffled, np.array([0, 0, 1, 0]), "you", classes=("spike", "noise"))
    agreement = compare(mine, theirs)
    assert (agreement.n_items, agreement.share) == (3, 1.0)
    assert agreement.n_only_one == 3  # two that only I labelled, one that only you did


def test_labels_without_a_common_item_are_not_compared() -> None:
    one = Labels.of(windows(10, 100), np.zeros(10), "a")
    with pytest.raises(RequestError, match="no item in common"):
        compare(one, Labels.of(windows(10, 90), np.zeros(10), "b"))
    with pytest.raises(RequestError, match="two recordings"):
        compare(replace(one, fingerprint="x"), replace(one, fingerprint="y"))


def test_labels_are_laid_on_windows_by_their_samples() -> None:
    grid = windows(6)
    some = Labels.of(grid.between(2, 4), np.array([1, 0, 1]), "me")
    laid = some.laid_on(grid)
    assert laid.codes.tolist() == [NONE, 1, 0, 1, NONE, NONE]
    assert laid.author.tolist() == ["", "me", "me", "me", "", ""]


def test_labels_of_another_recording_are_refused() -> None:
    labels = Labels.of(windows(10), np.zeros(10), "me")
    shorter = windows(5)
    with pytest.raises(OutsideRecording, match="reach to sample 1000"):
        labels.laid_on(shorter)
    sweeps = Windows.grid(
        Recording.from_array(np.zeros(1000, np.float32), 1000.0, sweep_lengths=[500, 500]), 100
    )
    with pytest.raises(OutsideRecording, match="sweeps of the labels"):
        labels.laid_on(sweeps)
    other = windows(10)
    other = other.on(replace(other.recording, fingerprint="other"))
    with pytest.raises(RequestError, match="another recording"):
        replace(labels, fingerprint="this").laid_on(other)
    with pytest.raises(OutsideRecording, match="none of the 10 labels"):
        labels.laid_on(windows(20, 50).between(10, 12))


@given(
    st.lists(
        st.tuples(st.integers(-1, 1), st.floats(0, 1, width=32) | st.just(np.nan)), min_size=1, max_size=30
    )
)
def test_a_file_gives_back_the_very_labels(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    codes, probability = zip(*rows, strict=True)
    labels = Labels.of(
        windows(len(rows)), np.array(codes), "deviation 0.02", probability=np.array(probability)
    )
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    write_labels(path, replace(labels, fingerprint="abc"))
    back = read_labels(path)
    assert (back.classes, back.fingerprint) == (labels.classes, "abc")
    for name in ("codes", "author", "item", "sweep", "first_sample", "n_samples"):
        assert np.array_equal(getattr(back, name), getattr(labels, name)), name
    assert np.array_equal(back.probability, labels.probability, equal_nan=True)


def test_the_columns_are_those_of_the_contract(tmp_path: Path) -> None:
    write_labels(tmp_path / "a.csv", Labels.of(windows(1), np.array([1]), "me"))
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines == [",".join(COLUMNS), "1,0,0,100,spike,me,"]


def test_a_table_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "by_hand.csv"
    path.write_text(
        "item,sweep,first_sample,n_samples,label\n1,0,0,100, spike \n2,0,100,100,\n3,0,200,100,burst\n"
    )
    labels = read_labels(path)
    assert labels.classes == ("burst", "spike")
    assert labels.names.tolist() == ["spike", "", "burst"]
    assert set(labels.author) == {"by_hand"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("item,sweep\n1,0\n", "no column 'first_sample'"),
        ("item,sweep,first_sample,n_samples,label\n1,0,zero,100,spike\n", "not a whole number"),
        ("item,sweep,first_sample,n_samples,label,probability\n1,0,0,100,spike,much\n", "not a number"),
        ("", "cannot read"),
    ],
)
def test_files_that_are_no_labels_are_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=said) as caught:
        read_labels(path)
    assert "\n" not in str(caught.value)


def test_cards_in_a_notebook() -> None:
    labels = Labels.of(windows(2), np.array([0, 1]), "me")
    assert "me" in labels._repr_html_()
    assert "kappa" in compare(labels, labels)._repr_html_()
