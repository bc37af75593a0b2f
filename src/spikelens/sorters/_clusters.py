"""Clusters of events that stand alone, and the first templates of units made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.products import TAPS
from spikelens.sorters import Site
from spikelens.sorters._events import BEFORE as EVENT_BEFORE
from spikelens.sorters._events import Events
from spikelens.sorters._heaps import heaps_of
from spikelens.sorters._templates import USUAL_SPREAD, Templates

BEFORE, AFTER = 0.8e-3, 1.8e-3
"""What a template holds around an event, s."""
FEWEST = 25
"""A cluster of fewer events is no unit yet ..."""
FEW, PLAIN = 15, 10.0
"""... nor one of fewer than the first if it is larger than the second, in s.d. of noise."""
FAINTEST = 4.0
"""A template as large as so many s.d. of noise, or less, is no unit: no spike of it is likelier than none."""
TOGETHER = 8
"""So many channels, all near each other, are clustered at once; of more, those near an event's peak."""
COURSES = 6
"""Of more channels, each is first described by so many shapes that all have in common."""
USUAL_RATE = 5.0
"""Spikes per second of a unit before they are counted."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def clusters_of(events: Events, site: Site, score: float) -> list[Ints]:
    """The events of each cluster, those that are alone."""
    found: list[Ints] = []
    for group in _groups(events, site):
        if group.size < FEW:
            continue
        label = heaps_of(features_of(aligned_channels(events, group, site)), score=score)
        found += [group[label == k] for k in range(label.max() + 1)]
    return [members for members in found if members.size >= fewest(_norm(events, members, site))]


def fewest(norm: float) -> int:
    """How many spikes make a unit of what is so large, or so far from what is known, in s.d. of noise."""
    return FEW if norm >= PLAIN else FEWEST


def _norm(events: Events, members: Ints, site: Site) -> float:
    """The size of the mean of a cluster, which needs a few events to be told."""
    return float(np.linalg.norm(mean_wave(events, members, site))) if members.size >= FEW else 0.0


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
    centred = np.subtract(snippets, snippets.mean(axis=0), dtype=np.float64)
    if snippets.shape[2] > TOGETHER:
        # Noise is alike in all directions, before and after.
        along = np.tensordot(centred, centred, axes=((0, 2), (0, 2)))
        centred = np.tensordot(centred, _principal(along)[1][:, :COURSES], axes=(1, 0))
    flat = centred.reshape(len(snippets), -1)
    covariance = flat.T @ flat / max(len(flat) - 1, 1)
    most = 5 if snippets.shape[2] == 1 else min(10, 4 + snippets.shape[2])
    variance, ways = _principal(covariance)
    n = int(np.clip((variance > 1.5).sum(), 1, most))
    return np.asarray(flat @ ways[:, :n], np.float64)


def _principal(covariance: Floats) -> tuple[Floats, Floats]:
    """Variances, the largest first, and their directions as columns; their largest part is positive."""
    variance, ways = np.linalg.eigh(covariance)
    ways = ways[:, ::-1]
    return variance[::-1], ways * np.sign(ways[np.abs(ways).argmax(axis=0), np.arange(ways.shape[1])])


def first_templates(events: Events, clusters: Sequence[Ints], site: Site) -> Templates:
    """Mean waveforms of clusters, on the channels near their peaks."""
    before, length = _extent(site)
    empty = np.zeros((0, length, len(site.near)), np.float32)
    waves = np.array([mean_wave(events, members, site) for members in clusters], np.float32)
    rate = np.full(len(clusters), USUAL_RATE / site.sampling_rate)
    spread, averaged = np.full(len(clusters), USUAL_SPREAD), np.array([c.size for c in clusters], np.int64)
    return Templates.of(waves if clusters else empty, spread, rate, before, averaged)


def mean_wave(events: Events, members: Ints, site: Site) -> NDArray[np.float32]:
    """The mean of some events, where a template holds them."""
    before, length = _extent(site)
    wave = np.zeros((length, len(site.near)), np.float32)
    mean = aligned_channels(events, members, site).mean(axis=0)
    of_one = bool((events.channel[members] == events.channel[members[0]]).all())
    channels = site.near[events.channel[members[0]]] if of_one else np.arange(len(site.near))
    own, low = channels >= 0, before - site.samples(EVENT_BEFORE)
    wave[low : low + len(mean), channels[own]] = mean[:, own]
    return wave


def _extent(site: Site) -> tuple[int, int]:
    before = site.samples(BEFORE)
    # Products are made of so many samples at once.
    return before, -(-(before + site.samples(AFTER)) // TAPS) * TAPS
