"""The noise of a recording: how channels go together, and how each follows its own past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_toeplitz

from spikelens.kernels.whitening import are_quiet, lagged_products, whiten
from spikelens.sorters import Piece, Site

MAD_OF_NORMAL = 0.6745
LOUD = 4.0
"""What is beyond so many noise levels is no noise."""
GUARD = (0.8e-3, 2.0e-3)
"""Time before and after an excursion that may hold a spike, s."""
MEMORY = 1.0e-3
"""How far back noise is predicted from its past, s."""
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
    rows = [piece.rows[slice(*piece.core)] for piece in pieces]
    level = _level(np.concatenate([r[::4] for r in rows]))
    quiet = [_quiet(r, LOUD * level, site) for r in rows]
    mix = _mix(rows, quiet, level)
    order = max(1, site.samples(MEMORY))
    mixed = [r @ mix for r in rows]
    taps = np.stack([_taps([m[:, c] for m in mixed], quiet, order) for c in range(mix.shape[0])], axis=1)
    white = Whitener(mix.astype(np.float32), taps.astype(np.float32), level)
    # What is left of spikes makes the noise look larger than it is.
    rest = _level(np.concatenate([white(r)[order:][q[order:]] for r, q in zip(rows, quiet, strict=True)]))
    return Whitener(white.mix, (taps / rest).astype(np.float32), level)


def _level(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    middle = np.median(rows, axis=0)
    level = np.median(np.abs(rows - middle), axis=0) / MAD_OF_NORMAL
    # A channel that never changes is divided by something, and stays silent.
    return np.asarray(np.where(level > 0, level, 1.0), np.float64)


def _quiet(rows: NDArray[np.float32], limits: NDArray[np.float64], site: Site) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = are_quiet(rows, limits, *(site.samples(s) for s in GUARD))
    return found if found.sum() > LEAST_QUIET else np.ones(len(rows), np.bool_)


def _mix(
    rows: Sequence[NDArray[np.float32]], quiet: Sequence[NDArray[np.bool_]], level: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The inverse root of the covariance of quiet samples."""
    calm = np.concatenate([r[q] for r, q in zip(rows, quiet, strict=True)]) / level
    covariance = np.atleast_2d(np.cov(calm.T))
    values, vectors = np.linalg.eigh(covariance)
    # Channels that are silent all along have no size, and stay as they are.
    least = 1e-3 * values.max() or 1.0
    root = (vectors / np.sqrt(np.maximum(values, least))) @ vectors.T
    return np.asarray(root / level[:, None], np.float64)


def _taps(
    traces: Sequence[NDArray[np.float64]], quiet: Sequence[NDArray[np.bool_]], order: int
) -> NDArray[np.float64]:
    """The filter of a channel whose output is white on quiet stretches."""
    sums, counts = np.zeros(order + 1), np.zeros(order + 1)
    for trace, calm in zip(traces, quiet, strict=True):
        products, n = lagged_products(np.ascontiguousarray(trace, np.float64), calm, order + 1)
        sums, counts = sums + products, counts + n
    lags = sums / np.maximum(counts, 1)
    if lags[0] <= 0:
        return np.asarray(np.eye(1, order + 1)[0], np.float64)
    lags[0] *= 1.001
    past = solve_toeplitz(lags[:-1], lags[1:])
    error = max(lags[0] - past @ lags[1:], 1e-6 * lags[0])
    return np.asarray(np.concatenate([[1.0], -past]) / np.sqrt(error), np.float64)
