"""Events: what stands out of the whitened trace, cut out for clustering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.snippets import cut_snippets, loud_peaks, stand_alone
from spikelens.sorters import Piece, Site
from spikelens.sorters._noise import Whitener

DEAD_TIME = 0.35e-3
"""Of excursions within this time the largest stays, s."""
ALONE = 1.8e-3
"""An event is alone if no other of half its size is so near, s."""
SHADOW = 0.5
"""A smaller share of a neighbour's size than this may be the neighbour's own later phase."""
BEFORE, AFTER = 0.6e-3, 1.4e-3
"""What is cut around an event, s."""


@dataclass(frozen=True)
class Events:
    """Events of many pieces."""

    at: NDArray[np.int64]
    """Samples of the recording."""
    channel: NDArray[np.int64]
    is_alone: NDArray[np.bool_]
    snippets: NDArray[np.float32]
    """(n_events, n_samples, n_near)."""

    def __len__(self) -> int:
        return self.at.size


def events_of(pieces: Sequence[Piece], site: Site, whitener: Whitener, cutoff: float) -> Events:
    """The events of all pieces, each with what its near channels see of it."""
    return together([events_in(whitener(piece.rows), piece, site, cutoff) for piece in pieces])


def together(parts: Sequence[Events]) -> Events:
    """The events of several pieces as one table."""
    names = ("at", "channel", "is_alone", "snippets")
    return Events(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def events_in(
    white: NDArray[np.float32],
    piece: Piece,
    site: Site,
    cutoff: float,
    standing_out: NDArray[np.float32] | None = None,
) -> Events:
    """The events in the core of a piece whose whitened rows are given.

    Parameters
    ----------
    standing_out : float32 array, like `white`
        What events stand out of, in s.d. of noise, if not the rows as they are.
    """
    loud = white if standing_out is None else standing_out
    at, channel = loud_peaks(loud, cutoff, site.near, site.samples(DEAD_TIME), 0, len(white))
    size = np.abs(loud[at, channel])
    alone = stand_alone(at, channel, size, site.near, site.samples(ALONE), SHADOW)
    inside = np.flatnonzero((at >= piece.core[0]) & (at < piece.core[1]))
    at, channel = at[inside], channel[inside]
    before, after = site.samples(BEFORE), site.samples(AFTER)
    snippets = cut_snippets(white, at, _late(loud, at, channel), site.near[channel], before, after)
    return Events(at + piece.start, channel, alone[inside], snippets)


def _late(
    white: NDArray[np.float32], at: NDArray[np.int64], channel: NDArray[np.int64]
) -> NDArray[np.float64]:
    """By what part of a sample each event is later than its largest sample, from a parabola."""
    around = np.clip(at[:, None] + np.array([-1, 0, 1]), 0, len(white) - 1)
    left, middle, right = np.abs(white[around, channel[:, None]].T.astype(np.float64))
    bend = left - 2 * middle + right
    late = np.divide(0.5 * (left - right), bend, out=np.zeros(at.size), where=bend < 0)
    return np.asarray(np.clip(late, -0.5, 0.5), np.float64)
