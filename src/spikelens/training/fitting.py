"""Fitting the answers: by shape, then by shape in the light of the recording."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.detectors._adaptation import Candidates, context
from spikelens.detectors._candidates import worth_keeping
from spikelens.detectors._population import in_company
from spikelens.detectors._trees import Answers, Trees, scaling

Floats = NDArray[np.float64]

FEWER = 4
"""Of candidates that are easily told to be no spikes, one in so many is learned from."""
_EASY = -4.0
_ENOUGH = 50_000
"""Bins are made by so many values of a column."""
_FOLDS, _FEW, _SHARED = 3, 6, 0.75
"""Parts of the recordings that are held out in turn; candidates that are judged together share their
recording's weight, if they are more than the second, to this power."""


@dataclass(frozen=True)
class Lesson:
    """The candidates of one recording, with the truth about them."""

    seen: Candidates
    sample_index: NDArray[np.int64]
    truth: NDArray[np.int8]
    """1 a spike, 0 none, -1 a spike nobody can see."""
    family: str


@dataclass(frozen=True)
class Effort:
    """How large the answers are made."""

    n_trees: int = 120
    n_leaves: int = 24
    seed: int = 0


TOGETHER = Effort(n_trees=120, n_leaves=16)
"""Recordings are far fewer than candidates."""


def fit(lessons: Sequence[Lesson], effort: Effort, *, n_workers: int = 1) -> Answers:
    """The answers, fitted to lessons.

    A cell to come resembles none of the simulated families. So the second answer learns
    from first answers to families that those had not seen, and its log-odds are scaled so
    that they are right for families that it had not seen itself. The third learns from
    second answers to families, and to recordings, that those had not seen.
    """
    of = np.repeat(np.arange(len(lessons)), [lesson.truth.size for lesson in lessons])
    family = np.array([lesson.family for lesson in lessons])
    truth = np.concatenate([lesson.truth for lesson in lessons])
    weights = np.concatenate([_weights(lesson.truth) for lesson in lessons])
    shapes = np.concatenate([lesson.seen.measures for lesson in lessons])
    few = _one_in(FEWER, truth.size, effort.seed)
    # Most candidates are no spikes and alike.
    sampled = weights * np.where(truth == 0, few, 1.0)
    (first,), by_shape = _learned(shapes, truth, sampled, [family[of]], effort, n_workers=n_workers)
    kept = worth_keeping(np.concatenate([lesson.sample_index for lesson in lessons]), first, shapes)
    seen = [lesson.seen.take(kept[of == k]) for k, lesson in enumerate(lessons)]
    rows = np.concatenate([context(one, first[kept & (of == k)]) for k, one in enumerate(seen)])
    sampled = (weights * np.where((truth == 0) & (first < _EASY), few, 1.0))[kept]
    of, truth, weights = of[kept], truth[kept], weights[kept]
    fold = np.random.default_rng(effort.seed).integers(_FOLDS, size=len(lessons))
    unseen, in_context = _learned(rows, truth, sampled, [family[of], fold[of]], effort, n_workers=n_workers)
    scale = _scale(rows, unseen[0], truth, weights)
    by_itself = [scaling(rows, odds) @ scale for odds in unseen]
    company = [_in_company(seen, rows, odds, truth) for odds in by_itself]
    told, right, counted = (np.concatenate(columns) for columns in zip(*company, strict=True))
    together = boost(told[counted > 0], right[counted > 0], counted[counted > 0], TOGETHER)
    return Answers(by_shape, in_context, scale, together)


def _learned(
    rows: NDArray[np.float32],
    truth: NDArray[np.int8],
    weights: Floats,
    groupings: Sequence[NDArray[Any]],
    effort: Effort,
    *,
    n_workers: int,
) -> tuple[list[Floats], Trees]:
    """For each grouping log-odds of every row by what other groups taught; the answer learned from all."""
    inside = [[grouping == name for name in np.unique(grouping)] for grouping in groupings]
    # The last is of all.
    chosen = [(weights > 0) & ~group for grouping in inside for group in grouping] + [weights > 0]
    asked = [(rows[k], truth[k], weights[k], effort) for k in chosen]
    if n_workers == 1:
        grown = [boost(*one) for one in asked]
    else:
        with ProcessPoolExecutor(n_workers) as pool:
            grown = list(pool.map(boost, *zip(*asked, strict=True)))
    others, odds = iter(grown), [np.empty(truth.size) for _ in groupings]
    for own, grouping in zip(odds, inside, strict=True):
        for group in grouping:
            own[group] = next(others).log_odds(rows[group])
    return odds, grown[-1]


