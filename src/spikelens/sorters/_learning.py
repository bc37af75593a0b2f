"""Templates made better by what they explain."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.snippets import add_snippets, cut_snippets, stand_alone
from spikelens.sorters import Piece, Site
from spikelens.sorters._close import shared_rates
from spikelens.sorters._clusters import FEWEST
from spikelens.sorters._events import SHADOW, Events, events_in, together
from spikelens.sorters._explain import COLLISION, Explained, explain
from spikelens.sorters._faint import shapes_of, standing_out
from spikelens.sorters._noise import MAD_OF_NORMAL, deviation
from spikelens.sorters._templates import USUAL_SPREAD, Templates, shift_of

LEAST_SPREAD, MOST_SPREAD = 0.03, 0.25
"""Bounds on the s.d. of a unit's amplitudes."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
        How long what was looked at is.
    left : float32 array, (n_spikes, length, n_seen)
        What is left of the trace under each spike, on the channels that its unit was seen on; none if it was
        not asked for.
    seen : int64 array, (n_units, n_seen)
        These channels; -1 where there are no more.
    is_alone : bool array, (n_spikes,)
    missed : Events or None
        What stands out of what is left; None if it was not asked for.
    """

    templates: Templates
    unit: Ints
    at: Ints
    amplitude: Floats
    n_samples: int
    left: NDArray[np.float32]
    seen: Ints
    is_alone: NDArray[np.bool_]
    missed: Events | None

    def told(self) -> Learning:
        """The same without what is left of the trace, which takes most room and parting alone looks at."""
        return dataclasses.replace(self, left=self.left[:0].copy(), missed=None)


def relearned(
    pieces: Iterable[Piece],
    templates: Templates,
    site: Site,
    whitener: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    cutoff: float | None = None,
    *,
    shared: bool = False,
) -> Learning:
    """Explain pieces, and make each template the mean of what it explained.

    Parameters
    ----------
    cutoff : float or None
        How far what was missed stands out, in s.d. of noise; None if nobody asks for it or for what is left.
    shared : bool
        Whether near units share their rates.
    """
    shapes = shapes_of(templates)
    prior = shared_rates(templates, site) if shared else templates.prior
    sums, weight = np.zeros(templates.waves.transpose(0, 2, 1).shape), np.zeros(len(templates))
    found: list[tuple[Any, ...]] = []
    lefts: list[NDArray[np.float32]] = []
    missed: list[Events] = []
    n_samples = 0
    for piece in pieces:
        done = explain(whitener(piece.rows), templates, prior, site, compared=False)
        at = done.start + templates.before
        core = np.flatnonzero((at >= piece.core[0]) & (at < piece.core[1]))
        alone = _alone(done, templates, site)[core]
        lefts.append(_left(done, core if cutoff is not None else core[:0], templates))
        found.append((done.unit[core], at[core] + piece.start, done.plain[core], alone))
        if cutoff is not None:
            seen = standing_out(done, templates, shapes) if len(site.near) > 1 else None
            missed.append(events_in(done.rest, piece, site, cutoff, seen))
        _gather(done, core[alone], sums, weight)
        n_samples += piece.core[1] - piece.core[0]
    # What takes most room is let go as soon as it is joined.
    events = together(missed) if missed else None
    missed.clear()
    left = np.concatenate(lefts)
    lefts.clear()
    unit, where, amplitude, alone = (np.concatenate([f[i] for f in found]) for i in range(4))
    known = weight > 0
    new = templates.waves.copy()
    new[known] += (sums[known] / weight[known, None, None]).transpose(0, 2, 1)
    rate = np.bincount(unit, minlength=len(templates)) / max(n_samples, 1)
    averaged = np.bincount(unit[alone], minlength=len(templates))
    made = Templates.of(new, _spreads(unit, amplitude, templates), rate, templates.before, averaged)
    return Learning(made, unit, where, amplitude, n_samples, left, templates.seen, alone, events)


def _alone(done: Explained, templates: Templates, site: Site) -> NDArray[np.bool_]:
    """Whether no other spike is near, but for those that are small on its channels."""
    size = np.ones(done.unit.size, np.float32)
    others = np.where(templates.loud_beside(SHADOW), np.arange(len(templates)), -1)
    # The kernel reads each row up to the first that is none.
    others = -np.sort(-others, axis=1)
    alone: NDArray[np.bool_] = stand_alone(
        done.start, done.unit, size, others, site.samples(COLLISION), SHADOW
    )
    return alone


def _left(done: Explained, core: Ints, templates: Templates) -> NDArray[np.float32]:
    channels = templates.seen[done.unit[core]]
    shift = shift_of(done.copy[core])
    cut: NDArray[np.float32] = cut_snippets(done.rest, done.start[core], shift, channels, 0, templates.length)
    return cut


def _gather(done: Explained, mine: Ints, sums: Floats, weight: Floats) -> None:
    """Add what spikes leave, others taken out, as often as they are large."""
    unit, amplitude = done.unit[mine], done.amplitude[mine]
    add_snippets(sums, done.rest, done.start[mine], shift_of(done.copy[mine]), unit, amplitude)
    weight += np.bincount(unit, amplitude**2, len(weight))


def _spreads(unit: Ints, amplitude: Floats, templates: Templates) -> Floats:
    """The s.d. of each unit's amplitudes without the noise's part."""
    out = np.full(len(templates), USUAL_SPREAD)
    for k in range(len(templates)):
        a = amplitude[unit == k]
        if a.size >= FEWEST:
            width = deviation(a) / MAD_OF_NORMAL
            out[k] = np.sqrt(max(width**2 - 1 / templates.prior[k, 3], 0))
    return np.asarray(np.clip(out, LEAST_SPREAD, MOST_SPREAD), np.float64)
