"""What a recording's likeliest candidates are when they are looked at together.

Spikes of one cell are alike and stand apart from the rest; potentials are graded. Where
every single candidate is doubtful, this often settles all of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from spikelens.detectors._adaptation import COSINE, FITTED, INSIDE, LOGIT, Candidates
from spikelens.kernels.tops import PLACES

Floats = NDArray[np.float64]

_LEADERS, _WITHIN, _FADE = 5, 2.5, 2.0
"""Candidates whose log-odds lie so far below the mean of so many highest belong together; those
at most the last below them are moved with them in part."""
_ALIKE, _SMALLER = 10.0, (-1.2, -0.25)
"""As alike to the mean spike as all but so many per cent, and smaller by so much, in logs: graded."""
_NOTHING, _LEAST = -12.0, 0.05
_LATER = PLACES >= 20
_AFTER = int(np.flatnonzero(PLACES == 11)[0])
"""Places where a spike's trough is sought, and where its falling side is looked at."""
_DOUBTFUL = (-6.0, -4.0, 0.5, 2.0)
"""Where leaders' log-odds lie between the middle two, the population decides; beyond the outer two each
candidate does."""
_RAISED, _LOWERED, _MOST = 2, 8, 6.0
"""Fewer others than the first, where they speak for spikes, or than the second, where against, say little
of one, so it is moved less; nothing is moved further than the third."""
_TINY, _SMALLEST = 1e-30, 1e-15


@dataclass(frozen=True)
class Population:
    """The likeliest candidates of a recording, or of a part of it."""

    belongs: Floats
    """(n,), from 0 to 1: how far each candidate goes with them."""
    lead: float
    """Mean log-odds of the few likeliest."""
    height: float
    """Of their usual waveform, V or A."""
    figures: NDArray[np.float32]
    """(n_figures,), what they are like together."""

    @property
    def members(self) -> NDArray[np.bool_]:
        return np.asarray(self.belongs == 1)


def population(seen: Candidates, rows: NDArray[np.float32], odds: Floats) -> Population:
    """Gather the likeliest candidates and say what they are like together.

    Parameters
    ----------
    seen : Candidates, n >= 1 of them, sorted by time
    rows : float32 array, (n, n_context)
        What `context` told of them.
    odds : float64 array, (n,)
        Log-odds of being a spike, each by itself.
    """
    lead = float(np.sort(odds)[-_LEADERS:].mean())
    belongs = np.clip(1 + (odds - lead + _WITHIN) / _FADE, 0, 1)
    belongs[np.argmax(odds)] = 1
    member = belongs == 1
    figures = {"lead": lead} | _apart(odds, member) | _alike(seen, rows, member)
    figures |= _in_shape(seen.waveform[member].astype(np.float64))
    return Population(
        belongs, lead, float(np.exp(figures["peak"])), np.array(list(figures.values()), np.float32)
    )


def _apart(odds: Floats, member: NDArray[np.bool_]) -> dict[str, float]:
    """How sure the members are, how far above the rest, and how many."""
    n = int(member.sum())
    rest = np.append(np.sort(odds[~member])[::-1], _NOTHING)
    below = float(np.median(odds[member]) - rest[min(max(1, n // 10), rest.size - 1)])
    return {
        "mean": float(odds[member].mean()),
        "spread": float(odds[member].std()),
        "above_a_tenth": below,
        "count": float(np.log(n)),
    }


def _alike(seen: Candidates, rows: NDArray[np.float32], member: NDArray[np.bool_]) -> dict[str, float]:
    """How alike the members are by their measures, and whether smaller candidates resemble them."""
    size, cosine, n = seen.size, rows[:, COSINE].astype(np.float64), int(member.sum())
    larger = size - np.median(size[member])
    resembles = ~member & (cosine > np.percentile(cosine[member], _ALIKE))
    graded = int((resembles & (larger > _SMALLER[0]) & (larger < _SMALLER[1])).sum())
    shortest = np.diff(seen.seconds[member]).min() if n > 1 else np.ptp(seen.seconds) + 1.0
    return {
        "size_spread": float(size[member].std()),
        "fitted_spread": _deviation(rows[member, FITTED].astype(np.float64)),
        "graded": float(np.log(graded + 0.5) - np.log(n + 0.5)),
        "shortest_interval": float(np.log(shortest + 1e-4)),
        "over_slow": float(np.median(seen.measure("over_slow")[member])),
        "first": float(np.median(rows[member, LOGIT])),
        "width_spread": _deviation(seen.measure("half_width")[member]),
        "prominence_spread": _deviation(seen.measure("prominence")[member]),
    }


def _in_shape(waveform: Floats) -> dict[str, float]:
    """What the members' usual waveform is like, and how they differ from it in height and shape.

    Parameters
    ----------
    waveform : float64 array, (n_members, n_places), V or A
    """
    usual = np.median(waveform, axis=0)
    power = float(usual @ usual) + _TINY
    share = waveform @ usual / power
    height = np.log(np.maximum(share, _LEAST))
    off = np.sqrt(np.mean((waveform - share[:, None] * usual) ** 2, axis=1))
    misfit = off / (np.abs(share) * np.sqrt(power / usual.size) + _TINY)
    peak = max(float(usual.max()), _SMALLEST)
    return {
        "peak": float(np.log(peak)),
        "height_spread": _deviation(height),
        "height_range": float(np.subtract(*np.percentile(height, [90, 10]))),
        "misfit": float(np.median(misfit)),
        "trough": float(usual[_LATER].min()) / peak,
        "after": float(usual[_AFTER]) / peak,
    }


def _deviation(values: Floats) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def moved(odds: Floats, found: Population, together: float) -> Floats:
    """Log-odds of candidates, moved to where their population belongs.

    Only inside a cell: outside there are no potentials to take for spikes.

    Parameters
    ----------
    odds : float64 array, (n,)
        Of each by itself.
    found : Population
    together : float
        Log-odds that its members are spikes.
    """
    if found.height < INSIDE:
        return odds
    each = float(logit(np.clip(expit(odds[found.members]).mean(), 1e-6, 1 - 1e-6)))
    others = found.members.sum() - 1
    say = np.interp(found.lead, _DOUBTFUL, (0, 1, 1, 0))
    say *= min(others / (_RAISED if together > each else _LOWERED), 1)
    return np.asarray(odds + say * np.clip(together - each, -_MOST, _MOST) * found.belongs)