def _in_company(
    seen: Sequence[Candidates], rows: NDArray[np.float32], odds: Floats, truth: NDArray[np.int8]
) -> tuple[NDArray[np.float32], NDArray[np.int8], Floats]:
    """All recordings' candidates beside their likeliest, what they are, and their weights."""
    told, right, weights = [], [], []
    edges = np.cumsum([one.seconds.size for one in seen])[:-1]
    columns = (np.split(column, edges) for column in (rows, odds, truth))
    for one, its_rows, its_odds, its_truth in zip(seen, *columns, strict=True):
        if its_odds.size:
            asked, beside = in_company(one, its_rows, its_odds)
            told.append(beside)
            right.append(its_truth[asked])
            weights.append(np.where(its_truth[asked] < 0, 0.0, max(asked.size, _FEW) ** -_SHARED))
    return np.concatenate(told), np.concatenate(right), np.concatenate(weights)


def _scale(rows: NDArray[np.float32], odds: Floats, truth: NDArray[np.int8], weights: Floats) -> Floats:
    """What makes held-out log-odds right, after Platt (1999)."""
    from sklearn.linear_model import LogisticRegression

    counted = weights > 0
    line = LogisticRegression(C=10.0, fit_intercept=False, max_iter=1000)
    terms = scaling(rows[counted], odds[counted])
    line.fit(terms, truth[counted] == 1, sample_weight=weights[counted] / weights[counted].mean())
    return np.asarray(line.coef_[0], np.float64)


def _one_in(few: int, n: int, seed: int) -> Floats:
    """`few` for one in so many of n, else 0."""
    return np.where(np.random.default_rng(seed).integers(few, size=n) == 0, float(few), 0.0)


def _weights(truth: NDArray[np.int8]) -> Floats:
    """Recordings count by the root of their candidates; unseen spikes count nothing."""
    return np.where(truth < 0, 0.0, 1 / max(truth.size, 30) ** 0.5)


def boost(rows: NDArray[np.float32], truth: NDArray[np.int8], weights: Floats, effort: Effort) -> Trees:
    """Boosted trees for the probability that a row is a spike."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=effort.n_trees,
        learning_rate=20 / (effort.n_trees + 60),
        max_leaf_nodes=effort.n_leaves,
        min_samples_leaf=40,
        l2_regularization=2.0,
        max_features=0.5,
        early_stopping=False,
        random_state=effort.seed,
    )
    # Binned by hand: scikit-learn sorts each column anew for each bin where rows have weights.
    edges = [_edges(column) for column in rows.T]
    codes = np.column_stack([np.searchsorted(e, c) for e, c in zip(edges, rows.T, strict=True)])
    model.fit(codes.astype(np.float32), truth == 1, sample_weight=weights / weights.mean())
    grown = plain(model)
    cut = [0.0 if k < 0 else edges[k][int(c)] for k, c in zip(grown.feature, grown.cut, strict=True)]
    return dataclasses.replace(grown, cut=np.array(cut, np.float32))


def _edges(column: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where a column is cut into at most 255 bins that hold about as many values each.

    A value's code is the number of edges below it, so a row whose code is at most k has at
    most the value of edge k.
    """
    few = column[:: -(-column.size // _ENOUGH)]
    return np.unique(np.quantile(few, np.linspace(0, 1, 256)[1:-1], method="lower"))


def plain(model: Any) -> Trees:
    """The trees of a fitted scikit-learn model, as plain arrays."""
    nodes = [trees[0].nodes for trees in model._predictors]
    first = np.concatenate([[0], np.cumsum([n.size for n in nodes])])
    joined = np.concatenate(nodes)
    is_leaf = joined["is_leaf"].astype(bool)
    return Trees(
        first=first.astype(np.int32),
        feature=np.where(is_leaf, -1, joined["feature_idx"]).astype(np.int16),
        cut=_rounded_down(joined["num_threshold"]),
        left=joined["left"].astype(np.int16),
        right=joined["right"].astype(np.int16),
        value=joined["value"].astype(np.float32),
        start=float(np.ravel(model._baseline_prediction)[0]),
    )


def _rounded_down(cut: Floats) -> NDArray[np.float32]:
    """The largest float32 not above: a float32 row then falls as before."""
    near = cut.astype(np.float32)
    return np.where(near > cut, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float32)
