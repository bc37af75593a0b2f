"""What true templates with greedy matching reach: goals above it count as reached at .98 of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels import likelihood, products, pursuit
from spikelens.sorters import Piece, Site
from spikelens.sorters._clusters import first_templates
from spikelens.sorters._events import Events
from spikelens.sorters._noise import whitener_of
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
    templates = _templates(pieces, site, sample, unit)
    white = whitener_of(pieces[::8], site)
    found = [_greedy(piece, white(piece.rows), templates, site) for piece in pieces]
    at, which = (np.concatenate([part[i] for part in found]) for i in range(2))
    return Greedy(at, which)


def _templates(pieces: Pieces, site: Site, sample: Array, unit: Array) -> Templates:
    near = np.diff(sample, prepend=-(10**9), append=10**12)
    alone = np.minimum(near[:-1], near[1:]) > site.samples(ALONE)
    nothing = np.zeros((sample.size, 1, 1), np.float32)
    events = Events(sample, np.zeros(sample.size, np.int64), alone, nothing)
    n = int(unit.max()) + 1
    members = [np.flatnonzero((unit == k) & alone) for k in range(n)]
    made = first_templates(pieces, events, members, site, whitener_of(pieces[::8], site))
    rate = np.bincount(unit, minlength=n) / max(int(sample.max()), 1)
    return Templates.of(made.waves, np.full(n, 0.06), rate, made.before)


def _greedy(piece: Piece, rest: Array, templates: Templates, site: Site) -> tuple[Array, Array]:
    n_starts = len(rest) - templates.length + 1
    dots = np.empty((len(templates), n_starts), np.float32)
    everywhere = np.ones(dots.shape, np.bool_)
    products.products(rest, templates.bank, templates.seen, everywhere, dots)
    terms = likelihood.terms_of(templates.prior)
    state, spikes = (rest, dots, np.zeros_like(dots)), np.zeros((5000, 5))
    pursuit.rescore(dots, state[2], terms)
    model = (templates.bank, templates.seen, templates.cross, terms)
    n = pursuit.greedy(state, model, spikes, 0, site.samples(DEAD))
    at = spikes[:n, 1].astype(np.int64) + templates.before
    core = (at >= piece.core[0]) & (at < piece.core[1])
    order = np.argsort(at[core], kind="stable")
    return at[core][order] + piece.start, spikes[:n, 0].astype(np.int64)[core][order]
