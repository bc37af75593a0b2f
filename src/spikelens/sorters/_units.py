"""Units: from clusters of events to templates, and templates made better by what they explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.snippets import cut_snippets
from spikelens.kernels.unimodal import two_heaps
from spikelens.sorters import Piece, Site
from spikelens.sorters._events import BEFORE as EVENT_BEFORE
from spikelens.sorters._events import Events, events_in, together
from spikelens.sorters._explain import COLLISION, Explained, explain
from spikelens.sorters._heaps import heaps_of
from spikelens.sorters._noise import Whitener
from spikelens.sorters._templates import USUAL_SPREAD, Templates, distances, moved, shift_of

BEFORE, AFTER = 0.8e-3, 1.8e-3
"""What a template holds around an event, s."""
FEWEST = 25
"""A cluster of fewer events is no unit yet."""
TOGETHER = 8
"""So many channels, all near each other, are clustered at once; of more, those near an event's peak."""
ALIKE = 3.0
"""Units whose waveforms are nearer than this many s.d. of noise, once scaled, are one."""
FARTHEST = 0.5e-3
"""How far their events may be apart, s."""
HEAPS = 1.0
"""... unless their amplitudes are two heaps, by more than this."""
SIZES = 3.0
"""... and their medians are so many s.d. apart: halves of one normal heap are 2.2."""
SPLINTER = (0.1, 4.0)
"""A unit with less than this share of another's spikes, and so near it, is what collisions split off."""
FAINTEST = 2.5
"""A template whose peak is below so many s.d. of noise is no unit."""
REMAINDER = (0.5, 0.6)
"""A template of less than this share of others' size that comes with them this often is what they leave"""
BESIDE = 2.5e-3
"""... if it comes within this time of them, s."""
LIKE = (0.6, 1.6)
"""Bounds on that scale: bursts and drift change a unit's size within them."""
USUAL_RATE = 5.0
"""Spikes per second of a unit before they are counted."""
LEAST_SPREAD, MOST_SPREAD = 0.03, 0.25

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def clusters_of(events: Events, site: Site, score: float) -> list[Ints]:
    """The events of each cluster, those that are alone."""
    found: list[Ints] = []
    for group in _groups(events, site):
        if group.size < FEWEST:
            continue
        label = heaps_of(_features(_aligned_channels(events, group, site)), score=score)
        found += [group[label == k] for k in range(label.max() + 1)]
    return [members for members in found if members.size >= FEWEST]


def _groups(events: Events, site: Site) -> list[Ints]:
    """Events that are clustered together."""
    alone = np.flatnonzero(events.is_alone)
    n_channels = len(site.near)
    if n_channels <= TOGETHER and (site.near >= 0).sum() == n_channels**2:
        return [alone]
    return [alone[events.channel[alone] == c] for c in range(n_channels)]


def _aligned_channels(events: Events, group: Ints, site: Site) -> NDArray[np.float32]:
    """The group's snippets, all with the channels in one order."""
    snippets, channels = events.snippets[group], events.channel[group]
    if (channels == channels[0]).all():
        return snippets
    order = np.argsort(site.near, axis=1)
    return np.take_along_axis(snippets, order[channels][:, None, :], axis=2)


def _features(snippets: NDArray[np.float32]) -> Floats:
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


@dataclass(frozen=True)
class Learning:
    """What spikes of many pieces say of their units.

    Parameters
    ----------
    templates : Templates
        The means of what the former ones explained.
    unit, at : int64 arrays, (n_spikes,)
    amplitude : float64 array, (n_spikes,)
    n_samples : int
        How long was looked at.
    left : float32 array, (n_spikes, length, n_seen)
        What is left of the trace under each spike, on its unit's channels.
    is_alone : bool array, (n_spikes,)
    missed : Events
        What stands out of what is left.
    """

    templates: Templates
    unit: Ints
    at: Ints
    amplitude: Floats
    n_samples: int
    left: NDArray[np.float32]
    is_alone: NDArray[np.bool_]
    missed: Events


def relearned(
    pieces: Sequence[Piece], templates: Templates, site: Site, whitener: Whitener, cutoff: float
) -> Learning:
    """Explain pieces, and make each template the mean of what it explained."""
    sums, weight = np.zeros(templates.waves.shape), np.zeros(len(templates))
    found: list[tuple[Any, ...]] = []
    missed: list[Events] = []
    for piece in pieces:
        done = explain(whitener(piece.rows), templates, templates.prior, site)
        at = done.start + templates.before
        core = np.flatnonzero((at >= piece.core[0]) & (at < piece.core[1]))
        alone = _alone(done, core, site)
        left = _left(done, core, templates)
        found.append((done.unit[core], at[core] + piece.start, done.plain[core], alone, left))
        missed.append(events_in(done.rest, piece, site, cutoff))
        _gather(done, core[alone], templates, sums, weight)
    unit, where, amplitude, alone, left = (np.concatenate([f[i] for f in found]) for i in range(5))
    n_samples = sum(piece.core[1] - piece.core[0] for piece in pieces)
    known = weight > 0
    new = templates.waves.copy()
    new[known] = sums[known] / weight[known, None, None]
    rate = np.bincount(unit, minlength=len(templates)) / max(n_samples, 1)
    made = Templates.of(new, _spreads(unit, amplitude, templates), rate, templates.before)
    return Learning(made, unit, where, amplitude, n_samples, left, alone, together(missed))


