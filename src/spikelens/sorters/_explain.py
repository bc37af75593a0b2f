"""Explaining a piece: its whitened trace as a sum of templates, and what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels import collisions, likelihood, products, pursuit
from spikelens.sorters import Site
from spikelens.sorters._templates import Templates

DEAD_TIME = 0.5e-3
"""A unit does not fire twice within this, s."""
COLLISION = 1.0e-3
"""Spikes so near each other are fitted together, s."""
DOUBT = 3.0
"""What is left under a spike is too loud beyond so many standard deviations."""
TRIED = 8
"""Units tried for each half of a collision."""
NEAR = 0.4e-3
"""A rival would have its spike so near, s."""
MOST_PER_SECOND = 4000
ROOM = 200


@dataclass(frozen=True)
class Explained:
    """Spikes of a piece, and what they leave.

    Parameters
    ----------
    unit, start, copy : int64 arrays, (n_spikes,)
        Which template, at which row it starts, and which copy of it.
    amplitude, plain : float64 arrays, (n_spikes,)
        The likeliest amplitude, and that of the trace alone, without the unit's prior.
    gain : float64 array, (n_spikes,)
    rival, rival_gain : arrays, (n_spikes,)
        The unit that would explain the trace next best, -1 for none, and its gain.
    loudness : float64 array, (n_spikes,)
    rest : float32 array, (n_samples, n_channels)
    """

    unit: NDArray[np.int64]
    start: NDArray[np.int64]
    copy: NDArray[np.int64]
    amplitude: NDArray[np.float64]
    plain: NDArray[np.float64]
    gain: NDArray[np.float64]
    rival: NDArray[np.int64]
    rival_gain: NDArray[np.float64]
    loudness: NDArray[np.float64]
    rest: NDArray[np.float32]


def explain(
    white: NDArray[np.float32],
    templates: Templates,
    prior: NDArray[np.float64],
    site: Site,
    *,
    compared: bool = True,
) -> Explained:
    """Take the likeliest spikes out of a whitened trace, refit those that collide, and compare rivals.

    Parameters
    ----------
    white : float32 array, (n_samples, n_channels)
    prior : float64 array, (n_units, 4)
        As in `Templates`, for this piece's time.
    compared : bool
        Whether each spike is compared with what else it could be, which takes time.
    """
    rest = white.copy(order="F")
    n_starts = max(len(white) - templates.length + 1, 0)
    spikes = np.zeros((ROOM + int(MOST_PER_SECOND * len(white) / site.sampling_rate), 5))
    if not n_starts or not len(templates):
        return _none(rest)
    dots = np.empty((len(templates), n_starts), np.float32)
    products.products(rest, templates.bank, templates.seen, _active(rest, templates), dots)
    gains = np.empty_like(dots)
    terms = likelihood.terms_of(prior)
    pursuit.rescore(dots, gains, terms)
    state, model = (
        (rest, dots, gains),
        (templates.bank, templates.seen, templates.cross, templates.together, terms),
    )
    dead, limits = site.samples(DEAD_TIME), (site.samples(COLLISION), DOUBT, TRIED)
    first, n = 0, pursuit.greedy(state, model, spikes, 0, dead)
    for _ in range(2):
        before = n
        n = collisions.refit_pairs(state, model, spikes, first, n, limits)
        n = pursuit.greedy(state, model, spikes, n, dead)
        first = before
    for _ in range(2):
        pursuit.refit_each(rest, dots, model, spikes, n)
    rivals = np.full((n, 3), (-1.0, -np.inf, 0.0))
    if compared:
        rivals = pursuit.rivals(rest, dots, model, spikes, n, max(site.samples(NEAR), 1))
    return _explained(spikes[:n], rivals, rest, prior)


def _active(white: NDArray[np.float32], templates: Templates) -> NDArray[np.bool_]:
    """In which blocks templates are tried at all; on a wire in all."""
    n_starts = len(white) - templates.length + 1
    level = templates.level if white.shape[1] > 1 else np.zeros_like(templates.level)
    found: NDArray[np.bool_] = products.active_blocks(
        white, templates.main, level, templates.before, templates.reach, n_starts
    )
    return found


def _explained(
    spikes: NDArray[np.float64],
    rivals: NDArray[np.float64],
    rest: NDArray[np.float32],
    prior: NDArray[np.float64],
) -> Explained:
    kept = np.flatnonzero(spikes[:, 0] >= 0)
    kept = kept[np.lexsort((spikes[kept, 0], spikes[kept, 1]))]
    unit, start, copy = spikes[kept, :3].T.astype(np.int64)
    mean, variance, _, squares = prior[unit].T
    pull = 1 / (variance * squares)
    return Explained(
        unit, start, copy, spikes[kept, 3], spikes[kept, 3] * (1 + pull) - mean * pull, spikes[kept, 4],
        rivals[kept, 0].astype(np.int64), rivals[kept, 1], rivals[kept, 2], rest,
    )  # fmt: skip


def _none(rest: NDArray[np.float32]) -> Explained:
    whole, real = np.empty(0, np.int64), np.empty(0)
    return Explained(whole, whole, whole, real, real, real, whole, real, real, rest)
