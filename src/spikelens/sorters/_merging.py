"""Units that are one: no farther apart than noise carries, and never firing in each other's dead time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spikelens.kernels.unimodal import two_heaps
from spikelens.sorters import Site
from spikelens.sorters._clusters import FAINTEST, fewest
from spikelens.sorters._learning import Learning
from spikelens.sorters._templates import Templates, distances, moved
from spikelens.sorters._trains import SURE, follows, two_neurons

ALIKE, LIKELY = 3.0, 6.0
"""Units nearer than so many s.d. of noise, once scaled, are one; nearer than the second, if trains say so."""
TWICE = 6.0
"""What two sizes say against one unit, in log-odds."""
INEXACT = 0.1
"""Share of a template's size that time between samples and a changing waveform may make of a distance ..."""
SAME = (1.0, 0.15)
"""... to one so many samples away at most, and larger or smaller by this share at most."""
FARTHEST = 0.5e-3
"""How far their events may be apart, s."""
HEAPS = 1.0
"""... unless their amplitudes are two heaps, by more than this."""
SIZES = 3.0
"""... and their medians are so many s.d. apart: halves of one normal heap are 2.2."""
SPLINTER = (0.1, 4.0)
"""A unit with less than this share of another's spikes, and so near it, is what collisions split off;
or `LIKELY` near, if it fires in the other's dead time less than by chance."""
REMAINDER = (0.5, 0.5)
"""A template of less than this share of others' size is what they leave, if of its spikes that do not come
with theirs by chance this share does, too ..."""
BESIDE, BEHIND = 2.5e-3, 4e-3
"""... which is within the first of them, or no later after them than the second, s."""
HASH = 8.0
"""A template of less than so many s.d. of noise is background, if it fires in its own dead time."""
LIKE = (0.6, 1.6)
"""Bounds on that scale: bursts and drift change a unit's size within them."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Trains:
    """Templates with what was explained by them."""

    templates: Templates
    unit: Ints
    """-1 for what no kept template explains."""
    at: Ints
    amplitude: Floats
    is_alone: NDArray[np.bool_]
    n_samples: int
    is_former: NDArray[np.bool_]
    """Whether a spike is of what was looked at before; then it is in no mean."""

    @property
    def n_averaged(self) -> Ints:
        """How many spikes each template is the mean of, at least 1."""
        counted = self.unit[self.is_alone & (self.unit >= 0)]
        return np.maximum(np.bincount(counted, minlength=len(self.templates)), 1)


def merged(learning: Learning, site: Site, former: Trains | None = None) -> Trains:
    """Units of which those that are one are merged, and those of too few spikes are left out.

    Parameters
    ----------
    former : Trains or None
        Trains of the same units, by number, in other pieces: what they say counts as much.

    Returns
    -------
    Trains
        Those of `learning` alone.
    """
    kept = _are_units(learning, site)
    trains = _together(learning, former, np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1))
    trains = replace(trains, templates=_some(learning.templates, np.flatnonzero(kept)))
    while (found := _one_unit(trains, site)) is not None:
        trains = _united(trains, *found)
    now = ~trains.is_former
    columns = {
        name: getattr(trains, name)[now] for name in ("unit", "at", "amplitude", "is_alone", "is_former")
    }
    return replace(trains, n_samples=learning.n_samples, **columns)


def _together(learning: Learning, former: Trains | None, number: Ints) -> Trains:
    """What was looked at now and before, in order of time; units get other numbers, -1 for none."""
    parts: list[Learning | Trains] = [learning] if former is None else [learning, former]
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")
    unit = number[np.concatenate([part.unit for part in parts])]
    is_former = np.arange(at.size) >= learning.at.size
    return Trains(
        learning.templates,
        unit[order],
        at[order],
        np.concatenate([part.amplitude for part in parts])[order],
        (np.concatenate([part.is_alone for part in parts]) & ~is_former)[order],
        sum(part.n_samples for part in parts),
        is_former[order],
    )


def _are_units(learning: Learning, site: Site) -> NDArray[np.bool_]:
    """Which templates are seen often enough, stand out, and are no remainder of larger ones."""
    templates = learning.templates
    count = np.bincount(learning.unit, minlength=len(templates))
    norm = np.sqrt(templates.prior[:, 3])
    out = (count >= [fewest(size) for size in norm]) & (norm >= FAINTEST)
    for k in np.flatnonzero(out):
        others = templates.together[k] & (norm > norm[k] / REMAINDER[0])
        out[k] = not are_left(learning.at[learning.unit == k], others, learning, site)
    return np.asarray(out, np.bool_)


def are_left(at: Ints, others: NDArray[np.bool_], learning: Learning, site: Site) -> bool:
    """Whether events come with spikes of other units so often that they are what these leave."""
    larger = np.sort(learning.at[others[learning.unit]])
    first, last = at - site.samples(BEHIND), at + site.samples(BESIDE)
    beside = np.searchsorted(larger, first) < np.searchsorted(larger, last, "right")
    covered = np.minimum(np.diff(larger), site.samples(BESIDE + BEHIND)).sum() / max(learning.n_samples, 1)
    return bool(beside.mean() > REMAINDER[1] + (1 - REMAINDER[1]) * min(covered, 1.0))


def _some(templates: Templates, kept: Ints) -> Templates:
    spread, rate = np.sqrt(templates.prior[kept, 1]), np.exp(templates.prior[kept, 2])
    return Templates.of(templates.waves[kept], spread, rate, templates.before)


def _one_unit(trains: Trains, site: Site) -> tuple[int, int, float, float] | None:
    """The nearest two templates that are one unit: which stays, which goes, its scale and lag."""
    templates = trains.templates
    if len(templates) < 2:
        return None
    apart, scale, lag = distances(templates, site.samples(FARTHEST), LIKE)
    np.fill_diagonal(apart, np.inf)
    count = np.bincount(trains.unit[trains.unit >= 0], minlength=len(templates))
    # Means of few spikes differ by noise alone, the more so the more samples they have.
    n_values = templates.length * (templates.seen >= 0).sum(axis=1)
    averaged = trains.n_averaged
    chance = n_values[:, None] * (1 / averaged[:, None] + 1 / averaged[None])
    inexact = (INEXACT * np.sqrt(templates.prior[:, 3])) ** 2
    is_same = (np.abs(lag) <= SAME[0]) & (np.abs(scale - 1) <= SAME[1])
    apart = np.sqrt(
        np.maximum(apart**2 - chance - np.where(is_same, np.minimum(inexact[:, None], inexact), 0), 0)
    )
    for at in np.argsort(apart, axis=None, kind="stable"):
        gone, into = (int(k) for k in np.unravel_index(at, apart.shape))
        if apart[gone, into] >= LIKELY:
            return None
        if count[gone] <= count[into] and _are_one(trains, gone, into, apart[gone, into], scale, site):
            return into, gone, float(scale[gone, into]), float(lag[gone, into])
    return None


def _are_one(trains: Trains, gone: int, into: int, apart: float, scale: Floats, site: Site) -> bool:
    """Whether two units so far apart are one, by what their trains and amplitudes say."""
    one, other = (np.flatnonzero(trains.unit == k) for k in (gone, into))
    if is_background(trains, gone, site) and is_background(trains, into, site):
        return apart < ALIKE
    odds = two_neurons(trains.at[one], trains.at[other], trains.n_samples, site)
    if odds > SURE:
        return False
    differ = _differ_in_size(trains, gone, into, float(scale[gone, into]), site)
    # The farther apart two shapes or sizes are, the more their trains must say that they are one.
    against = max(apart**2 - ALIKE**2, 0.0) + (TWICE if differ else 0.0)
    if -odds > SURE + against:
        return True
    if one.size < SPLINTER[0] * other.size:
        return apart < SPLINTER[1] or odds < 0
    return apart < ALIKE and not differ


def _differ_in_size(trains: Trains, gone: int, into: int, scale: float, site: Site) -> bool:
    """Whether one unit is of another size, and does not follow the other as a burst's later spikes do."""
    one, other = (np.flatnonzero(trains.unit == k) for k in (gone, into))
    own, others = trains.amplitude[other], trains.amplitude[one] / max(scale, 1e-3)
    if not two_sizes(own, others):
        return False
    large, small = (other, one) if np.median(own) > np.median(others) else (one, other)
    return not follows(trains.at[large], trains.at[small], trains.n_samples, site)


