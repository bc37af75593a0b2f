"""Clusters as heaps: parcels that are merged as long as nothing parts them.

After ISO-SPLIT (Magland and Barnett 2015, arXiv:1508.04841): two clusters are one if their points,
on the line between their centres, are one heap; else they are parted anew where the valley is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.unimodal import two_heaps

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PARCELS = 40
"""Points are first parted into so many parcels."""
SMALLEST = 10
"""A parcel is not parted below so many points."""
ROUNDS = 500


def heaps_of(points: Floats, *, score: float, seed: int = 0) -> Ints:
    """The heap of each point, numbered from 0.

    Parameters
    ----------
    points : float64 array, (n_points, n_features)
        In units in which noise is alike in all directions.
    score : float
        Two heaps are kept apart beyond this; see `two_heaps`.
    """
    if len(points) < 2 * SMALLEST:
        return np.zeros(len(points), np.int64)
    label = _parcels(points)
    tried: dict[tuple[int, int], tuple[int, int]] = {}
    for _ in range(ROUNDS):
        pair = _next_pair(points, label, tried)
        if pair is None:
            break
        _compare(points, label, pair, score)
        tried[pair] = (int((label == pair[0]).sum()), int((label == pair[1]).sum()))
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def _parcels(points: Floats) -> Ints:
    """Parcels of nearby points: the widest is halved along its widest direction, again and again."""
    label, spread = np.zeros(len(points), np.int64), [_spread(points)]
    for new in range(1, min(PARCELS, len(points) // SMALLEST)):
        widest = int(np.argmax(spread))
        mine = np.flatnonzero(label == widest)
        if mine.size < 2 * SMALLEST:
            break
        along = _axis(points[mine])
        far = along > np.median(along)
        label[mine[far]] = new
        spread[widest], more = _spread(points[mine[~far]]), _spread(points[mine[far]])
        spread.append(more)
    return label


def _spread(points: Floats) -> float:
    return float(points.var(axis=0).sum() * len(points)) if len(points) >= 2 * SMALLEST else -1.0


def _axis(points: Floats) -> Floats:
    centred = points - points.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    way = vectors[:, -1]
    # The sign of an eigenvector is the library's choice; ours is that its largest part is positive.
    return np.asarray(centred @ (way * np.sign(way[np.argmax(np.abs(way))])), np.float64)


def _next_pair(
    points: Floats, label: Ints, tried: dict[tuple[int, int], tuple[int, int]]
) -> tuple[int, int] | None:
    """The nearest two clusters that have not been compared as they are."""
    counts = np.bincount(label)
    names = np.flatnonzero(counts)
    centres = np.column_stack([np.bincount(label, way)[names] for way in points.T]) / counts[names, None]
    apart = ((centres[:, None] - centres[None]) ** 2).sum(axis=2)
    sizes = counts.tolist()
    rows, columns = np.triu_indices(len(names), 1)
    # Each cluster's nearest neighbour is enough: what lies between hides the rest.
    for at in np.argsort(apart[rows, columns], kind="stable"):
        pair = int(names[rows[at]]), int(names[columns[at]])
        if tried.get(pair) != (sizes[pair[0]], sizes[pair[1]]):
            return pair
    return None


def _compare(points: Floats, label: Ints, pair: tuple[int, int], score: float) -> None:
    """Merge two clusters, or part them anew; `label` is changed."""
    one, other = (np.flatnonzero(label == k) for k in pair)
    both = np.concatenate([one, other])
    line = points[both] @ _direction(points[one], points[other])
    order = np.argsort(line, kind="stable")
    found, cut = two_heaps(line[order])
    if found < score:
        label[other] = pair[0]
        return
    # Points go to the other side of the valley only if both sides stay clusters.
    right = line > cut
    if min(right.sum(), (~right).sum()) >= 1:
        label[both] = np.where(right, pair[1], pair[0])


def _direction(one: Floats, other: Floats) -> Floats:
    """The direction in which two clusters are furthest apart for their spread."""
    apart = other.mean(axis=0) - one.mean(axis=0)
    spread = (_scatter(one) + _scatter(other)) / max(len(one) + len(other) - 2, 1)
    way = np.linalg.solve(spread + 1e-3 * np.trace(spread) / len(apart) * np.eye(len(apart)), apart)
    size = np.linalg.norm(way)
    return np.asarray(way / size if size > 0 else way, np.float64)


def _scatter(points: Floats) -> Floats:
    centred = points - points.mean(axis=0)
    return np.asarray(centred.T @ centred, np.float64)
