"""The exported trees against the library that grew them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from spikelens.detectors._trees import Trees
from spikelens.training.fitting import plain


def grown(seed: int = 0, n_leaves: int = 15) -> tuple[HistGradientBoostingClassifier, np.random.Generator]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(3_000, 6)).astype(np.float32)
    wanted = rows[:, 0] * rows[:, 1] + rng.normal(0, 0.3, 3_000) > 0.5
    model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=n_leaves, random_state=seed)
    return model.fit(rows, wanted), rng


def test_log_odds_equal_scikit_learns() -> None:
    model, rng = grown()
    rows = rng.normal(size=(5_000, 6)).astype(np.float32) * 2
    np.testing.assert_allclose(plain(model).log_odds(rows), model.decision_function(rows), atol=1e-5)


def test_rows_that_stand_on_a_cut_fall_as_in_scikit_learn() -> None:
    model, _ = grown(1)
    trees = plain(model)
    cuts = trees.cut[trees.feature == 0]
    rows = np.zeros((cuts.size, 6), np.float32)
    rows[:, 0] = cuts
    np.testing.assert_allclose(trees.log_odds(rows), model.decision_function(rows), atol=1e-5)


@pytest.mark.parametrize("n_leaves", [2, 15, 32])
def test_a_slow_walk_down_each_tree_gives_the_same(n_leaves: int) -> None:
    model, rng = grown(2, n_leaves)
    trees = plain(model)
    for row in rng.normal(size=(70, 6)).astype(np.float32):
        total = trees.start
        for base in trees.first[:-1]:
            node = base
            while trees.feature[node] >= 0:
                goes_left = row[trees.feature[node]] <= trees.cut[node]
                node = base + (trees.left if goes_left else trees.right)[node]
            total += float(trees.value[node])
        assert trees.log_odds(row[None])[0] == total


def test_arrays_and_back() -> None:
    trees = plain(grown()[0])
    again = Trees.from_arrays(trees.to_arrays("x"), "x")
    rows = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    assert np.array_equal(again.log_odds(rows), trees.log_odds(rows))


def test_trees_of_more_leaves_than_a_word_has_bits_are_refused() -> None:
    trees = plain(grown(3, 40)[0])
    with pytest.raises(AssertionError, match="leaves"):
        trees.log_odds(np.zeros((1, 6), np.float32))


def test_rows_have_the_same_answer_alone_and_together() -> None:
    trees = plain(grown(4)[0])
    assert trees.log_odds(np.empty((0, 6), np.float32)).shape == (0,)
    rows = np.random.default_rng(0).normal(size=(130, 6)).astype(np.float32)
    one_by_one = [trees.log_odds(row[None])[0] for row in rows]
    assert trees.log_odds(rows).tolist() == one_by_one