def _alone(done: Explained, core: Ints, site: Site) -> NDArray[np.bool_]:
    """Whether no other spike of the piece is near."""
    apart = np.diff(done.start, prepend=-(10**9), append=10**9)
    alone: NDArray[np.bool_] = (np.minimum(apart[:-1], apart[1:]) > site.samples(COLLISION))[core]
    return alone


def _left(done: Explained, core: Ints, templates: Templates) -> NDArray[np.float32]:
    channels = templates.seen[done.unit[core]]
    shift = shift_of(done.copy[core])
    cut: NDArray[np.float32] = cut_snippets(done.rest, done.start[core], shift, channels, 0, templates.length)
    return cut


def _gather(done: Explained, mine: Ints, templates: Templates, sums: Floats, weight: Floats) -> None:
    """Add what spikes look like, others taken out."""
    if not mine.size:
        return
    every = np.arange(templates.waves.shape[2])[None].repeat(mine.size, axis=0)
    left = cut_snippets(done.rest, done.start[mine], shift_of(done.copy[mine]), every, 0, templates.length)
    a, unit = done.amplitude[mine], done.unit[mine]
    np.add.at(sums, unit, a[:, None, None] * (left + a[:, None, None] * templates.waves[unit]))
    np.add.at(weight, unit, a * a)


def parted(learning: Learning, site: Site, score: float) -> Templates:
    """Templates of which those that explain more than one heap are parted, and those that were missed added.

    What is left under the spikes of one unit is noise; of two, it has two heaps.
    """
    templates = learning.templates
    waves: list[NDArray[np.float32]] = []
    counts: list[int] = []
    for k in range(len(templates)):
        mine = np.flatnonzero((learning.unit == k) & learning.is_alone)
        label = _heaps_left(learning, mine, k, score) if mine.size >= 2 * FEWEST else np.zeros(mine.size, int)
        parts = [mine[label == h] for h in range(label.max(initial=0) + 1)]
        parts = [part for part in parts if part.size >= FEWEST]
        waves += [_mean_wave(learning, part, k) for part in parts] if len(parts) > 1 else [templates.waves[k]]
        counts += [part.size for part in parts] if len(parts) > 1 else [mine.size]
    for members in clusters_of(learning.missed, site, score):
        waves.append(_missed_wave(learning.missed, members, templates, site))
        counts.append(members.size)
    if not waves:
        return templates
    rate = np.maximum(np.array(counts), 1) / learning.n_samples
    return Templates.of(np.array(waves), np.full(len(waves), USUAL_SPREAD), rate, templates.before)


def _heaps_left(learning: Learning, mine: Ints, k: int, score: float) -> Ints:
    left = learning.left[mine]
    height = learning.amplitude[mine] * np.sqrt(learning.templates.prior[k, 3])
    points = np.column_stack([_features(left), height - height.mean()])
    return heaps_of(points, score=score)


def _mean_wave(learning: Learning, part: Ints, k: int) -> NDArray[np.float32]:
    """The mean of what some of a unit's spikes look like."""
    wave = learning.amplitude[part].mean() * learning.templates.waves[k]
    channels = learning.templates.seen[k]
    own = channels >= 0
    wave[:, channels[own]] += learning.left[part].mean(axis=0)[:, own]
    return np.asarray(wave, np.float32)


def _missed_wave(missed: Events, members: Ints, templates: Templates, site: Site) -> NDArray[np.float32]:
    """The mean of missed events, where a template holds them."""
    wave = np.zeros(templates.waves.shape[1:], np.float32)
    channels = site.near[missed.channel[members[0]]]
    own = channels >= 0
    mean = _aligned_channels(missed, members, site).mean(axis=0)
    ordered = channels[own] if _of_one_channel(missed, members) else np.arange(len(site.near))
    low = templates.before - site.samples(EVENT_BEFORE)
    wave[low : low + len(mean), ordered] = mean[:, own] if _of_one_channel(missed, members) else mean
    return wave


def _of_one_channel(events: Events, members: Ints) -> bool:
    return bool((events.channel[members] == events.channel[members[0]]).all())


