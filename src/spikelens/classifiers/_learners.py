"""The learners every classifier can stand on: scikit-learn's, with settings and seeds fixed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEARNERS = ("logistic", "neighbours", "forest", "boosting")


def fitted(name: str, seed: int, rows: NDArray[Any], codes: NDArray[np.int64]) -> Any:
    """A scikit-learn classifier fitted to rows of numbers; the same answer on every run."""
    from threadpoolctl import threadpool_limits

    makers = {"logistic": _logistic, "neighbours": _neighbours, "forest": _forest, "boosting": _boosting}
    # Small fits lose more by waiting for each other's threads than they gain by them.
    with threadpool_limits(1):
        made = makers[name](seed).fit(rows, codes)
    if name == "forest":
        # Trees grow in any number of threads; when they vote, one thread adds them up in
        # one order, for sums in another differ in the last bit.
        made.set_params(n_jobs=1)
    return made


def _logistic(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500, random_state=seed))


def _neighbours(seed: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(with_std=False), KNeighborsClassifier(5, algorithm="brute"))


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(50, min_samples_leaf=2, random_state=seed, n_jobs=-1)


def _boosting(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, max_bins=32, early_stopping=False, random_state=seed
    )
