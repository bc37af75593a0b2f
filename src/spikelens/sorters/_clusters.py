"""Clusters of events that stand alone, and the first templates of units made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.snippets import cut_snippets
from spikelens.sorters import Piece, Site
from spikelens.sorters._events import Events
from spikelens.sorters._heaps import heaps_of
from spikelens.sorters._noise import Whitener
from spikelens.sorters._templates import USUAL_SPREAD, Templates

BEFORE, AFTER = 0.8e-3, 1.8e-3
"""What a template holds around an event, s."""
FEWEST = 25
"""A cluster of fewer events is no unit yet."""
FAINTEST = 4.0
"""A template as large as so many s.d. of noise, or less, is no unit: no spike of it is likelier than none."""
TOGETHER = 8
"""So many channels, all near each other, are clustered at once; of more, those near an event's peak."""
USUAL_RATE = 5.0
"""Spikes per second of a unit before they are counted."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def clusters_of(events: Events, site: Site, score: float) -> list[Ints]:
    """The events of each cluster, those that are alone."""
    found: list[Ints] = []
    for group in _groups(events, site):
        if group.size < FEWEST:
            continue
        label = heaps_of(features_of(aligned_channels(events, group, site)), score=score)
        found += [group[label == k] for k in range(label.max() + 1)]
    return [members for members in found if members.size >= FEWEST]


def _groups(events: Events, site: Site) -> list[Ints]:
    """Events that are clustered together."""
    alone = np.flatnonzero(events.is_alone)
    n_channels = len(site.near)
    if n_channels <= TOGETHER and (site.near >= 0).sum() == n_channels**2:
        return [alone]
    return [alone[events.channel[alone] == c] for c in range(n_channels)]


def aligned_channels(events: Events, group: Ints, site: Site) -> NDArray[np.float32]:
    """The group's snippets, all with the channels in one order."""
    snippets, channels = events.snippets[group], events.channel[group]
    if (channels == channels[0]).all():
        return snippets
    order = np.argsort(site.near, axis=1)
    return np.take_along_axis(snippets, order[channels][:, None, :], axis=2)


def features_of(snippets: NDArray[np.float32]) -> Floats:
    """Where each snippet lies along the directions in which they differ by more than noise does."""
    flat = snippets.reshape(len(snippets), -1).astype(np.float64)
    flat -= flat.mean(axis=0)
    values, vectors = np.linalg.eigh(flat.T @ flat / max(len(flat) - 1, 1))
    most = 5 if snippets.shape[2] == 1 else min(10, 4 + snippets.shape[2])
    n = int(np.clip((values > 1.5).sum(), 1, most))
    ways = vectors[:, ::-1][:, :n]
    ways = ways * np.sign(ways[np.abs(ways).argmax(axis=0), np.arange(n)])
    return np.asarray(flat @ ways, np.float64)


def first_templates(
    pieces: Sequence[Piece], events: Events, clusters: Sequence[Ints], site: Site, whitener: Whitener
) -> Templates:
    """Mean waveforms of clusters, on all channels."""
    before, length = _extent(site)
    label = np.full(len(events), -1, np.int64)
    for k, members in enumerate(clusters):
        label[members] = k
    sums = np.zeros((len(clusters), length, len(site.near)))
    count = np.zeros(len(clusters))
    every = np.arange(len(site.near))[None]
    for piece in pieces:
        low, high = np.searchsorted(events.at, [piece.start + piece.core[0], piece.start + piece.core[1]])
        mine = low + np.flatnonzero(label[low:high] >= 0)
        if not mine.size:
            continue
        white, at = whitener(piece.rows), events.at[mine] - piece.start
        cut = cut_snippets(
            white, at, np.zeros(mine.size), every.repeat(mine.size, axis=0), before, length - before
        )
        np.add.at(sums, label[mine], cut)
        np.add.at(count, label[mine], 1)
    waves = sums / np.maximum(count, 1)[:, None, None]
    n = len(clusters)
    return Templates.of(
        waves.astype(np.float32),
        np.full(n, USUAL_SPREAD),
        np.full(n, USUAL_RATE / site.sampling_rate),
        before,
    )


def _extent(site: Site) -> tuple[int, int]:
    before = site.samples(BEFORE)
    return before, before + site.samples(AFTER)
