"""What is known of a recording once its units are learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.snippets import cut_snippets
from spikelens.sorters import Piece, Site
from spikelens.sorters._close import are_near, unbiased
from spikelens.sorters._clusters import FEWEST
from spikelens.sorters._drift import Drift, drift_of
from spikelens.sorters._learning import Learning
from spikelens.sorters._merging import is_background
from spikelens.sorters._noise import Whitener
from spikelens.sorters._odds import Honesty, honesty_of
from spikelens.sorters._templates import Templates

HONESTY_PIECES = 12
"""On how many pieces probabilities are made honest."""
RARE = FEWEST // 2
"""What fewer spikes are found of in the end is no unit."""


@dataclass(frozen=True)
class Known:
    """What is learned of a recording, and frozen."""

    whitener: Whitener
    templates: Templates
    drift: Drift
    honesty: Honesty
    n_units: int
    """Templates after these are background."""
    waves: NDArray[np.float64]
    """Mean filtered waveform of each unit, (n_units, length, n_channels), V."""
    peak: NDArray[np.float64]
    """Where it peaks, samples after its start; not whole."""
    channel: NDArray[np.int64]
    height: NDArray[np.float64]
    """Its signed peak, V."""

    def prior_at(self, sample: float) -> NDArray[np.float64]:
        """The prior of each unit at a time."""
        prior = self.templates.prior.copy()
        if len(prior):
            prior[:, 0] = self.drift.at(sample)
        return prior


def spread_out(pieces: Sequence[Piece], most: int) -> Sequence[Piece]:
    """At most so many pieces, evenly from all over the recording."""
    return pieces[:: max(1, -(-len(pieces) // most))]


def known_of(learning: Learning, pieces: Sequence[Piece], site: Site, whitener: Whitener) -> Known:
    """Units learned from pieces in order of their height, with their waveforms in V, drift and honesty."""
    waves = _raw_waves(learning, pieces)
    n_all = len(waves)
    size = np.abs(waves).max(axis=(1, 2)) if n_all else np.zeros(0)
    rare = np.bincount(learning.unit, minlength=n_all) < RARE
    faint = np.array([is_background(learning, k, site) for k in range(n_all)], np.bool_)
    # What fires in its own dead time because it has spikes of a near unit is a unit as well.
    faint &= ~are_near(learning.templates, site)[:, ~faint].any(axis=1)
    faint |= rare
    n_units = n_all - int(faint.sum())
    order = np.lexsort((-size, faint))
    waves, old = waves[order], unbiased(learning.templates, site)
    spread, rate = np.sqrt(old.prior[order, 1]), np.exp(old.prior[order, 2])
    templates = Templates.of(old.waves[order], spread, rate, old.before)
    unit = np.argsort(order)[learning.unit] if n_all else learning.unit
    channel = np.abs(waves).max(axis=1).argmax(axis=1) if n_all else np.zeros(0, np.int64)
    own = waves[np.arange(n_all), :, channel]
    at = np.abs(own).argmax(axis=1) if n_all else np.zeros(0, np.int64)
    return Known(
        whitener=whitener,
        templates=templates,
        drift=drift_of(unit, learning.at, learning.amplitude, n_all, site.sampling_rate),
        honesty=honesty_of(spread_out(pieces, HONESTY_PIECES), templates, site, whitener, n_units),
        n_units=n_units,
        waves=waves,
        peak=at + _vertices(own, at),
        channel=channel,
        height=own[np.arange(n_all), at],
    )


def _raw_waves(learning: Learning, pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """The mean filtered waveform of each unit's spikes that are alone."""
    templates = learning.templates
    sums, count = np.zeros(templates.waves.shape), np.zeros(len(templates))
    every = np.arange(templates.waves.shape[2])[None]
    order = np.argsort(learning.at, kind="stable")
    order = order[learning.is_alone[order]]
    at = learning.at[order]
    for piece in pieces:
        low, high = np.searchsorted(at, [piece.start + piece.core[0], piece.start + piece.core[1]])
        mine = order[low:high]
        where, none = learning.at[mine] - piece.start, np.zeros(mine.size)
        after = templates.length - templates.before
        cut = cut_snippets(
            np.asfortranarray(piece.rows),
            where,
            none,
            every.repeat(mine.size, axis=0),
            templates.before,
            after,
        )
        for k in np.unique(learning.unit[mine]):
            own = learning.unit[mine] == k
            sums[k] += cut[own].sum(axis=0)
            count[k] += own.sum()
    return np.asarray(sums / np.maximum(count, 1)[:, None, None], np.float64)


def _vertices(waves: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """By what part of a sample each wave peaks later than its largest sample."""
    if not len(waves):
        return np.zeros(0)
    around = np.clip(at[:, None] + np.array([-1, 0, 1]), 0, waves.shape[1] - 1)
    left, middle, right = np.abs(np.take_along_axis(waves, around, axis=1)).T
    bend = left - 2 * middle + right
    return np.asarray(
        np.clip(np.divide(0.5 * (left - right), bend, out=np.zeros(at.size), where=bend < 0), -0.5, 0.5)
    )
