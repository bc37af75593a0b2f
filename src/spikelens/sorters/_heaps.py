"""Clusters as heaps: parcels that are merged as long as nothing parts them.

After ISO-SPLIT (Magland and Barnett 2015, arXiv:1508.04841): two clusters are one if their points,
on the line between their centres, are one heap; else they are parted anew where the valley is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Clusters:
    """Points in clusters, and of each what is asked again and again; all of it is changed in place.

    Parameters
    ----------
    points : float64 array, (n_points, n_features)
    label : int64 array, (n_points,)
        The cluster of each point.
    count : int64 array, (n_clusters,)
        Points of each; 0 of one that is gone.
    centre : float64 array, (n_clusters, n_features)
    scatter : float64 array, (n_clusters, n_features, n_features)
        Sums of squares and products about the centre.
    compared : int64 array, (n_clusters, n_clusters, 2)
        How many points two clusters had when they were compared; -1 if they were not.
    """

    points: Floats
    label: Ints
    count: Ints
    centre: Floats
    scatter: Floats
    compared: Ints

    @classmethod
    def of(cls, points: Floats, label: Ints) -> Clusters:
        """Clusters that have not been compared."""
        n, n_features = int(label.max()) + 1, points.shape[1]
        scatter, compared = np.zeros((n, n_features, n_features)), np.full((n, n, 2), -1)
        made = cls(points, label, np.zeros(n, np.int64), np.zeros((n, n_features)), scatter, compared)
        made.describe(range(n))
        return made

    def describe(self, names: Iterable[int]) -> None:
        """Look at clusters whose points are others now."""
        for k in names:
            mine = self.points[self.label == k]
            self.count[k] = len(mine)
            if len(mine):
                self.centre[k] = mine.mean(axis=0)
                centred = mine - self.centre[k]
                self.scatter[k] = centred.T @ centred

    def next_pair(self) -> tuple[int, int] | None:
        """The nearest two clusters that have not been compared as they are."""
        apart = ((self.centre[:, None] - self.centre) ** 2).sum(axis=2)
        known = (self.compared[:, :, 0] == self.count[:, None]) & (self.compared[:, :, 1] == self.count)
        gone = self.count == 0
        apart[known | gone[:, None] | gone | np.tri(len(gone), dtype=np.bool_)] = np.inf
        one, other = (int(k) for k in np.unravel_index(apart.argmin(), apart.shape))
        return (one, other) if apart[one, other] < np.inf else None

    def compare(self, pair: tuple[int, int], score: float) -> None:
        """Merge two clusters, or part them anew."""
        one, other = pair
        both = np.flatnonzero((self.label == one) | (self.label == other))
        line = self.points[both] @ self._direction(one, other)
        found, cut = two_heaps(np.sort(line))
        right = line > cut
        if found < score:
            self.label[both] = one
        # Points go to the other side of the valley only if both sides stay clusters.
        elif right.any() and not right.all():
            self.label[both] = np.where(right, other, one)
        self.describe(pair)
        self.compared[one, other] = self.count[one], self.count[other]

    def _direction(self, one: int, other: int) -> Floats:
        """The direction in which two clusters are furthest apart for their spread."""
        apart = self.centre[other] - self.centre[one]
        spread = (self.scatter[one] + self.scatter[other]) / max(self.count[one] + self.count[other] - 2, 1)
        way = np.linalg.solve(spread + 1e-3 * np.trace(spread) / len(apart) * np.eye(len(apart)), apart)
        size = np.linalg.norm(way)
        return np.asarray(way / size if size > 0 else way, np.float64)


def heaps_of(points: Floats, *, score: float) -> Ints:
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
    clusters = Clusters.of(points, _parcels(points))
    for _ in range(ROUNDS):
        pair = clusters.next_pair()
        if pair is None:
            break
        clusters.compare(pair, score)
    return np.unique(clusters.label, return_inverse=True)[1].astype(np.int64)


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