def _spreads(unit: Ints, amplitude: Floats, templates: Templates) -> Floats:
    """The s.d. of each unit's amplitudes without the noise's part."""
    out = np.full(len(templates), USUAL_SPREAD)
    for k in range(len(templates)):
        a = amplitude[unit == k]
        if a.size >= FEWEST:
            width = np.median(np.abs(a - np.median(a))) / 0.6745
            out[k] = np.sqrt(max(width**2 - 1 / templates.prior[k, 3], 0))
    return np.asarray(np.clip(out, LEAST_SPREAD, MOST_SPREAD), np.float64)


def merged(learning: Learning, site: Site) -> Templates:
    """Templates of which those that are one unit are merged, and those of too few spikes are left out."""
    kept = _are_units(learning, site)
    templates = _some(learning.templates, np.flatnonzero(kept))
    unit = np.where(kept, np.cumsum(kept) - 1, -1)[learning.unit]
    amplitude = learning.amplitude
    while (found := _one_unit(templates, unit, amplitude, site)) is not None:
        into, gone, scale, lag = found
        templates = _united(templates, into, gone, scale, lag)
        amplitude = np.where(unit == gone, amplitude / scale, amplitude)
        unit = np.where(unit == gone, into, unit)
        unit = np.where(unit > gone, unit - 1, unit)
    return templates


def _are_units(learning: Learning, site: Site) -> NDArray[np.bool_]:
    """Which templates are seen often enough, stand out, and are no remainder of larger ones."""
    templates = learning.templates
    count = np.bincount(learning.unit, minlength=len(templates))
    out = (count >= FEWEST) & (np.abs(templates.waves).max(axis=(1, 2), initial=0) >= FAINTEST)
    norm = np.sqrt(templates.prior[:, 3])
    for k in np.flatnonzero(out):
        larger = np.sort(learning.at[norm[learning.unit] > norm[k] / REMAINDER[0]])
        mine = learning.at[learning.unit == k]
        reach = site.samples(BESIDE)
        beside = np.searchsorted(larger, mine - reach) < np.searchsorted(larger, mine + reach, "right")
        out[k] = beside.mean() <= REMAINDER[1]
    return np.asarray(out, np.bool_)


def _some(templates: Templates, kept: Ints) -> Templates:
    spread, rate = np.sqrt(templates.prior[kept, 1]), np.exp(templates.prior[kept, 2])
    return Templates.of(templates.waves[kept], spread, rate, templates.before)


def _one_unit(
    templates: Templates, unit: Ints, amplitude: Floats, site: Site
) -> tuple[int, int, float, float] | None:
    """The nearest two templates that are one unit: which stays, which goes, its scale and lag."""
    if len(templates) < 2:
        return None
    apart, scale, lag = distances(templates, site.samples(FARTHEST), LIKE)
    np.fill_diagonal(apart, np.inf)
    count = np.bincount(unit[unit >= 0], minlength=len(templates))
    for at in np.argsort(apart, axis=None, kind="stable"):
        gone, into = np.unravel_index(at, apart.shape)
        if apart[gone, into] >= SPLINTER[1]:
            return None
        if count[gone] > count[into]:
            continue
        if count[gone] < SPLINTER[0] * count[into]:
            return int(into), int(gone), float(scale[gone, into]), float(lag[gone, into])
        if apart[gone, into] >= ALIKE:
            continue
        own, others = amplitude[unit == into], amplitude[unit == gone] / max(scale[gone, into], 1e-3)
        if not _two_sizes(own, others):
            return int(into), int(gone), float(scale[gone, into]), float(lag[gone, into])
    return None


def _two_sizes(own: Floats, others: Floats) -> bool:
    """Whether amplitudes of one shape are two heaps, farther apart than halves of one would be."""
    if min(own.size, others.size) < 2:
        return False
    within = np.sqrt(0.5 * (own.var() + others.var()))
    apart = abs(float(np.median(own) - np.median(others)))
    return bool(apart > SIZES * within and two_heaps(np.sort(np.concatenate([own, others])))[0] >= HEAPS)


def _united(templates: Templates, into: int, gone: int, scale: float, lag: float) -> Templates:
    waves = templates.waves.astype(np.float64)
    rate = np.exp(templates.prior[:, 2])
    share = rate[gone] / (rate[gone] + rate[into])
    waves[into] = (1 - share) * waves[into] + share * scale * moved(waves[gone], lag)
    rate[into] += rate[gone]
    spread = np.sqrt(templates.prior[:, 1])
    spread[into] = max(spread[into], spread[gone])
    kept = np.delete(np.arange(len(waves)), gone)
    return Templates.of(waves[kept].astype(np.float32), spread[kept], rate[kept], templates.before)
