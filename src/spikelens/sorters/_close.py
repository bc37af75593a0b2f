"""Units so close that noise hides whose spikes many of theirs are.

Each spike counts as the likeliest unit's. So each of two close units has spikes of the other that noise put
on its side, and lacks those of its own that noise put on the other's: their means are farther apart than
the neurons are.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spikelens.sorters import Site
from spikelens.sorters._templates import Templates, distances, moved

NEAR = 2.9
"""Units nearer than so many s.d. of noise are learned some rounds more, with one rate."""
FAR = 5.0
"""Units farther apart than this have hardly a spike of one another."""
FARTHEST = 0.5e-3
"""How far the events of close units may be apart, s."""
LEAST = 0.5
"""Means of what is taken for two units are no nearer than this share of their distance."""

Floats = NDArray[np.float64]


def are_near(templates: Templates, site: Site) -> NDArray[np.bool_]:
    """Which templates, (n_units, n_units), are near each other; each is near itself."""
    if not len(templates):
        return np.zeros((0, 0), np.bool_)
    near = distances(templates, site.samples(FARTHEST), (1.0, 1.0))[0] < NEAR
    return np.asarray(near | near.T | np.eye(len(templates), dtype=np.bool_), np.bool_)


def are_any_near(templates: Templates, site: Site) -> bool:
    """Whether two templates are near each other."""
    return bool(are_near(templates, site).sum() > len(templates))


def shared_rates(templates: Templates, site: Site) -> Floats:
    """The prior of templates, (n_units, 4), with one rate for those that are near each other.

    What a unit takes from a near one would raise its rate, and so what it takes the next time.
    """
    prior = templates.prior.copy()
    near = are_near(templates, site)
    # Units that are near one that is near a third share with it, too.
    for _ in range(len(templates)):
        near = near @ near
    prior[:, 2] = np.log(near @ np.exp(prior[:, 2]) / near.sum(axis=1))
    return prior


def unbiased(templates: Templates, site: Site) -> Templates:
    """Templates that are as far apart as the neurons, not as the halves that noise makes of their spikes."""
    if len(templates) < 2:
        return templates
    waves = templates.waves.astype(np.float64)
    apart, _, lag = distances(templates, site.samples(FARTHEST), (1.0, 1.0))
    moves = np.zeros_like(waves)
    for j, k in np.argwhere((apart < FAR) & ~np.eye(len(waves), dtype=np.bool_)):
        way = moved(waves[j], lag[j, k]) - waves[k]
        seen = _told_apart(way, waves[k], templates.prior[k, 1])
        true = float(np.interp(seen, APART, SEPARATIONS))
        moves[k] += 0.5 * (1 - max(true / max(seen, 1e-9), LEAST)) * way
    made = (waves + moves).astype(np.float32)
    spread, rate = np.sqrt(templates.prior[:, 1]), np.exp(templates.prior[:, 2])
    return Templates.of(made, spread, rate, templates.before)


def _told_apart(way: Floats, wave: Floats, variance: float) -> float:
    """The length of a difference in s.d. of noise, and of the amplitude where it is one of size."""
    squares = float((wave**2).sum())
    along = float((way * wave).sum())
    return math.sqrt(max(float((way**2).sum()) - variance * along**2 / (1 + variance * squares), 0.0))


def halves_apart(separation: float) -> float:
    """How far apart the means of the halves of two heaps of noise are, cut in their middle.

    >>> round(halves_apart(0.0), 2), round(halves_apart(2.0), 2), round(halves_apart(4.0), 2)
    (1.6, 2.33, 4.03)
    """
    half = 0.5 * separation
    density = math.exp(-0.5 * half**2) / math.sqrt(2 * math.pi)
    return separation * math.erf(half / math.sqrt(2)) + 4 * density


SEPARATIONS = np.linspace(0.0, FAR, 101)
APART = np.array([halves_apart(separation) for separation in SEPARATIONS])
