"""The noise of a recording: how channels go together, and how each follows its own past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.whitening import are_quiet, products_of_past, whiten
from spikelens.sorters import Piece, Site

MAD_OF_NORMAL = 0.6745
LOUD = 4.0
"""What is beyond so many noise levels is no noise."""
GUARD = (0.8e-3, 2.0e-3)
"""Time before and after an excursion that may hold a spike, s."""
MEMORY = 1.0e-3
"""How far back noise is predicted from its past at most, s ..."""
ENOUGH = 1.0005
"""... and no farther than where its variance is within this factor of what the whole past leaves."""
INEXACT = 1e-3
"""Share of the noise's variance that is taken to be white, since no two samples are measured alike."""
APART = 0.01
"""A channel that counts for less than this share of another's own is not mixed into it."""
LEAST_QUIET = 2000
"""Fewer quiet samples than this say nothing of the noise; all are taken then."""


@dataclass(frozen=True)
class Whitener:
    """What turns the noise into white noise of s.d. 1 on independent channels."""

    mix: NDArray[np.float32]
    taps: NDArray[np.float32]
    level: NDArray[np.float64]
    """Noise level of each channel, V."""

    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """White rows, as many."""
        white: NDArray[np.float32] = whiten(np.ascontiguousarray(rows, np.float32), self.mix, self.taps)
        return white


def whitener_of(pieces: Sequence[Piece], site: Site) -> Whitener:
    """Learn the noise from stretches without spikes.

    Channels are mixed by the inverse root of their covariance; each is then filtered by
    the autoregressive model of its quiet stretches (Yule and Walker), of `MEMORY`.
    """
    level = _level([np.ascontiguousarray(rows[::4].T) for rows in _cores(pieces)])
    quiet = [_quiet(rows, LOUD * level, site) for rows in _cores(pieces)]
    mix = _mix(pieces, quiet, level)
    products = _products(pieces, quiet, mix, 1 + site.samples(MEMORY))
    order = max(_order(each) for each in products)
    taps = np.stack([_taps(each[: order + 1, : order + 1]) for each in products], axis=1)
    return Whitener(mix.astype(np.float32), taps.astype(np.float32), level)


def _cores(pieces: Sequence[Piece]) -> Iterator[NDArray[np.float32]]:
    """The rows that pieces answer for, looked at anew each time, so that one is held and not all."""
    return (piece.rows[slice(*piece.core)] for piece in pieces)


def _level(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """The noise level of each channel of parts of traces, (n_channels, n_samples) each."""
    deviations = [deviation(np.concatenate(trace)) for trace in zip(*parts, strict=True)]
    level = np.array(deviations, np.float32) / MAD_OF_NORMAL
    # A channel that never changes is divided by something, and stays silent.
    return np.asarray(np.where(level > 0, level, 1.0), np.float64)


def deviation(values: NDArray[np.floating]) -> float:
    """The median absolute deviation."""
    return float(np.median(np.abs(values - np.median(values))))


def _quiet(rows: NDArray[np.float32], limits: NDArray[np.float64], site: Site) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = are_quiet(rows, limits, *(site.samples(s) for s in GUARD))
    return found if found.sum() > LEAST_QUIET else np.ones(len(rows), np.bool_)


def _mix(
    pieces: Sequence[Piece], quiet: Sequence[NDArray[np.bool_]], level: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The inverse root of the covariance of quiet samples."""
    n, n_channels = 0, level.size
    total, products = np.zeros(n_channels), np.zeros((n_channels, n_channels))
    # One after the other, so that there is never more than one in 64 bits.
    for rows, q in zip(_cores(pieces), quiet, strict=True):
        calm = rows[q] / level
        n, total, products = n + len(calm), total + calm.sum(axis=0), products + calm.T @ calm
    covariance = (products - np.outer(total, total) / max(n, 1)) / max(n - 1, 1)
    values, vectors = np.linalg.eigh(covariance)
    # Channels that are silent all along have no size, and stay as they are.
    least = 1e-3 * values.max() or 1.0
    root = (vectors / np.sqrt(np.maximum(values, least))) @ vectors.T
    root[np.abs(root) < APART * np.diag(root)] = 0.0
    return np.asarray(root / level[:, None], np.float64)


def _products(
    pieces: Sequence[Piece],
    quiet: Sequence[NDArray[np.bool_]],
    mix: NDArray[np.float64],
    n: int,
) -> NDArray[np.float64]:
    """The covariance of each mixed channel's samples with the `n` - 1 before, (n_channels, n, n).

    It is of stretches that are quiet from end to end: neighbours are so alike in smooth noise that a
    thousandth decides, and what is summed at one lag must be what is summed at the others.
    """
    sums, count = np.zeros((len(mix), n, n)), 0
    for rows, calm in zip(_cores(pieces), quiet, strict=True):
        mixed = rows @ mix
        for c in range(len(mix)):
            products, found = products_of_past(np.ascontiguousarray(mixed[:, c]), calm, n)
            sums[c] += products
        count += found
    if count < LEAST_QUIET and not all(calm.all() for calm in quiet):
        return _products(pieces, [np.ones(len(calm), np.bool_) for calm in quiet], mix, n)
    sums /= max(count, 1)
    sums[:, np.arange(n), np.arange(n)] += INEXACT * sums[:, :1, 0]
    return sums


def _order(products: NDArray[np.float64]) -> int:
    """How many past samples predict the noise about as well as all do."""
    if products[0, 0] <= 0 or len(products) < 3:
        return 1
    left = np.array([_left(products[: order + 1, : order + 1]) for order in range(1, len(products))])
    return 1 + int(np.argmax(left <= ENOUGH * left[-1]))


def _left(products: NDArray[np.float64]) -> float:
    """The variance that prediction leaves."""
    return float(1 / np.linalg.inv(products)[0, 0])


def _taps(products: NDArray[np.float64]) -> NDArray[np.float64]:
    """The filter of a channel whose output is white on quiet stretches."""
    if products[0, 0] <= 0:
        return np.asarray(np.eye(1, len(products))[0], np.float64)
    inverse = np.linalg.inv(products)[0]
    return np.asarray(inverse / np.sqrt(inverse[0]), np.float64)
