"""Which spikes to look at next: the least certain first, or where hand and method differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.app.review import SAID, Columns, Review
from spikelens.edits import meaning
from spikelens.errors import UnknownName

DOUBTFUL = (0.05, 0.95)
"""Probabilities between these are in doubt."""
ORDERS = ("uncertain", "differ")


def next_ids(review: Review, by: str, n: int) -> dict[str, Any]:
    """Ids to look at, the most urgent first, and how many there are in all.

    ``uncertain`` are rows in doubt that the hand has not touched; where the method gives no
    probability, all untouched rows by how near their height is to what divides accepted
    from rejected. ``differ`` are rows on which the hand says otherwise than the method, by a label or else
    by a verdict.

    Raises
    ------
    UnknownName
        There is no such order.
    """
    if by not in ORDERS:
        raise UnknownName.among("order", by, ORDERS)
    table = review.table(names=(*SAID, "probability", "height"))
    rows = _uncertain(table) if by == "uncertain" else _differing(table)
    return {"ids": table["id"][rows[:n]].tolist(), "left": int(rows.size)}


def _uncertain(table: Columns) -> NDArray[np.int64]:
    untouched = (table["author"] == "method") & ~table["excluded"]
    probability = table["probability"].astype(np.float64)
    if np.isfinite(probability).any():
        in_doubt = (probability > DOUBTFUL[0]) & (probability < DOUBTFUL[1])
        rows = np.flatnonzero(untouched & in_doubt)
        return rows[np.argsort(np.abs(probability[rows] - 0.5), kind="stable")]
    rows = np.flatnonzero(untouched)
    return rows[np.argsort(_distance(table)[rows], kind="stable")]


def _distance(table: Columns) -> NDArray[np.float64]:
    """How far each height is from half way between the lowest accepted and the highest other."""
    size, by_method = np.abs(table["height"].astype(np.float64)), table["by_method"]
    lowest = size[by_method].min(initial=np.inf)
    highest = size[~by_method].max(initial=-np.inf)
    middle = np.mean([x for x in (lowest, highest) if np.isfinite(x)] or [0.0])
    return np.asarray(np.abs(size - middle))


def _differing(table: Columns) -> NDArray[np.int64]:
    by_hand = np.isin(table["state"], ("accepted", "added"))
    for row in np.flatnonzero(table["label"] != ""):
        meant = meaning(str(table["label"][row]))
        by_hand[row] = by_hand[row] if meant is None else meant
    return np.flatnonzero(by_hand != table["by_method"])