def is_background(trains: Learning | Trains, k: int, site: Site) -> bool:
    """Whether a template is no neuron's: faint, and firing in its own dead time as many neurons would.

    What is far away makes noise that is not normal. Its template stays, as what else a trace may be.
    """
    mine = trains.at[trains.unit == k]
    if trains.templates.prior[k, 3] >= HASH**2:
        return False
    return two_neurons(mine, mine, trains.n_samples, site) > SURE


def two_sizes(own: Floats, others: Floats) -> bool:
    """Whether amplitudes of one shape are two heaps, farther apart than halves of one would be."""
    if min(own.size, others.size) < 2:
        return False
    within = np.sqrt(0.5 * (own.var() + others.var()))
    apart = abs(float(np.median(own) - np.median(others)))
    return bool(apart > SIZES * within and two_heaps(np.sort(np.concatenate([own, others])))[0] >= HEAPS)


def _united(trains: Trains, into: int, gone: int, scale: float, lag: float) -> Trains:
    templates = trains.templates
    waves = templates.waves.astype(np.float64)
    rate = np.exp(templates.prior[:, 2])
    share = rate[gone] / (rate[gone] + rate[into])
    waves[into] = (1 - share) * waves[into] + share * scale * moved(waves[gone], lag)
    rate[into] += rate[gone]
    spread = np.sqrt(templates.prior[:, 1])
    spread[into] = max(spread[into], spread[gone])
    kept = np.delete(np.arange(len(waves)), gone)
    made = Templates.of(waves[kept].astype(np.float32), spread[kept], rate[kept], templates.before)
    amplitude = np.where(trains.unit == gone, trains.amplitude / scale, trains.amplitude)
    unit = np.where(trains.unit == gone, into, trains.unit)
    unit = np.where(unit > gone, unit - 1, unit)
    return replace(trains, templates=made, unit=unit, amplitude=amplitude)
