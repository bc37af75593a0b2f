"""What true templates with greedy matching reach: goals above it count as reached at .98 of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels import likelihood, products, pursuit
from spikelens.kernels.snippets import cut_snippets
from spikelens.sorters import Piece, Site
from spikelens.sorters._clusters import AFTER, BEFORE
from spikelens.sorters._noise import Whitener, whitener_of
from spikelens.sorters._templates import Templates
from spikelens.unitsearch import Pieces, UnitSearch

ALONE = 2e-3
"""Spikes farther than this from others make the templates, s."""
DEAD = 0.5e-3
Array = NDArray[Any]


@dataclass(frozen=True)
class Greedy:
    """Spikes of the true units, in samples."""

    sample: Array
    unit: Array


def with_true_templates(search: UnitSearch, sample: Array, unit: Array) -> Greedy:
    """Sort with the mean waveform of each true unit's spikes that are alone, the likeliest spike first."""
    site = search.site
    pieces = Pieces(search, tuple(search._flat))
    white = whitener_of(pieces[::8], site)
    templates = _templates(pieces, white, site, (sample, unit))
    found = [_greedy(piece, white(piece.rows), templates, site) for piece in pieces]
    at, which = (np.concatenate([part[i] for part in found]) for i in range(2))
    return Greedy(at, which)


def _templates(pieces: Pieces, white: Whitener, site: Site, truth: tuple[Array, Array]) -> Templates:
    """The mean whitened waveform of each true unit's spikes that are alone, on all channels."""
    sample, unit = truth
    near = np.diff(sample, prepend=-(10**9), append=10**12)
    alone = np.minimum(near[:-1], near[1:]) > site.samples(ALONE)
    n, n_channels = int(unit.max()) + 1, len(site.near)
    before, after = site.samples(BEFORE), site.samples(AFTER)
    sums, count = np.zeros((n, before + after, n_channels)), np.zeros(n)
    for piece in pieces:
        low, high = np.searchsorted(sample, np.array(piece.core) + piece.start)
        mine = low + np.flatnonzero(alone[low:high])
        every = np.arange(n_channels)[None].repeat(mine.size, axis=0)
        at = sample[mine] - piece.start
        cut = cut_snippets(white(piece.rows), at, np.zeros(mine.size), every, before, after)
        np.add.at(sums, unit[mine], cut)
        np.add.at(count, unit[mine], 1)
    waves = (sums / np.maximum(count, 1)[:, None, None]).astype(np.float32)
    rate = np.bincount(unit, minlength=n) / max(int(sample.max()), 1)
    return Templates.of(waves, np.full(n, 0.06), rate, before)


def _greedy(piece: Piece, rest: Array, templates: Templates, site: Site) -> tuple[Array, Array]:
    n_starts = len(rest) - templates.length + 1
    dots = np.empty((len(templates), n_starts), np.float32)
    everywhere = np.ones((len(templates), -(-n_starts // products.BLOCK)), np.bool_)
    products.products(rest, templates.bank, templates.seen, everywhere, dots)
    terms = likelihood.terms_of(templates.prior)
    state, spikes = (rest, dots, np.zeros_like(dots)), np.zeros((5000, 5))
    pursuit.rescore(dots, state[2], terms)
    model = (templates.bank, templates.seen, templates.cross, templates.together, terms)
    n = pursuit.greedy(state, model, spikes, 0, site.samples(DEAD))
    at = spikes[:n, 1].astype(np.int64) + templates.before
    core = (at >= piece.core[0]) & (at < piece.core[1])
    order = np.argsort(at[core], kind="stable")
    return at[core][order] + piece.start, spikes[:n, 0].astype(np.int64)[core][order]
