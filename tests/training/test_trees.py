"""The exported trees against the library that grew them."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from spikelens.detectors._trees import Trees
from spikelens.kernels.forest import boosted
from spikelens.training.fitting import plain


def grown(seed: int = 0) -> tuple[HistGradientBoostingClassifier, np.random.Generator]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(3_000, 6)).astype(np.float32)
    wanted = rows[:, 0] * rows[:, 1] + rng.normal(0, 0.3, 3_000) > 0.5
    model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, random_state=seed)
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


def test_a_slow_walk_down_each_tree_gives_the_same() -> None:
    model, rng = grown(2)
    trees = plain(model)
    for row in rng.normal(size=(20, 6)).astype(np.float32):
        total = trees.start
        for base in trees.first[:-1]:
            node = base
            while trees.feature[node] >= 0:
                goes_left = row[trees.feature[node]] <= trees.cut[node]
                node = base + (trees.left if goes_left else trees.right)[node]
            total += float(trees.value[node])
        arrays = (trees.first, trees.feature, trees.cut, trees.left, trees.right, trees.value)
        assert abs(boosted(row[None], *arrays, trees.start)[0] - total) < 1e-9


def test_arrays_and_back() -> None:
    trees = plain(grown()[0])
    again = Trees.from_arrays(trees.to_arrays("x"), "x")
    rows = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    assert np.array_equal(again.log_odds(rows), trees.log_odds(rows))
